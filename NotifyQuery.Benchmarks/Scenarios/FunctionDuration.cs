using System.Security.Cryptography;
using System.Text.Json;
using Amazon.Runtime;
using NotifyQuery.Benchmarks.Admission;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Operations.Reading;
using NotifyQuery.Operations.Seeding;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>The duration of warm functions, which Lambda bills.</summary>
internal sealed class FunctionDuration : Scenario
{
    private const int BatchSize = 100; // of the event source mapping in deploy/stack.template.yaml
    private const string Key = "duration";

    public override string Name => "function-duration";

    public override string Title => "Duration of warm functions";

    public override string How =>
        "The functions are compiled with Native AOT, as deploy.sh builds them, and run as processes of their own. The time is from the "
        + "moment when a function gets an event until it requests the next one, which is what Lambda bills. StreamProcessor gets batches "
        + "of 100 records, a third of them inserts and the rest changes of status; a simulated engine answers its writes after 5 ms, one "
        + "in 80 after 25 ms. Queries ask for pages of 20, each kind in turn, through the Query function, the Handler and QueryResult; "
        + "DynamoDB Local is behind a proxy that answers no earlier than these times. A sample is the mean of a round. Processor time is "
        + "of the function's process.";

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("notifyquery-functions-");
        try
        {
            bench.Say("building the functions");
            var native = await PublishedFunctions.NativeAsync(Path.Combine(folder.FullName, "native"), cancellationToken);
            var results = new List<ScenarioResult>(await StreamProcessorAsync(native, bench, cancellationToken));
            await using var engine = await DynamoDBLocalProcess.StartAsync(cancellationToken);
            var sample = await FillAsync(engine, cancellationToken);
            await using var proxy = await DistantProxy.StartAsync(engine.Endpoint, cancellationToken);
            results.AddRange(await QueriesAsync(native, proxy, sample, bench, cancellationToken));
            return results;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<IEnumerable<ScenarioResult>> StreamProcessorAsync(
        PublishedFunctions build,
        Bench bench,
        CancellationToken cancellationToken
    )
    {
        await using var engine = await DistantEngine.StartAsync(cancellationToken);
        var (rounds, batches) = bench.Choose((10, 20), (2, 5));
        var traffic = new CampaignTraffic(new());
        var events = Changes(traffic)
            .Chunk(BatchSize)
            .Take((rounds + 1) * batches)
            .Select((batch, i) => StreamEventJson.Of(batch, i * BatchSize + 1L))
            .ToList();
        await using var function = await MeasuredFunction.StartAsync(build, "stream-processor", engine.Endpoint, Key, cancellationToken);
        foreach (var round in events.Chunk(batches))
        {
            bench.Say("StreamProcessor");
            foreach (var batch in round)
                RequireNoFailures(await function.Runtime.InvokeAsync(batch, cancellationToken));
            function.EndRound();
        }

        return function.Results("StreamProcessor, a batch of 100");
    }

    private static async Task<IEnumerable<ScenarioResult>> QueriesAsync(
        PublishedFunctions build,
        DistantProxy engine,
        ReadSample sample,
        Bench bench,
        CancellationToken cancellationToken
    )
    {
        await using var queryResult = await MeasuredFunction.StartAsync(build, "query-result", engine.Endpoint, Key, cancellationToken);
        var address = new Uri($"http://127.0.0.1:{ChildProcess.FreePort()}");
        await using var handler = ChildProcess.Start(
            "dotnet",
            [Repository.Built("NotifyQuery.Handler")],
            Repository.Folder,
            new Dictionary<string, string?>
            {
                ["ASPNETCORE_URLS"] = address.ToString(),
                ["AWS_REGION"] = "us-east-1",
                ["AWS_ACCESS_KEY_ID"] = Key,
                ["AWS_SECRET_ACCESS_KEY"] = "test",
                ["AWS_ENDPOINT_URL_LAMBDA"] = $"http://{queryResult.Runtime.Authority}",
                ["QueryResult__FunctionName"] = "QueryResult",
                ["Cursor__Key"] = RandomNumberGenerator.GetHexString(64),
                ["Access__Required"] = "false",
            }
        );
        using var http = new HttpClient();
        await handler.WaitAsync(
            async token =>
            {
                using var answer = await http.GetAsync(new Uri(address, "/alive"), token);
                return answer.IsSuccessStatusCode;
            },
            TimeSpan.FromSeconds(60),
            cancellationToken
        );
        await using var query = await MeasuredFunction.StartAsync(
            build,
            "query",
            engine.Endpoint,
            Key,
            cancellationToken,
            ("Handler__BaseAddress", address.ToString())
        );
        var events = QueryDefinition.All.Select(definition => GatewayEvent(definition, sample)).ToList();
        var (rounds, times) = bench.Choose((10, 25), (2, 5));
        for (var round = 0; round <= rounds; round++)
        {
            bench.Say("queries");
            for (var time = 0; time < times; time++)
                foreach (var one in events)
                    RequireItems(await query.Runtime.InvokeAsync(one, cancellationToken));
            query.EndRound();
            queryResult.EndRound();
        }

        return [.. query.Results("Query"), .. queryResult.Results("QueryResult")];
    }

    /// <summary>Creates and fills the tables. Returns subjects that have full pages.</summary>
    private static async Task<ReadSample> FillAsync(DynamoDBLocalProcess engine, CancellationToken cancellationToken)
    {
        using var client = engine.CreateClient(new BasicAWSCredentials(Key, "test"));
        var template = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "tables.template.json"), cancellationToken);
        foreach (var declaration in TablesTemplate.Read(template))
            await new TableBootstrapper(client).BootstrapAsync(declaration, cancellationToken);
        var options = new SeedOptions
        {
            Count = 10_000,
            Users = 100,
            Campaigns = 10,
            Days = 5,
            Newest = TimeProvider.System.GetUtcNow(),
        };
        await new Seeder(client, new(), TimeProvider.System).RunAsync(options, null, cancellationToken);
        var record = Seeder.Records(options).First();
        var item = CommandItem.Of(record);
        return ReadSample.Of(name => item.GetValueOrDefault(name)?.S, Timestamp.DayOf(record.CreatedAt));
    }

    /// <summary>Changes of a campaign at a time when a third of the commands are inserts.</summary>
    private static IEnumerable<(CommandRecord? Before, CommandRecord After)> Changes(CampaignTraffic traffic)
    {
        const double Begin = 20;
        const double Step = 0.01;
        for (var step = 0; ; step++)
        {
            foreach (var (_, change) in traffic.Between(Begin + (step * Step), Begin + ((step + 1) * Step)))
            {
                var after = change.After!.Record!;
                var before = after.Status switch
                {
                    NotificationStatus.Sent => NotificationStatus.Pending,
                    NotificationStatus.Delivered => NotificationStatus.Sent,
                    _ => (NotificationStatus?)null,
                };
                yield return (before is null ? null : after with { Status = before }, after);
            }
        }
    }

    private static string GatewayEvent(QueryDefinition definition, ReadSample sample)
    {
        var target = definition.TargetOf(sample.Subjects[definition.Kind], sample.Day, sample.NextDay).Split('?');
        return $$$"""
            {"version":"2.0","routeKey":"ANY /{proxy+}","rawPath":{{{Quoted(target[0])}}},"rawQueryString":{{{Quoted(target[1])}}},
            "headers":{"host":"localhost"},"requestContext":{"domainName":"localhost","http":{"method":"GET","path":{{{Quoted(target[0])}}},
            "protocol":"HTTP/1.1","sourceIp":"127.0.0.1"},"requestId":"1","routeKey":"ANY /{proxy+}","stage":"$default","timeEpoch":0},
            "isBase64Encoded":false}
            """;

        static string Quoted(string text) => JsonSerializer.Serialize(text);
    }

    private static void RequireNoFailures(string answer)
    {
        using var json = JsonDocument.Parse(answer);
        if (json.RootElement.GetProperty("batchItemFailures").GetArrayLength() > 0)
            throw new InvalidOperationException($"a batch was not projected: {answer}");
    }

    private static void RequireItems(string answer)
    {
        using var json = JsonDocument.Parse(answer);
        if (json.RootElement.GetProperty("statusCode").GetInt32() != 200)
            throw new InvalidOperationException($"a query was not answered: {answer}");
    }
}
