using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Operations.Api;

namespace NotifyQuery.Operations.Inspection;

/// <summary>Checks every part of a system, read-only.</summary>
public sealed class Inspector(IAmazonDynamoDB client, TableNames tables, HttpClient http, TimeProvider time)
{
    private const string Missing = "MISSING";

    /// <summary>
    /// Checks all parts. A part that does not respond is a problem in the result, not an exception. Without DynamoDB the check fails.
    /// </summary>
    /// <param name="addresses">The addresses of the parts.</param>
    /// <param name="days">The number of days for which dead letters are counted.</param>
    /// <param name="token">The bearer token of each query; null if access is not controlled.</param>
    /// <param name="cancellationToken">Stops between two requests.</param>
    public async Task<InspectionResult> InspectAsync(
        SystemAddresses addresses,
        int days,
        string? token,
        CancellationToken cancellationToken
    )
    {
        var problems = new List<string>();
        var inspected = new List<TableInspection>();
        foreach (
            var name in (string[])[tables.CommandRecords, tables.NotificationRecords, tables.ProjectionFailures, tables.StreamCheckpoints]
        )
        {
            inspected.Add(await TableAsync(name, problems, cancellationToken).ConfigureAwait(false));
            if (inspected[^1].Status == Missing)
                problems.Add($"the table {name} is missing: the AppHost creates it at startup, in an AWS account deploy/deploy.sh does");
        }

        if (inspected[0] is { Status: not Missing, Stream: not "NEW_AND_OLD_IMAGES" })
            problems.Add($"the stream of {tables.CommandRecords} is '{inspected[0].Stream ?? "none"}': it must be NEW_AND_OLD_IMAGES");
        var eventSource = await EventSourceAsync(addresses.EventSource, problems, cancellationToken).ConfigureAwait(false);
        var routes = await RoutesAsync(addresses.Gateway, token, problems, cancellationToken).ConfigureAwait(false);
        var deadLetters = inspected[2].Status == Missing ? [] : await DeadLettersAsync(days, cancellationToken).ConfigureAwait(false);
        return new(inspected, eventSource, Functions(eventSource, routes), routes, deadLetters, problems);
    }

    private async Task<TableInspection> TableAsync(string name, List<string> problems, CancellationToken cancellationToken)
    {
        try
        {
            var table = (await client.DescribeTableAsync(name, cancellationToken).ConfigureAwait(false)).Table;
            if (name == tables.NotificationRecords && QueryTableKeyCheck.Problem(table, tables.KeySpread) is { } problem)
                problems.Add(problem);
            return new(
                name,
                table.TableStatus.Value,
                Keys(table.KeySchema),
                table.ItemCount ?? 0,
                table.TableSizeBytes ?? 0,
                table.StreamSpecification is { StreamEnabled: true } stream ? stream.StreamViewType.Value : null,
                [
                    .. (table.GlobalSecondaryIndexes ?? []).Select(index => new IndexInspection(
                        index.IndexName,
                        Keys(index.KeySchema),
                        index.ItemCount ?? 0
                    )),
                ]
            );
        }
        catch (ResourceNotFoundException)
        {
            return new(name, Missing, "", 0, 0, null, []);
        }

        static string Keys(List<KeySchemaElement> keys) => string.Join(", ", keys.Select(key => key.AttributeName));
    }

    private async Task<EventSourceInspection?> EventSourceAsync(string? address, List<string> problems, CancellationToken cancellationToken)
    {
        if (address is null)
            return null;
        try
        {
            using var response = await http.GetAsync(new Uri(new(address), "/status"), cancellationToken).ConfigureAwait(false);
            var body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var status = await JsonSerializer
                .DeserializeAsync(body, InspectorJson.Default.EventSourceInspection, cancellationToken)
                .ConfigureAwait(false);
            if (status is { State: "paused" })
                problems.Add(
                    "the event source is paused, and nothing is delivered: 'projection status' shows who paused it, 'projection "
                        + "resume' ends the pause"
                );
            if (status?.LastError is { } error)
                problems.Add($"the event source's last delivery failed: {error}");
            return status;
        }
        catch (Exception exception) when (IsNoAnswer(exception, cancellationToken))
        {
            problems.Add($"the event source at {address} does not respond: {exception.GetBaseException().Message}");
            return null;
        }
    }

    private async Task<List<RouteInspection>> RoutesAsync(
        string? gateway,
        string? token,
        List<string> problems,
        CancellationToken cancellationToken
    )
    {
        var routes = new List<RouteInspection>();
        if (gateway is null)
            return routes;
        var day = Timestamp.DayOf(Timestamp.Format(time.GetUtcNow()));
        var queries = QueryDefinition.All.Select(definition =>
            definition.TargetOf(definition.SubjectValues is null ? "inspect" : definition.Example, $"{day}T00:00Z", $"{day}T23:59Z")
        );
        foreach (var path in queries.Prepend("/health"))
        {
            var started = time.GetTimestamp();
            int? status = null;
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new(gateway), path));
                request.Authorize(token);
                using var response = await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
                status = (int)response.StatusCode;
                if (status >= (int)HttpStatusCode.InternalServerError)
                    problems.Add($"the gateway returned {status} for GET {path}");
            }
            catch (Exception exception) when (IsNoAnswer(exception, cancellationToken))
            {
                problems.Add($"the gateway at {gateway} does not respond to GET {path}: {exception.GetBaseException().Message}");
            }

            routes.Add(new($"GET {path}", status, time.GetElapsedTime(started).TotalMilliseconds));
        }

        return routes;
    }

    /// <summary>
    /// Each request through the gateway needs the Query function, each query needs the QueryResult function, and each delivery needs the
    /// StreamProcessor.
    /// </summary>
    private static List<FunctionInspection> Functions(EventSourceInspection? eventSource, List<RouteInspection> routes)
    {
        return
        [
            By("Query", routes.Where(route => route.Route == "GET /health")),
            // The 404 for an unknown transaction comes from the table, too.
            By("QueryResult", routes.Where(route => route.Route.StartsWith("GET /query/", StringComparison.Ordinal))),
            eventSource switch
            {
                null => new("StreamProcessor", "unknown", "no event source was checked"),
                { LastError: { } error } => new("StreamProcessor", "does not answer", $"the event source's last delivery failed: {error}"),
                { RecordsDone: > 0 and var done } => new("StreamProcessor", "answers", $"{done} stream records delivered"),
                _ => new("StreamProcessor", "unknown", "no stream record has been delivered yet"),
            },
        ];

        static FunctionInspection By(string name, IEnumerable<RouteInspection> asked)
        {
            var answers = asked.ToList();
            if (answers.Count == 0)
                return new(name, "unknown", "no gateway was checked");
            var bad = answers.Find(answer => answer.Status is null or >= 500);
            return bad is null
                ? new(name, "answers", $"{answers[0].Route} gave {answers[0].Status}")
                : new(
                    name,
                    "does not answer",
                    $"{bad.Route} gave {bad.Status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "no response"}"
                );
        }
    }

    private async Task<List<DeadLetterInspection>> DeadLettersAsync(int days, CancellationToken cancellationToken)
    {
        var byError = new Dictionary<string, DeadLetterInspection>(StringComparer.Ordinal);
        await foreach (
            var letter in new FailureLog(client, tables, time).ListAsync(days, withResolved: false, cancellationToken).ConfigureAwait(false)
        )
        {
            var error = $"{letter.ErrorType}: {letter.ErrorMessage}";
            byError[error] = byError.TryGetValue(error, out var known)
                ? known with
                {
                    Letters = known.Letters + 1,
                }
                : new(error, 1, letter.Id);
        }

        return [.. byError.Values.OrderByDescending(kind => kind.Letters)];
    }

    private static bool IsNoAnswer(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or JsonException
        || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}

/// <summary>The JSON of the event source's <c>/status</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(EventSourceInspection))]
internal sealed partial class InspectorJson : JsonSerializerContext;
