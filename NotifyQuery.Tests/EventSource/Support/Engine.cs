using System.Globalization;
using Amazon.DynamoDBStreams;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Http;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

/// <summary>The project's tables on a DynamoDB Local, and event sources that read them with everything real but the function.</summary>
internal sealed class Engine : IDisposable
{
    private readonly DynamoDbLocal local;
    private readonly AWSCredentials space = DynamoDbLocal.NewSpace();

    private Engine(DynamoDbLocal local)
    {
        this.local = local;
        Client = local.Client(space);
        Streams = StreamsAt(local.Endpoint);
    }

    public AmazonDynamoDBClient Client { get; }

    public AmazonDynamoDBStreamsClient Streams { get; }

    public ImmutableCredentials Credentials => space.GetCredentials();

    public Uri Endpoint => local.Endpoint;

    private static IReadOnlyList<TableDeclaration> Declarations =>
        TablesTemplate.Read(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "tables.template.json")));

    public static async Task<Engine> CreateAsync(DynamoDbLocal local, bool commands = true)
    {
        var engine = new Engine(local);
        foreach (var declaration in Declarations.Where(table => commands || table.Name != "command-records"))
            await engine.CreateAsync(declaration);
        return engine;
    }

    public Task CreateCommandsAsync() => CreateAsync(Declarations.Single(table => table.Name == "command-records"));

    public Task PutAsync(string transactionId, string status) =>
        Client.PutItemAsync(
            "command-records",
            new()
            {
                ["transaction_id"] = new(transactionId),
                ["created_at"] = new("2026-01-02T03:04:05.678Z"),
                ["user_id"] = new("user"),
                ["status"] = new(status),
            },
            TestContext.Current.CancellationToken
        );

    public async Task PutAsync(int from, int count)
    {
        for (var i = from; i < from + count; i++)
            await PutAsync(string.Create(CultureInfo.InvariantCulture, $"tx-{i:D5}"), "PENDING");
    }

    public async Task<List<Dictionary<string, AttributeValue>>> FailuresAsync() =>
        (await Client.ScanAsync(new ScanRequest("projection-failures"), TestContext.Current.CancellationToken)).Items ?? [];

    /// <summary>A client that reaches this engine's tables by another way, for example through a proxy.</summary>
    public AmazonDynamoDBClient ClientAt(Uri endpoint, int? retries = null)
    {
        var config = new AmazonDynamoDBConfig { ServiceURL = endpoint.ToString(), AuthenticationRegion = "us-east-1" }.ReadingAnyText();
        if (retries is { } number)
            config.MaxErrorRetry = number;
        return new(space, config);
    }

    /// <inheritdoc cref="ClientAt" />
    public AmazonDynamoDBStreamsClient StreamsAt(Uri endpoint) =>
        new(
            space,
            new AmazonDynamoDBStreamsConfig { ServiceURL = endpoint.ToString(), AuthenticationRegion = "us-east-1" }.ReadingAnyText()
        );

    /// <summary>Starts an event source; disposing it is a graceful stop.</summary>
    public Task<RunningEventSource> StartAsync(IFunction function, params (string Name, string Value)[] settings) =>
        StartAsync(Client, Streams, new TableNames(), function, settings);

    /// <summary>The same with other clients and tables.</summary>
    public static async Task<RunningEventSource> StartAsync(
        IAmazonDynamoDB client,
        IAmazonDynamoDBStreams streams,
        TableNames tables,
        IFunction function,
        params (string Name, string Value)[] settings
    )
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>
            {
                ["EventSource:FunctionName"] = "processor",
                ["EventSource:RetryDelayMilliseconds"] = "10",
                ["EventSource:LeaseSeconds"] = "2",
            }
        );
        builder.Configuration.AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create($"EventSource:{setting.Name}", (string?)setting.Value))
        );
        builder.Logging.ClearProviders();
        builder.Services.AddMetrics();
        builder
            .Services.AddSingleton(client)
            .AddSingleton(streams)
            .AddSingleton(tables)
            .AddEventSource(builder.Configuration)
            .AddSingleton(function);
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new(host);
    }

    public void Dispose()
    {
        Client.Dispose();
        Streams.Dispose();
    }

    private Task CreateAsync(TableDeclaration declaration) =>
        new TableBootstrapper(Client).BootstrapAsync(declaration, TestContext.Current.CancellationToken);
}
