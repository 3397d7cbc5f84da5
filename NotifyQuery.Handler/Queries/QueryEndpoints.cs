using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Handler.Queries;

/// <summary>The driving adapter: the four queries over HTTP.</summary>
internal static class QueryEndpoints
{
    public static IEndpointRouteBuilder MapQueries(this IEndpointRouteBuilder app)
    {
        var queries = app.MapGroup("/query");
        queries.MapGet("/user", ByUser).WithName("ByUser").WithSummary("What was sent to a user");
        queries.MapGet("/transaction", ByTransaction).WithName("ByTransaction").WithSummary("What happened to a transaction");
        queries.MapGet("/campaign", ByCampaign).WithName("ByCampaign").WithSummary("How a campaign did");
        queries.MapGet("/status", ByStatus).WithName("ByStatus").WithSummary("What has a status, for example what failed");
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
        var parsed = parser.Parse(kind, ReadParameters(http.Request.QueryString.Value));
        if (parsed.Query is not { } query)
            return TypedResults.ValidationProblem(parsed.Errors, detail: "Mend the parameters named in errors and ask again.");

        var page = await reader.ReadAsync(query, http.RequestAborted);
        QueryMetrics.Measure(kind, page.Items.Count, Stopwatch.GetElapsedTime(started));
        if (kind is QueryKind.Transaction && page.Items.Count == 0)
            return TypedResults.Problem("No notification has this transaction_id.", statusCode: StatusCodes.Status404NotFound);
        var answer = new QueryAnswer(page.Items, page.Items.Count, page.Next is { } next ? cursors.Encode(query, next) : null);
        return TypedResults.Json(answer, QueryApiJson.Default.QueryAnswer);
    }

    /// <summary>The parameters as they stand in the URL: names in exact case, repeated ones together.</summary>
    private static List<KeyValuePair<string, IReadOnlyList<string>>> ReadParameters(string? queryString)
    {
        var parameters = new List<(string Name, string Value)>();
        foreach (var pair in new QueryStringEnumerable(queryString))
            parameters.Add((pair.DecodeName().ToString(), pair.DecodeValue().ToString()));
        return
        [
            .. parameters.GroupBy(p => p.Name, p => p.Value, StringComparer.Ordinal)
                .Select(group => KeyValuePair.Create<string, IReadOnlyList<string>>(group.Key, [.. group])),
        ];
    }
}
