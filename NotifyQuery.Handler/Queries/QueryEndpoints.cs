using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Handler.Queries;

/// <summary>The driving adapter: the four queries over HTTP.</summary>
internal static class QueryEndpoints
{
    // Whoever may GET may ask for the headers alone; the server leaves the body out.
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public static IEndpointRouteBuilder MapQueries(this IEndpointRouteBuilder app)
    {
        var queries = app.MapGroup("/query");
        queries.MapMethods("/user", Reading, ByUser).WithName("ByUser").WithSummary("What was sent to a user");
        queries.MapMethods("/transaction", Reading, ByTransaction).WithName("ByTransaction").WithSummary("What happened to a transaction");
        queries.MapMethods("/campaign", Reading, ByCampaign).WithName("ByCampaign").WithSummary("How a campaign did");
        queries.MapMethods("/status", Reading, ByStatus).WithName("ByStatus").WithSummary("What has a status, for example what failed");
        return app;
    }

    private static Task<Results<JsonHttpResult<QueryAnswer>, ValidationProblem, ProblemHttpResult>> ByUser(HttpContext http, QueryParser parser, CursorCodec cursors, INotificationReader reader) =>
        AnswerAsync(QueryKind.User, http, parser, cursors, reader);

    private static Task<Results<JsonHttpResult<QueryAnswer>, ValidationProblem, ProblemHttpResult>> ByTransaction(HttpContext http, QueryParser parser, CursorCodec cursors, INotificationReader reader) =>
        AnswerAsync(QueryKind.Transaction, http, parser, cursors, reader);

    private static Task<Results<JsonHttpResult<QueryAnswer>, ValidationProblem, ProblemHttpResult>> ByCampaign(HttpContext http, QueryParser parser, CursorCodec cursors, INotificationReader reader) =>
        AnswerAsync(QueryKind.Campaign, http, parser, cursors, reader);

    private static Task<Results<JsonHttpResult<QueryAnswer>, ValidationProblem, ProblemHttpResult>> ByStatus(HttpContext http, QueryParser parser, CursorCodec cursors, INotificationReader reader) =>
        AnswerAsync(QueryKind.Status, http, parser, cursors, reader);

    private static async Task<Results<JsonHttpResult<QueryAnswer>, ValidationProblem, ProblemHttpResult>> AnswerAsync(
        QueryKind kind, HttpContext http, QueryParser parser, CursorCodec cursors, INotificationReader reader)
    {
        var started = Stopwatch.GetTimestamp();
        var parsed = parser.Parse(kind, QueryParameters.Read(http.Request.QueryString.Value));
        if (parsed.Query is not { } query)
            return TypedResults.ValidationProblem(parsed.Errors, detail: "Mend the parameters named in errors and ask again.");

        var page = await reader.ReadAsync(query, http.RequestAborted);
        QueryMetrics.Measure(kind, page.Items.Count, Stopwatch.GetElapsedTime(started));
        if (kind is QueryKind.Transaction && page.Items.Count == 0 && query.After is null)
            return TypedResults.Problem("No notification has this transaction_id.", statusCode: StatusCodes.Status404NotFound);
        var answer = new QueryAnswer(page.Items, page.Items.Count, page.Next is { } next ? cursors.Encode(query, next) : null);
        return TypedResults.Json(answer, QueryApiJson.Default.QueryAnswer);
    }
}
