using System.Diagnostics;
using System.Text.Json;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;
using NotifyQuery.Handler.Access;
using NotifyQuery.Handler.Document;
using Answer = Microsoft.AspNetCore.Http.HttpResults.Results<
    Microsoft.AspNetCore.Http.HttpResults.FileContentHttpResult,
    Microsoft.AspNetCore.Http.HttpResults.ValidationProblem,
    Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult>;

namespace NotifyQuery.Handler.Queries;

/// <summary>The driving adapter: the four queries over HTTP.</summary>
internal static class QueryEndpoints
{
    // Whoever may GET may ask for the headers alone; the server leaves the body out.
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public static IEndpointRouteBuilder MapQueries(this IEndpointRouteBuilder app)
    {
        var queries = app.MapGroup("/query").WithTags("Queries").RequireAccess(app.ServiceProvider.GetRequiredService<AccessSettings>());
        queries.MapMethods("/user", Reading, ByUser).WithName("ByUser").WithSummary("What was sent to a user").WithDocumentation(QueryKind.User);
        queries.MapMethods("/transaction", Reading, ByTransaction).WithName("ByTransaction").WithSummary("What happened to a transaction").WithDocumentation(QueryKind.Transaction);
        queries.MapMethods("/campaign", Reading, ByCampaign).WithName("ByCampaign").WithSummary("How a campaign did").WithDocumentation(QueryKind.Campaign);
        queries.MapMethods("/status", Reading, ByStatus).WithName("ByStatus").WithSummary("What has a status, for example what failed").WithDocumentation(QueryKind.Status);
        return app;
    }

    private static Task<Answer> ByUser([AsParameters] Asked asked) => AnswerAsync(QueryKind.User, asked);

    private static Task<Answer> ByTransaction([AsParameters] Asked asked) => AnswerAsync(QueryKind.Transaction, asked);

    private static Task<Answer> ByCampaign([AsParameters] Asked asked) => AnswerAsync(QueryKind.Campaign, asked);

    private static Task<Answer> ByStatus([AsParameters] Asked asked) => AnswerAsync(QueryKind.Status, asked);

    private static async Task<Answer> AnswerAsync(QueryKind kind, Asked asked)
    {
        var started = Stopwatch.GetTimestamp();
        var (http, parser, cursors, reader, access) = asked;
        var caller = access.CallerOf(http);
        if (!caller.MayAsk(kind))
        {
            var scopes = string.Join(", ", Caller.ScopesFor(kind).SelectMany(access.Claims.NamesOf));
            return AccessExtensions.Refuse(http, access, kind, $"This query needs one of the scopes {scopes}.");
        }

        var parsed = parser.Parse(kind, QueryParameters.Read(http.Request.QueryString.Value));
        if (parsed.Query is not { } query)
            return TypedResults.ValidationProblem(parsed.Errors, detail: "Mend the parameters named in errors and ask again.");
        if (!caller.MayAsk(query))
        {
            return AccessExtensions.Refuse(
                http, access, kind, $"With the scope user you may ask only for your own notifications: user_id must be the token's {access.Claims.SubjectClaim}.");
        }

        var page = await reader.ReadAsync(query, http.RequestAborted);
        var items = caller.Show(kind, page.Items);
        QueryMetrics.Measure(kind, items.Count, Stopwatch.GetElapsedTime(started));
        // A page of other users' notifications may hide one of the caller's own on the next: only the end says that there is none.
        if (kind is QueryKind.Transaction && items.Count == 0 && query.After is null && page.Next is null)
            return TypedResults.Problem("No notification has this transaction_id.", statusCode: StatusCodes.Status404NotFound);

        var answer = new QueryAnswer(items, items.Count, page.Next is { } next ? cursors.Encode(query, next) : null);
        var content = JsonSerializer.SerializeToUtf8Bytes(answer, QueryApiJson.Default.QueryAnswer);
        http.Response.KeepPrivately(byCaller: access.Required);
        return TypedResults.Bytes(content, "application/json; charset=utf-8", entityTag: AnswerHeaders.TagOf(content));
    }

    /// <summary>A request, and what it is answered with.</summary>
    private readonly record struct Asked(HttpContext Http, QueryParser Parser, CursorCodec Cursors, INotificationReader Reader, AccessSettings Access);
}
