using System.Diagnostics;
using Amazon.Runtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NotifyQuery.Benchmarks.Report;
using NotifyQuery.Benchmarks.Running;
using NotifyQuery.DynamoDB.Tables;

namespace NotifyQuery.Benchmarks.Scenarios;

/// <summary>The cold start of the functions, compiled natively and at run time.</summary>
internal sealed class ColdStart : Scenario
{
    private static readonly (string Function, string Event)[] Functions =
    [
        ("query-result", """{"query":{"by":"User","value":"nobody","limit":20}}"""),
        (
            "query",
            """{"version":"2.0","routeKey":"ANY /{proxy+}","rawPath":"/query/user","rawQueryString":"user_id=nobody","headers":"""
                + """{"host":"localhost"},"requestContext":{"domainName":"localhost","http":"""
                + """{"method":"GET","path":"/query/user","protocol":"HTTP/1.1","sourceIp":"127.0.0.1"}"""
                + ""","requestId":"1","routeKey":"ANY /{proxy+}","stage":"$default","timeEpoch":0},"isBase64Encoded":false}"""
        ),
        (
            "stream-processor",
            """{"Records":[{"eventID":"1","eventName":"INSERT","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"us-east-1","dynamodb":{"ApproximateCreationDateTime":1764000000,"Keys":{"transaction_id":{"S":"tx-1"},"created_at":{"S":"2026-11-22T08:15:30.123Z"}},"NewImage":{"transaction_id":{"S":"tx-1"},"created_at":{"S":"2026-11-22T08:15:30.123Z"},"user_id":{"S":"alice"},"status":{"S":"SENT"}},"SequenceNumber":"100000000000000000001","SizeBytes":100,"StreamViewType":"NEW_AND_OLD_IMAGES"}}]}"""
        ),
    ];

    public override string Name => "cold-start";

    public override string Title => "Lambda cold start and size";

    public override string How =>
        "Each function runs as a process of its own that requests its first event from an endpoint of the runtime API. Measured from the "
        + "start of the process to this request (init), and to its answer. "
        + "Native AOT as deploy.sh builds it, and a framework-dependent build for Lambda's .NET runtime, in turn, both on DynamoDB "
        + "Local. Lambda itself adds the start of its sandbox.";

    public override async Task<IReadOnlyList<ScenarioResult>> RunAsync(Bench bench, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("notifyquery-functions-");
        try
        {
            bench.Say("building the functions twice");
            var native = await PublishedFunctions.NativeAsync(Path.Combine(folder.FullName, "native"), cancellationToken);
            var jit = await PublishedFunctions.JustInTimeAsync(Path.Combine(folder.FullName, "jit"), cancellationToken);
            await using var engine = await DynamoDBLocalProcess.StartAsync(cancellationToken);
            await CreateTablesAsync(engine, cancellationToken);
            await using var handler = await EmptyHandlerAsync(cancellationToken);
            var results = new List<ScenarioResult>();
            foreach (var (function, payload) in Functions)
            {
                bench.Say(function);
                var (ofNative, ofJit) = (new Samples(), new Samples());
                for (var round = 0; round < bench.Choose(10, 2); round++)
                {
                    foreach (var (build, samples) in ((PublishedFunctions, Samples)[])[(native, ofNative), (jit, ofJit)])
                        await StartAsync(build, function, payload, engine, new(handler.Urls.First()), samples, cancellationToken);
                }

                results.Add(
                    new()
                    {
                        Name = $"{function}, init",
                        Unit = "ms",
                        Candidate = new(native.Name, ofNative.Init),
                        Baseline = new(jit.Name, ofJit.Init),
                    }
                );
                results.Add(
                    new()
                    {
                        Name = $"{function}, first answer",
                        Unit = "ms",
                        Candidate = new(native.Name, ofNative.Answer),
                        Baseline = new(jit.Name, ofJit.Answer),
                        Target = Target.ValueAtMost(100),
                    }
                );
                results.Add(
                    new()
                    {
                        Name = $"{function}, resident",
                        Unit = "MB",
                        Candidate = new(native.Name, ofNative.Megabytes),
                        Baseline = new(jit.Name, ofJit.Megabytes),
                        Target = Target.ValueAtMost(32),
                    }
                );
            }

            results.Add(
                new()
                {
                    Name = "zip",
                    Unit = "MB",
                    Candidate = new(native.Name, [native.ZippedBytes / 1e6]),
                    Baseline = new(jit.Name, [jit.ZippedBytes / 1e6]),
                    Target = Target.ValueAtMost(8),
                }
            );
            results.Add(
                new()
                {
                    Name = "trim and AOT warnings",
                    Unit = "warnings",
                    Candidate = new(native.Name, [native.Warnings]),
                    Target = Target.ValueAtMost(0),
                }
            );
            return results;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task StartAsync(
        PublishedFunctions build,
        string function,
        string payload,
        DynamoDBLocalProcess engine,
        Uri handler,
        Samples samples,
        CancellationToken cancellationToken
    )
    {
        await using var runtime = await RuntimeApi.StartAsync(cancellationToken);
        var environment = new Dictionary<string, string?>
        {
            ["_HANDLER"] = function,
            ["AWS_LAMBDA_RUNTIME_API"] = runtime.Authority,
            ["AWS_LAMBDA_FUNCTION_NAME"] = function,
            ["AWS_REGION"] = "us-east-1",
            ["AWS_ACCESS_KEY_ID"] = Key,
            ["AWS_SECRET_ACCESS_KEY"] = "test",
            ["AWS_ENDPOINT_URL_DYNAMODB"] = engine.Endpoint.ToString(), // a native build is for AWS: see docs/deploy.md
            ["Handler__BaseAddress"] = handler.ToString(),
        };
        var started = Stopwatch.GetTimestamp();
        await using var process = ChildProcess.Start(build.Command[0], build.Command.Skip(1), Repository.Folder, environment);
        await runtime.InvokeAsync(payload, cancellationToken);
        // The function requests the next event right after its response. A process that ends instead must not be waited for.
        await WriteSide.UntilAsync(() => Task.FromResult(runtime.Invocations.Count > 0), cancellationToken);
        var first = runtime.Invocations[0];
        samples.Init.Add(Stopwatch.GetElapsedTime(started, first.Requested).TotalMilliseconds);
        samples.Answer.Add(Stopwatch.GetElapsedTime(started, first.Answered).TotalMilliseconds);
        samples.Megabytes.Add(ProcessTree.ResidentBytes(process.Id) / 1e6);
        await process.KillAsync(); // Lambda ends a sandbox only in this way
    }

    private const string Key = "coldstart";

    /// <summary>A Handler that finds nothing, for the Query function.</summary>
    private static async Task<WebApplication> EmptyHandlerAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var handler = builder.Build();
        handler.MapGet("/query/user", () => Results.Text("""{"items":[],"count":0,"next_cursor":null}""", "application/json"));
        await handler.StartAsync(cancellationToken);
        return handler;
    }

    private static async Task CreateTablesAsync(DynamoDBLocalProcess engine, CancellationToken cancellationToken)
    {
        using var client = engine.CreateClient(new BasicAWSCredentials(Key, "test"));
        var template = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "tables.template.json"), cancellationToken);
        foreach (var declaration in TablesTemplate.Read(template))
            await new TableBootstrapper(client).BootstrapAsync(declaration, cancellationToken);
    }

    private sealed class Samples
    {
        public List<double> Init { get; } = [];

        public List<double> Answer { get; } = [];

        public List<double> Megabytes { get; } = [];
    }
}
