using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.Tests.Support;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.Tests.Reconciliation;

/// <summary>Both tables on a real engine and the stream between them, of which a test says what is projected, and when.</summary>
internal sealed class Pipeline : IDisposable
{
    private readonly Dictionary<NotificationKey, CommandState> commands = [];
    private long next = 100;

    private Pipeline(LocalTables tables, HookedClient client, string streamArn) =>
        (Tables, Client, StreamArn) = (tables, client, streamArn);

    public LocalTables Tables { get; }

    /// <summary>The client that the comparison uses.</summary>
    public HookedClient Client { get; }

    /// <summary>The present stream of the commands.</summary>
    public string StreamArn { get; private set; }

    /// <summary>All that the commands left in the stream.</summary>
    public List<StreamChange> Stream { get; } = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<Pipeline> CreateAsync(DynamoDbLocal engine)
    {
        var tables = await LocalTables.CreateAsync(engine, Token);
        return new(tables, new HookedClient(engine, tables.Space), await StreamOfAsync(tables));
    }

    /// <summary>The version that a change of the present stream has, as it stands in the table.</summary>
    public string Version(long sequence) => Change.Version(sequence, StreamArn).Text;

    /// <summary>Switches the stream off. What is written until it is replaced leaves no record.</summary>
    public Task SwitchOffStreamAsync() =>
        Tables.Client.UpdateTableAsync(
            new UpdateTableRequest
            {
                TableName = Tables.Names.CommandRecords,
                StreamSpecification = new() { StreamEnabled = false },
            },
            Token
        );

    /// <summary>Switches the stream on again: another one, whose numbers begin at <paramref name="sequence"/>.</summary>
    public async Task ReplaceStreamAsync(long sequence)
    {
        await Tables.Client.UpdateTableAsync(
            new UpdateTableRequest
            {
                TableName = Tables.Names.CommandRecords,
                StreamSpecification = new() { StreamEnabled = true, StreamViewType = StreamViewType.NEW_AND_OLD_IMAGES },
            },
            Token
        );
        var before = StreamArn;
        StreamArn = await StreamOfAsync(Tables);
        Assert.NotEqual(before, StreamArn);
        next = sequence;
    }

    /// <summary>Puts a command, and gives the change that the stream then holds.</summary>
    public async Task<StreamChange> PutAsync(CommandState state)
    {
        await Tables.Client.PutItemAsync(
            Tables.Names.CommandRecords,
            state.Attributes.ToDictionary(a => a.Key, a => ValueOf(a.Value)),
            Token
        );
        return Record(state, state);
    }

    /// <summary>Removes a command.</summary>
    public async Task<StreamChange> RemoveAsync(CommandState state)
    {
        await Tables.Client.DeleteItemAsync(
            Tables.Names.CommandRecords,
            new()
            {
                [AttributeNames.TransactionId] = new(state.Read(AttributeNames.TransactionId).Text),
                [AttributeNames.CreatedAt] = new(state.Read(AttributeNames.CreatedAt).Text),
            },
            Token
        );
        return Record(state, null);
    }

    /// <summary>Delivers changes as one batch.</summary>
    public async Task ProjectAsync(params IReadOnlyList<StreamChange> changes)
    {
        var report = await new BatchProjector(Tables.Store, Tables.DeadLetters, TimeProvider.System, 8).ProjectAsync(changes, Token);
        Assert.Empty(report.Failed);
    }

    /// <summary>Puts a command and projects it.</summary>
    public async Task<StreamChange> ShowAsync(CommandState state)
    {
        var change = await PutAsync(state);
        await ProjectAsync(change);
        return change;
    }

    public Reconciler Reconciler(TimeProvider? time = null) => new(Client, Tables.Names, time ?? TimeProvider.System);

    /// <summary>Compares without waiting, unless told to.</summary>
    public async Task<ReconcileReport> ReconcileAsync(ReconcileOptions? options = null, TimeProvider? time = null)
    {
        var report = new ReconcileReport();
        await Reconciler(time).ReconcileAsync(options ?? new() { Settle = TimeSpan.Zero }, report, Token);
        return report;
    }

    public Task<ReconcileReport> RepairAsync() => ReconcileAsync(new() { Settle = TimeSpan.Zero, Repair = true });

    public async Task<Item> ItemAsync(CommandState state) =>
        await Tables.FindAsync(state.Image().Record!.Key, Token)
        ?? throw new InvalidOperationException($"nothing stands in the place of {state}");

    /// <summary>Changes or, with null, takes away an attribute of what is shown, as no projection would.</summary>
    public Task DamageAsync(NotificationKey place, string attribute, AttributeValue? value) =>
        Tables.Client.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = Tables.Names.NotificationRecords,
                Key = KeyOf(place),
                UpdateExpression = value is null ? "REMOVE #name" : "SET #name = :value",
                ExpressionAttributeNames = new() { ["#name"] = attribute },
                ExpressionAttributeValues = value is null ? null : new() { [":value"] = value },
            },
            Token
        );

    /// <summary>Takes away what is shown, or a tombstone, with its version.</summary>
    public Task LoseAsync(NotificationKey place) => Tables.Client.DeleteItemAsync(Tables.Names.NotificationRecords, KeyOf(place), Token);

    /// <summary>Everything that is visible, each with all attributes but those that tell when and by which change it came.</summary>
    public async Task<IReadOnlyList<string>> VisibleAsync() =>
        [
            .. (await Tables.AllAsync(Tables.Names.NotificationRecords, Token))
                .Where(item => !item.ContainsKey(AttributeNames.DeletedAt))
                .Select(item =>
                    string.Join(
                        ' ',
                        item.Where(a => a.Key is not (AttributeNames.SourceVersion or AttributeNames.ProjectedAt))
                            .OrderBy(a => a.Key, StringComparer.Ordinal)
                            .Select(a => $"{a.Key}={a.Value.S}")
                    )
                )
                .Order(StringComparer.Ordinal),
        ];

    public void Dispose()
    {
        Client.Dispose();
        Tables.Dispose();
    }

    private static Item KeyOf(NotificationKey place) =>
        new() { [AttributeNames.UserId] = new(place.UserId), [AttributeNames.CreatedAt] = new(place.SortKey) };

    private static AttributeValue ValueOf(ImageValue value) =>
        value switch
        {
            { Text: { } text } => new(text),
            { OtherType: "N" } => new() { N = "1" },
            { OtherType: "M" } => new() { M = [], IsMSet = true },
            _ => throw new ArgumentOutOfRangeException(nameof(value), value, "is a type that no test puts"),
        };

    private static async Task<string> StreamOfAsync(LocalTables tables) =>
        (await tables.Client.DescribeTableAsync(tables.Names.CommandRecords, Token)).Table.LatestStreamArn;

    private StreamChange Record(CommandState state, CommandState? after)
    {
        var command = new NotificationKey(state.Read(AttributeNames.TransactionId).Text!, state.Read(AttributeNames.CreatedAt).Text!);
        var change = Change.Of(next, commands.GetValueOrDefault(command), after) with
        {
            StreamArn = StreamArn,
            EventId = $"event-{Stream.Count}",
        };
        next++;
        if (after is null)
            commands.Remove(command);
        else
            commands[command] = after;
        Stream.Add(change);
        return change;
    }
}
