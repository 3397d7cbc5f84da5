using System.Globalization;
using System.Net.Http.Json;
using Amazon.DynamoDBStreams;
using Amazon.DynamoDBStreams.Model;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Http;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Operations;
using NotifyQuery.Operations.Inspection;
using AttributeValue = Amazon.DynamoDBv2.Model.AttributeValue;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;
using Record = Amazon.DynamoDBStreams.Model.Record;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>
/// The write side of the running system. Writes commands, and reads their stream as any consumer does. Pauses the system's event source by
/// acquiring its lease, so that a backlog can be written first and then projected at once.
/// </summary>
internal sealed class WriteSide : IAsyncDisposable
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25); // polling takes processor time from the measured system
    private static readonly TableNames Names = new();

    private readonly LocalSystem system;
    private readonly Uri status;
    private readonly HttpClient http = new();
    private readonly AmazonDynamoDBStreamsClient streams;

    private WriteSide(LocalSystem system, Uri status)
    {
        (this.system, this.status) = (system, status);
        Client = system.CreateClient();
        Commands = new(Client, Names);
        streams = new(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBStreamsConfig { ServiceURL = system.Endpoint.ToString(), AuthenticationRegion = "us-east-1" }.ReadingAnyText()
        );
    }

    public AmazonDynamoDBClient Client { get; }

    public DynamoDBCommandRecords Commands { get; }

    /// <summary>Starts the system, with telemetry, as a developer runs it.</summary>
    public static async Task<WriteSide> StartAsync(CancellationToken cancellationToken)
    {
        var system = await LocalSystem.StartAsync(new(), cancellationToken);
        try
        {
            return new(system, new(await system.EventSourceAsync(cancellationToken), "/status"));
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a table with the query table's schema.</summary>
    public async Task CreateQueryTableAsync(string name, CancellationToken cancellationToken)
    {
        var template = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "tables.template.json"), cancellationToken);
        var declaration = TablesTemplate.Read(template).Single(table => table.Name == Names.NotificationRecords);
        declaration.Create.TableName = name;
        await new TableBootstrapper(Client).BootstrapAsync(declaration, cancellationToken);
    }

    /// <summary>The number of records that the event source has processed since its start.</summary>
    public async Task<long> DoneAsync(CancellationToken cancellationToken) => (await StatusAsync(cancellationToken)).RecordsDone;

    /// <summary>Acquires the event source's lease, and waits until the event source is on standby.</summary>
    public async Task HoldAsync(CancellationToken cancellationToken)
    {
        var request = Lease($"SET {CheckpointItem.LeaseOwner} = :owner, {CheckpointItem.LeaseExpiresAt} = :expires");
        request.ExpressionAttributeValues = new()
        {
            [":owner"] = new("benchmark"),
            [":expires"] = new()
            {
                N = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            },
        };
        await Client.UpdateItemAsync(request, cancellationToken);
        await UntilAsync(async () => (await StatusAsync(cancellationToken)).State == "standby", cancellationToken);
    }

    /// <summary>Releases the lease, and waits until the event source has acquired it.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await Client.UpdateItemAsync(Lease($"REMOVE {CheckpointItem.LeaseOwner}, {CheckpointItem.LeaseExpiresAt}"), cancellationToken);
        await UntilAsync(async () => (await StatusAsync(cancellationToken)).State == "delivering", cancellationToken);
    }

    /// <summary>
    /// Writes a command, and waits until it is projected. Then all earlier commands are projected too, except for the last batch of the
    /// other lane.
    /// </summary>
    public async Task CatchUpAsync(CommandRecord last, CancellationToken cancellationToken)
    {
        await Commands.PutAsync(last, cancellationToken);
        await Projected.WaitAsync(Client, Names, last, Pause, cancellationToken);
    }

    /// <summary>A reader of the stream that starts after everything written so far. The stream must not be empty.</summary>
    public async Task<CommandStream> ReaderAsync(CancellationToken cancellationToken)
    {
        var arn = (await Client.DescribeTableAsync(Names.CommandRecords, cancellationToken)).Table.LatestStreamArn;
        var shards = (await streams.DescribeStreamAsync(new DescribeStreamRequest { StreamArn = arn }, cancellationToken))
            .StreamDescription
            .Shards;
        var open = shards.Last(shard => string.IsNullOrEmpty(shard.SequenceNumberRange.EndingSequenceNumber));
        var request = new GetShardIteratorRequest
        {
            StreamArn = arn,
            ShardId = open.ShardId,
            ShardIteratorType = ShardIteratorType.LATEST,
        };
        return new(streams, arn, (await streams.GetShardIteratorAsync(request, cancellationToken)).ShardIterator);
    }

    /// <summary>Waits until a condition holds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeLimit);
        while (!await holds())
            await Task.Delay(Pause, limit.Token);
    }

    /// <summary>The item of notification-records for a stream record.</summary>
    public static Item Project(string streamArn, Record record)
    {
        var image = record.Dynamodb.NewImage.ToDictionary(attribute => attribute.Key, attribute => new AttributeValue(attribute.Value.S));
        var command =
            CommandImage.Read(CommandItem.Reader(image)).Record
            ?? throw new InvalidDataException("the stream contains a command that is not the benchmark's");
        var now = TimeProvider.System.GetUtcNow();
        if (!SourceVersion.TryOf(streamArn, record.Dynamodb.SequenceNumber, now, out var version, out var problem))
            throw new InvalidDataException(problem);
        return NotificationItem.Of(new ProjectionWrite.Put(command, version), Names.KeySpread, now);
    }

    /// <summary>The projection's put of the item: only over an older version.</summary>
    public static PutItemRequest ConditionalPut(string table, Item item) =>
        new()
        {
            TableName = table,
            Item = item,
            ConditionExpression = $"attribute_not_exists({AttributeNames.SourceVersion}) OR {AttributeNames.SourceVersion} < :version",
            ExpressionAttributeValues = new() { [":version"] = item[AttributeNames.SourceVersion] },
        };

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        streams.Dispose();
        Client.Dispose();
        await system.DisposeAsync();
    }

    private async Task<EventSourceInspection> StatusAsync(CancellationToken cancellationToken) =>
        await http.GetFromJsonAsync(status, OperationsJson.Default.EventSourceInspection, cancellationToken)
        ?? throw new InvalidDataException($"{status} returned null");

    private static UpdateItemRequest Lease(string update) =>
        new()
        {
            TableName = Names.StreamCheckpoints,
            Key = CheckpointItem.Key(Names.CommandRecords, CheckpointItem.LeaseId),
            UpdateExpression = update,
        };
}

/// <summary>Reads a stream from a position, as a plain consumer does.</summary>
internal sealed class CommandStream(AmazonDynamoDBStreamsClient streams, string arn, string iterator)
{
    private string next = iterator;

    /// <summary>The stream.</summary>
    public string Arn => arn;

    /// <summary>The next page, which may be empty.</summary>
    public async Task<IReadOnlyList<Record>> ReadAsync(CancellationToken cancellationToken)
    {
        var page = await streams.GetRecordsAsync(new GetRecordsRequest { ShardIterator = next, Limit = 1000 }, cancellationToken);
        next = page.NextShardIterator;
        return page.Records ?? [];
    }
}
