using System.Globalization;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Tests.EventSource;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Distributed;

public sealed class BatchingTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    private static readonly int[] BatchSizes = [1, 7, 100, 1000, 10_000];
    private static readonly int[] ParallelizationFactors = [1, 3, 10];

    [Fact]
    public async Task The_tables_do_not_depend_on_how_the_stream_is_cut_into_batches()
    {
        await using var path = await FaultyWritePath.StartAsync(local, _ => Fault.None);
        var history = CommandHistory.Of(seed: 11, 300);
        await path.WriteAsync(history);
        var ways = BatchSizes.SelectMany(size => ParallelizationFactors.Select(factor => (Size: size, Factor: factor))).ToList();
        var results = new Dictionary<(int Size, int Factor), (IReadOnlyList<string> Shown, IReadOnlyList<string> DeadLetters)>();
        foreach (var way in ways)
            results.Add(way, await DeliverAsync(path, history, way.Size, way.Factor));

        var (shown, deadLetters) = results[ways[0]];
        Assert.Equal(history.Fold().Count, shown.Count);
        Assert.All(
            history.Fold(),
            record =>
                Assert.Single(
                    shown,
                    line =>
                        line.Contains($" title={record.Title} ", StringComparison.Ordinal)
                        && line.EndsWith($" user_id={record.UserId}", StringComparison.Ordinal)
                )
        );
        Assert.Equal(history.Poison, deadLetters.Count);
        Assert.All(
            results,
            result =>
            {
                Assert.Equal(shown, result.Value.Shown);
                Assert.Equal(deadLetters, result.Value.DeadLetters);
            }
        );
    }

    /// <summary>Delivers the whole stream into tables of their own, and reads these.</summary>
    private static async Task<(IReadOnlyList<string> Shown, IReadOnlyList<string> DeadLetters)> DeliverAsync(
        FaultyWritePath path,
        CommandHistory history,
        int size,
        int factor
    )
    {
        var suffix = string.Create(CultureInfo.InvariantCulture, $"-{size}-{factor}");
        var names = new TableNames
        {
            NotificationRecords = $"notification-records{suffix}",
            ProjectionFailures = $"projection-failures{suffix}",
            StreamCheckpoints = $"stream-checkpoints{suffix}",
        };
        foreach (var declaration in LocalTables.Declared().Where(table => table.Name != names.CommandRecords))
        {
            declaration.Create.TableName += suffix;
            await new TableBootstrapper(path.Engine.Client).BootstrapAsync(declaration, TestContext.Current.CancellationToken);
        }

        var function = path.Function(tables: names);
        await using (
            var source = await Engine.StartAsync(
                path.Engine.Client,
                path.Engine.Streams,
                names,
                function,
                ("FunctionResponseTypes:0", "ReportBatchItemFailures"),
                ("BatchSize", $"{size}"),
                ("ParallelizationFactor", $"{factor}"),
                ("MaximumBatchingWindowInSeconds", size >= 1000 ? "1" : "0")
            )
        )
        {
            await Eventually.TrueAsync(
                () => source.Status.Report().RecordsDone >= history.Writes.Count,
                $"all is delivered in batches of {size}"
            );
        }

        Assert.Empty(function.Thrown);
        Assert.InRange(function.LargestBatch, Math.Min(size, history.Writes.Count / factor / 4), size);
        var letters = await path.ItemsAsync(names.ProjectionFailures);
        return (
            await path.VisibleAsync(names.NotificationRecords),
            [.. letters.Select(letter => letter["event_id"].S).Order(StringComparer.Ordinal)]
        );
    }
}
