using Amazon.DynamoDBStreams;
using Amazon.DynamoDBv2;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using Amazon.Runtime;
using LocalStack.Client;
using LocalStack.Client.Contracts;
using LocalStack.Client.Enums;
using LocalStack.Client.Exceptions;
using LocalStack.Client.Extensions;
using LocalStack.Client.Options;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NotifyQuery.Tests.Support;
using static Counterparts.Tests.Aws.FakeService;

namespace Counterparts.Tests.Aws;

/// <summary>In one collection with the tests that set variables which every client of the process reads.</summary>
[Collection(nameof(ProcessEnvironment))]
public class LocalStackTests(DynamoDbLocal engine) : IClassFixture<DynamoDbLocal>
{
    [Fact]
    public async Task A_session_creates_clients_of_every_service_that_talk_to_the_host_it_names()
    {
        var session = SessionStandalone
            .Init()
            .WithSessionOptions(new SessionOptions("key", "secret", "token", "eu-west-1"))
            .WithConfigurationOptions(new ConfigOptions(engine.Endpoint.Host, edgePort: engine.Endpoint.Port))
            .Create();
        using var tables = session.CreateClientByImplementation<AmazonDynamoDBClient>(useServiceUrl: true);
        using var streams = (AmazonDynamoDBStreamsClient)session.CreateClientByInterface<IAmazonDynamoDBStreams>(useServiceUrl: true);
        using var lambda = (AmazonLambdaClient)session.CreateClientByInterface<IAmazonLambda>(useServiceUrl: true);

        Assert.Empty((await tables.ListTablesAsync(TestContext.Current.CancellationToken)).TableNames);
        Assert.Empty((await streams.ListStreamsAsync(TestContext.Current.CancellationToken)).Streams);
        Assert.Equal(engine.Endpoint.ToString(), lambda.Config.ServiceURL);
        Assert.True(lambda.Config.UseHttp);
    }

    [Fact]
    public async Task Without_a_service_url_requests_for_aws_go_through_localstack_as_their_proxy()
    {
        await using var service = await FakeService.StartAsync((_, _) => new Answer(200, "1"));
        var url = new Uri(service.Url);
        var session = SessionStandalone
            .Init()
            .WithSessionOptions(new SessionOptions(regionName: "eu-west-1"))
            .WithConfigurationOptions(new ConfigOptions(url.Host, edgePort: url.Port))
            .Create();
        using var lambda = session.CreateClientByImplementation<AmazonLambdaClient>();

        await lambda.InvokeAsync(new InvokeRequest { FunctionName = "f" }, TestContext.Current.CancellationToken);

        var request = Assert.Single(service.Requests);
        Assert.Equal("http://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f/invocations", request.Target);
        Assert.Contains("Credential=accessKey/", request.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Equal("token", request.Headers["X-Amz-Security-Token"]);
    }

    [Fact]
    public void A_session_needs_a_region_unless_it_has_a_service_url()
    {
        var session = SessionStandalone.Init().WithSessionOptions(new SessionOptions(regionName: "")).Create();

        Assert.Throws<MisconfiguredClientException>(() => session.CreateClientByInterface<IAmazonLambda>());
        session.CreateClientByInterface<IAmazonLambda>(useServiceUrl: true).Dispose();
    }

    [Fact]
    public void Old_versions_have_a_port_for_each_service()
    {
        var edge = new Config(new ConfigOptions("host", useSsl: true));
        var legacy = new Config(new ConfigOptions("host", useLegacyPorts: true));

        Assert.Equal(new Uri("https://host:4566"), edge.GetAwsServiceEndpoint(AwsService.Lambda)!.ServiceUrl);
        Assert.Equal(4569, legacy.GetAwsServicePort(AwsService.DynamoDb));
        Assert.Equal(4570, legacy.GetAwsServiceEndpoint("DynamoDB Streams")!.Port);
        Assert.Equal(4574, legacy.GetAwsServiceEndpoint("Lambda")!.Port);
        Assert.Null(legacy.GetAwsServiceEndpoint("SQS"));
    }

    [Fact]
    public async Task Registered_services_follow_the_configuration()
    {
        await using var provider = Services(
            new()
            {
                ["LocalStack:UseLocalStack"] = "true",
                ["LocalStack:Session:AwsAccessKeyId"] = "registered",
                ["LocalStack:Config:LocalStackHost"] = engine.Endpoint.Host,
                ["LocalStack:Config:EdgePort"] = engine.Endpoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            },
            services =>
                services
                    .AddAwsService<IAmazonDynamoDB>(useServiceUrl: true)
                    .AddAWSServiceLocalStack<IAmazonDynamoDBStreams>(useServiceUrl: true)
        );

        var tables = provider.GetRequiredService<IAmazonDynamoDB>();
        var streams = provider.GetRequiredService<IAmazonDynamoDBStreams>();

        Assert.Empty((await tables.ListTablesAsync(TestContext.Current.CancellationToken)).TableNames);
        Assert.Empty((await streams.ListStreamsAsync(TestContext.Current.CancellationToken)).Streams);
        Assert.Same(tables, provider.GetRequiredService<IAmazonDynamoDB>());
        Assert.Equal(
            "registered",
            ((ISessionOptions)provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<SessionOptions>>().Value).AwsAccessKeyId
        );
    }

    [Fact]
    public async Task Without_localstack_a_client_is_that_of_aws()
    {
        await using var provider = Services(
            new() { ["LocalStack:UseLocalStack"] = "false", ["AWS:Region"] = "eu-north-1" },
            services => services.AddAwsService<IAmazonDynamoDBStreams>().AddAwsService<IAmazonLambda>(ServiceLifetime.Transient)
        );

        var streams = provider.GetRequiredService<IAmazonDynamoDBStreams>();

        Assert.IsType<AmazonDynamoDBStreamsClient>(streams);
        Assert.Equal("eu-north-1", streams.Config.RegionEndpoint.SystemName);
        Assert.Null(streams.Config.ServiceURL);
        Assert.Null(streams.Config.GetWebProxy());
        Assert.NotSame(provider.GetRequiredService<IAmazonLambda>(), provider.GetRequiredService<IAmazonLambda>());
    }

    [Fact]
    public async Task A_service_that_is_registered_already_stays()
    {
        using var mine = new AmazonLambdaClient(
            new BasicAWSCredentials("k", "s"),
            new AmazonLambdaConfig { ServiceURL = "http://localhost" }
        );
        await using var provider = Services(
            new() { ["LocalStack:UseLocalStack"] = "true" },
            services =>
                services.AddSingleton<IAmazonLambda>(mine).TryAddAwsService<IAmazonLambda>().TryAddAWSServiceLocalStack<IAmazonLambda>()
        );

        Assert.Same(mine, provider.GetRequiredService<IAmazonLambda>());
    }

    private static ServiceProvider Services(Dictionary<string, string?> settings, Action<IServiceCollection> add)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddLocalStack(configuration);
        add(services);
        return services.BuildServiceProvider();
    }
}
