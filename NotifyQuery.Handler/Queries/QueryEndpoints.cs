using System.Diagnostics;
using System.Text.Json;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.Handler.Access;
using NotifyQuery.Handler.Document;
using Answer = Microsoft.AspNetCore.Http.HttpResults.Results<
    Microsoft.AspNetCore.Http.HttpResults.FileContentHttpResult,
    Microsoft.AspNetCore.Http.HttpResults.ValidationProblem,
    Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult
>;

namespace NotifyQuery.Handler.Queries;

/// <summary>The driving adapter: the HTTP endpoints of the queries.</summary>
internal static class QueryEndpoints
{
    /// <summary>The detail of the response to invalid parameters.</summary>
    public const string FixParameters = "Fix the parameters listed in errors and retry.";

    // HEAD is allowed wherever GET is. The server omits the body.
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public static IEndpointRouteBuilder MapQueries(this IEndpointRouteBuilder app)
    {
        var queries = app.MapGroup("/query").WithTags("Queries").RequireAccess(app.ServiceProvider.GetRequiredService<AccessSettings>());
        foreach (var definition in QueryDefinition.All)
        {
            queries
                .MapMethods($"/{definition.Name}", Reading, ([AsParameters] QueryRequest request) => AnswerAsync(definition, request))
                .WithName($"By{definition.Kind}")
                .WithSummary(definition.Summary)
                .WithDocumentation(definition);
        }

        return app;
    }

    private static async Task<Answer> AnswerAsync(QueryDefinition definition, QueryRequest request)
    {
        var started = Stopwatch.GetTimestamp();
        var (http, parser, cursors, reader, access) = request;
        var caller = access.CallerOf(http);
        if (!caller.MayAsk(definition))
        {
            var scopes = string.Join(", ", definition.Scopes.SelectMany(access.Claims.NamesOf));
            return AccessExtensions.Refuse(http, access, definition, $"This query needs one of the scopes {scopes}.");
        }

        var parsed = parser.Parse(definition.Kind, QueryParameters.Read(http.Request.QueryString.Value));
        if (parsed.Query is not { } query)
            return TypedResults.ValidationProblem(parsed.Errors, detail: FixParameters);
        if (!caller.MayAsk(query))
        {
            return AccessExtensions.Refuse(
                http,
                access,
                definition,
                $"With the scope user you may query only your own notifications: {definition.Subject} must be the token's "
                    + $"{access.Claims.SubjectClaim}."
            );
        }

        var page = await reader.ReadAsync(query, http.RequestAborted);
        var items = caller.Show(definition, page.Items);
        QueryMetrics.Measure(definition, items.Count, Stopwatch.GetElapsedTime(started));
        // A page with only other users' notifications may be followed by a page with one of the caller's own. Only the last page proves
        // that there is none.
        if (definition.HasOneResult && items.Count == 0 && query.After is null && page.Next is null)
            return TypedResults.Problem(NotFound(definition), statusCode: StatusCodes.Status404NotFound);

        var answer = new QueryAnswer(items, items.Count, page.Next is { } next ? cursors.Encode(query, next) : null);
        var content = JsonSerializer.SerializeToUtf8Bytes(answer, QueryApiJson.Default.QueryAnswer);
        http.Response.KeepPrivately(byCaller: access.Required);
        return TypedResults.Bytes(content, "application/json; charset=utf-8", entityTag: AnswerHeaders.TagOf(content));
    }

    /// <summary>The detail of the response when the single result of a query does not exist.</summary>
    public static string NotFound(QueryDefinition definition) => $"No notification has this {definition.Subject}.";

    /// <summary>A request, and the services that handle it.</summary>
    private readonly record struct QueryRequest(
        HttpContext Http,
        QueryParser Parser,
        CursorCodec Cursors,
        INotificationReader Reader,
        AccessSettings Access
    );
}
