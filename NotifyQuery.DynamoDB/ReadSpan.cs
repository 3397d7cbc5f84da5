using System.Diagnostics;
using NotifyQuery.Core;
using OpenTelemetry;

namespace NotifyQuery.DynamoDB;

/// <summary>
/// One span for the reads of several keys at once, with their number. The SDK's spans, one for each key, would be most of a trace: a page
/// of a campaign reads 16 keys. A collector takes as long for each of them as for any other span, or charges for it.
/// </summary>
internal static class ReadSpan
{
    /// <summary>The name that the SDK gives to the span of a Query.</summary>
    private const string Name = "DynamoDB.Query";

    /// <summary>Runs the reads. A single read has only the SDK's span.</summary>
    /// <param name="table">The table.</param>
    /// <param name="reads">The number of reads.</param>
    /// <param name="readAsync">Does the reads.</param>
    public static async Task TraceAsync(string table, int reads, Func<Task> readAsync)
    {
        using var span =
            reads == 1
                ? null
                : Telemetry.Source.StartActivity(
                    ActivityKind.Client,
                    name: Name,
                    tags:
                    [
                        new("db.system", "dynamodb"),
                        new("aws.dynamodb.table_names", new[] { table }),
                        new("db.operation.batch.size", reads),
                    ]
                );
        using var suppressed = span is null ? null : SuppressInstrumentationScope.Begin();
        try
        {
            await readAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            span?.SetTag("error.type", "cancelled").SetStatus(ActivityStatusCode.Error, "cancelled before all responses arrived");
            throw;
        }
        catch (Exception exception)
        {
            span?.AddException(exception)
                .SetTag("error.type", exception.GetType().FullName)
                .SetStatus(ActivityStatusCode.Error, exception.Message);
            throw;
        }
    }
}
