using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Lambda.Core;
using Amazon.Lambda.DynamoDBEvents;
using Microsoft.Extensions.Logging.Abstractions;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.EventSource.Adapters;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;
using NotifyQuery.Lambdas.StreamProcessor;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.EventSource;

namespace NotifyQuery.Tests.Support;

/// <summary>
/// The write path with real parts (event source, StreamProcessor, engine) in one process, and a proxy in front of the engine. The test
/// writes commands and compares tables without the proxy.
/// </summary>
internal sealed class FaultyWritePath : IAsyncDisposable
{
    private readonly ConcurrentBag<IDisposable> clients = [];

    private FaultyWritePath(Engine engine, FaultyProxy proxy) => (Engine, Proxy) = (engine, proxy);

    public Engine Engine { get; }

    public FaultyProxy Proxy { get; }

    public static async Task<FaultyWritePath> StartAsync(DynamoDbLocal local, Func<ProxiedRequest, Fault> rule) =>
        new(await Engine.CreateAsync(local), await FaultyProxy.StartAsync(local.Endpoint, rule));

    public async Task WriteAsync(CommandHistory history)
    {
        foreach (var write in history.Writes)
            await write.ApplyAsync(Engine.Client, TestContext.Current.CancellationToken);
    }

    /// <summary>The real function, whose client uses the proxy.</summary>
    /// <param name="retries">The number of retries of the function's client; null for the SDK's default.</param>
    /// <param name="timeLimit">The function's setting <c>Projection:TimeLimitSeconds</c>.</param>
    /// <param name="remaining">The remaining time that the runtime reports for an invocation.</param>
    /// <param name="tables">The tables.</param>
    public Processor Function(int? retries = null, TimeSpan? timeLimit = null, TimeSpan? remaining = null, TableNames? tables = null)
    {
        var client = Engine.ClientAt(Proxy.Endpoint, retries);
        clients.Add(client);
        tables ??= new();
        var projector = new BatchProjector(
            new DynamoDBProjectionStore(client, tables, TimeProvider.System),
            new DynamoDBDeadLetters(client, tables),
            TimeProvider.System,
            concurrency: 8
        );
        return new(
            new(projector, timeLimit, TimeProvider.System, NullLogger<StreamProcessorFunction>.Instance),
            remaining ?? TimeSpan.FromSeconds(30)
        );
    }

    /// <summary>The real event source, whose clients use the proxy.</summary>
    public Task<RunningEventSource> StartEventSourceAsync(IFunction function, params (string Name, string Value)[] settings)
    {
        var (client, streams) = (Engine.ClientAt(Proxy.Endpoint), Engine.StreamsAt(Proxy.Endpoint));
        clients.Add(client);
        clients.Add(streams);
        return Engine.StartAsync(
            client,
            streams,
            new TableNames(),
            function,
            [("FunctionResponseTypes:0", "ReportBatchItemFailures"), .. settings]
        );
    }

    /// <summary>The first records of the stream, in the form in which the event source reads them.</summary>
    public async Task<IReadOnlyList<ChangeRecord>> StreamAsync(int count)
    {
        var stream = new DynamoDBChangeStream(Engine.Client, Engine.Streams);
        var arn = await stream.FindAsync("command-records", TestContext.Current.CancellationToken);
        var shard = Assert.Single(await stream.ListShardsAsync(arn!, TestContext.Current.CancellationToken));
        var iterator = await stream.OpenAsync(arn!, shard.Id, ShardPosition.TrimHorizon, TestContext.Current.CancellationToken);
        var records = new List<ChangeRecord>();
        await Eventually.TrueAsync(
            async () =>
            {
                var page = await stream.ReadAsync(arn!, iterator, TestContext.Current.CancellationToken);
                records.AddRange(page.Records);
                iterator = page.Next!;
                return records.Count >= count;
            },
            $"the stream holds {count} records"
        );
        return records;
    }

    /// <summary>All items of a table.</summary>
    public Task<IReadOnlyList<Dictionary<string, AttributeValue>>> ItemsAsync(string table) => ItemsAsync(Engine.Client, table);

    /// <inheritdoc cref="ItemsAsync(string)" />
    public static async Task<IReadOnlyList<Dictionary<string, AttributeValue>>> ItemsAsync(IAmazonDynamoDB client, string table)
    {
        var items = new List<Dictionary<string, AttributeValue>>();
        var request = new ScanRequest { TableName = table, ConsistentRead = true };
        await foreach (var page in client.Paginators.Scan(request).Responses.WithCancellation(TestContext.Current.CancellationToken))
            items.AddRange(page.Items ?? []);
        return items;
    }

    /// <summary>The visible items of a table, each as a line of text.</summary>
    public async Task<IReadOnlyList<string>> VisibleAsync(string table) =>
        [
            .. (await ItemsAsync(table))
                .Where(item => !item.ContainsKey(AttributeNames.DeletedAt))
                .Select(item =>
                    string.Join(
                        ' ',
                        item.Where(a => a.Key != AttributeNames.ProjectedAt)
                            .OrderBy(a => a.Key, StringComparer.Ordinal)
                            .Select(a => $"{a.Key}={a.Value.S}")
                    )
                )
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Waits until the tables agree item by item, and the dead letters are exactly those of the history.</summary>
    public async Task BecomesRightAsync(CommandHistory history)
    {
        await Eventually.TrueAsync(
            async () =>
                await CompareAsync(Engine.Client) is { Agree: true } && (await ItemsAsync("projection-failures")).Count >= history.Poison,
            "the tables agree"
        );
        await IsRightAsync(Engine.Client, history);
    }

    /// <summary>Fails with the differences between the tables and the history, if there are any.</summary>
    public static async Task IsRightAsync(IAmazonDynamoDB client, CommandHistory history)
    {
        var report = await CompareAsync(client);
        Assert.DoesNotContain(report.Findings, finding => finding.Kind is not Discrepancy.Failed);
        Assert.Equal(history.Fold().Count, report.Notifications);
        var letters = await ItemsAsync(client, "projection-failures");
        Assert.Equal(
            history
                .Writes.Where(write => write.Kind is WriteKind.Poison)
                .Select(write => write.Record.TransactionId)
                .Order(StringComparer.Ordinal),
            letters.Select(letter => letter[AttributeNames.TransactionId].S).Order(StringComparer.Ordinal)
        );
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in clients)
            client.Dispose();
        await Proxy.DisposeAsync();
        Engine.Dispose();
    }

    private static async Task<ReconcileReport> CompareAsync(IAmazonDynamoDB client)
    {
        var report = new ReconcileReport();
        await new Reconciler(client, new TableNames(), TimeProvider.System).ReconcileAsync(
            new() { Settle = TimeSpan.Zero, Segments = 1 },
            report,
            TestContext.Current.CancellationToken
        );
        return report;
    }
}

/// <summary>The StreamProcessor as Lambda runs it: JSON in, JSON out, and a limited remaining time.</summary>
internal sealed class Processor(StreamProcessorFunction function, TimeSpan limit) : IFunction
{
    /// <summary>The exceptions of the function.</summary>
    public ConcurrentQueue<Exception> Thrown { get; } = new();

    /// <summary>The highest number of records in one invocation.</summary>
    public int LargestBatch { get; private set; }

    /// <summary>Projects a batch. Returns the sequence numbers in <c>batchItemFailures</c>.</summary>
    public Task<IReadOnlyList<string>> ProjectAsync(IReadOnlyCollection<ChangeRecord> records) =>
        ProjectUntilAsync(records, CancellationToken.None);

    /// <summary>Projects a batch in a process that may be stopped.</summary>
    public async Task<IReadOnlyList<string>> ProjectUntilAsync(
        IReadOnlyCollection<ChangeRecord> records,
        CancellationToken cancellationToken
    ) => [.. (await HandleAsync(records, cancellationToken)).BatchItemFailures.Select(failure => failure.ItemIdentifier)];

    public async Task<FunctionReply> InvokeAsync(IReadOnlyCollection<ChangeRecord> records, CancellationToken cancellationToken)
    {
        try
        {
            LargestBatch = Math.Max(LargestBatch, records.Count);
            using var answer = new MemoryStream();
            StreamProcessorFunction.Serializer.Serialize(await HandleAsync(records, CancellationToken.None), answer);
            return new(FunctionReplyKind.Returned, "request", answer.ToArray());
        }
        catch (Exception exception)
        {
            Thrown.Enqueue(exception);
            return new(FunctionReplyKind.FunctionError, "request", Error: exception.GetType().Name);
        }
    }

    private Task<StreamsEventResponse> HandleAsync(IReadOnlyCollection<ChangeRecord> records, CancellationToken cancellationToken)
    {
        using var payload = EventPayload.Of(records);
        return function.HandleAsync(
            StreamProcessorFunction.Serializer.Deserialize<JsonElement>(payload),
            new InvocationContext(limit),
            cancellationToken
        );
    }
}

/// <summary>The context of an invocation with the given remaining time.</summary>
internal sealed class InvocationContext(TimeSpan limit) : ILambdaContext
{
    private readonly long started = Stopwatch.GetTimestamp();

    public TimeSpan RemainingTime => limit - Stopwatch.GetElapsedTime(started);

    public string AwsRequestId => "request";

    public string FunctionName => "processor";

    public string FunctionVersion => "1";

    public string InvokedFunctionArn => "arn:aws:lambda:us-east-1:000000000000:function:processor";

    public string LogGroupName => "processor";

    public string LogStreamName => "processor";

    public int MemoryLimitInMB => 256;

    public IClientContext ClientContext => throw new NotSupportedException();

    public ICognitoIdentity Identity => throw new NotSupportedException();

    public ILambdaLogger Logger => throw new NotSupportedException();
}
