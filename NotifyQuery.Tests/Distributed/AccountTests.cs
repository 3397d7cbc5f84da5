using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Tests.Deploy;

namespace NotifyQuery.Tests.Distributed;

/// <summary>The backend <c>aws</c>: local processes on the tables of an account, which moto plays. It is a second engine, too.</summary>
[Collection(nameof(OneSystemAtATime))]
public sealed class AccountTests(MotoServer moto) : IClassFixture<MotoServer>
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task An_account_is_only_read_unless_it_is_said_otherwise()
    {
        await using var reading = await DistributedApplicationTestingBuilder.CreateAsync<Projects.NotifyQuery_AppHost>(
            ["--NotifyQuery:Backend=aws"],
            TestContext.Current.CancellationToken
        );
        Assert.Equal(
            ["Query", "QueryResult", "handler", "watch"],
            reading.Resources.OfType<ProjectResource>().Select(resource => resource.Name).Order(StringComparer.Ordinal)
        );
        Assert.Equal(["failures-list", "reconcile"], CommandsOfTables(reading));

        await using var writing = await DistributedApplicationTestingBuilder.CreateAsync<Projects.NotifyQuery_AppHost>(
            ["--NotifyQuery:Backend=aws", "--NotifyQuery:Backend:AllowWrites=true"],
            TestContext.Current.CancellationToken
        );
        Assert.Equal(
            ["Query", "QueryResult", "StreamProcessor", "event-source", "handler", "watch"],
            writing.Resources.OfType<ProjectResource>().Select(resource => resource.Name).Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            ["check-stream", "failures-discard", "failures-list", "failures-retry", "rebuild", "reconcile", "simulate-writes"],
            CommandsOfTables(writing)
        );

        static IEnumerable<string> CommandsOfTables(IDistributedApplicationTestingBuilder builder) =>
            builder
                .Resources.Single(resource => resource.Name == "tables")
                .Annotations.OfType<ResourceCommandAnnotation>()
                .Select(command => command.Name)
                .Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task What_is_written_to_an_account_is_projected_there_and_found_through_the_local_gateway()
    {
        moto.SkipIfMissing();
        var token = TestContext.Current.CancellationToken;
        using var dynamoDB = moto.CreateDynamoDBClient();
        var bootstrapper = new TableBootstrapper(dynamoDB);
        foreach (var table in TablesTemplate.Read(await Repository.ReadAsync("deploy/tables.template.json")))
            await bootstrapper.BootstrapAsync(table, token);
        var commands = new DynamoDBCommandRecords(dynamoDB, new TableNames());
        var record = RunningSystem.NewRecord("alice");
        await commands.PutAsync(record, token);

        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.NotifyQuery_AppHost>(
            [
                "--NotifyQuery:Backend=aws",
                "--NotifyQuery:Backend:AllowWrites=true",
                "--NotifyQuery:Access:Required=false",
                "--ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL=",
            ],
            token
        );
        foreach (var resource in builder.Resources.OfType<ProjectResource>())
        {
            var process = builder.CreateResourceBuilder(resource);
            // Not AWS_ENDPOINT_URL: functions are invoked at the emulator all the same.
            process
                .WithEnvironment("AWS_ENDPOINT_URL_DYNAMODB", moto.Endpoint.ToString())
                .WithEnvironment("AWS_ENDPOINT_URL_DYNAMODB_STREAMS", moto.Endpoint.ToString());
            foreach (var (name, value) in moto.Environment.Where(variable => variable.Key != "AWS_ENDPOINT_URL"))
                process.WithEnvironment(name, value);
        }

        await using var app = await builder.BuildAsync(token);
        using var limit = new CancellationTokenSource(TimeLimit);
        await app.StartAsync(limit.Token);
        using var gateway = app.CreateHttpClient("gateway", "http");

        await RunningSystem.EventuallyAsync(
            "the record is found by its user",
            () => HasAsync($"/query/user?user_id=alice", record.TransactionId!)
        );
        await RunningSystem.EventuallyAsync(
            "the record is found by its campaign",
            () => HasAsync($"/query/campaign?campaign_id={record.CampaignId}", record.TransactionId!)
        );
        await commands.PutAsync(record with { UserId = "bob" }, token);
        await RunningSystem.EventuallyAsync("it moves to its new user", () => HasAsync("/query/user?user_id=bob", record.TransactionId!));
        await RunningSystem.EventuallyAsync(
            "it leaves its former one",
            async () => !await HasAsync("/query/user?user_id=alice", record.TransactionId!)
        );

        async Task<bool> HasAsync(string query, string transaction)
        {
            using var response = await gateway.GetAsync(query, token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            return (await response.Content.ReadAsStringAsync(token)).Contains(transaction, StringComparison.Ordinal);
        }
    }
}
