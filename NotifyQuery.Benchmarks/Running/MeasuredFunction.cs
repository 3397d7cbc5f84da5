using NotifyQuery.Benchmarks.Report;

namespace NotifyQuery.Benchmarks.Running;

/// <summary>A process of a function, and its measurements.</summary>
internal sealed class MeasuredFunction(ChildProcess process, RuntimeApi runtime) : IAsyncDisposable
{
    private readonly List<double> milliseconds = [];
    private readonly List<double> processor = [];
    private int before;
    private TimeSpan processorBefore;

    public RuntimeApi Runtime => runtime;

    public static async Task<MeasuredFunction> StartAsync(
        PublishedFunctions build,
        string name,
        Uri engine,
        string accessKey,
        CancellationToken cancellationToken,
        params (string Name, string Value)[] more
    )
    {
        var runtime = await RuntimeApi.StartAsync(cancellationToken);
        var environment = new Dictionary<string, string?>
        {
            ["_HANDLER"] = name,
            ["AWS_LAMBDA_RUNTIME_API"] = runtime.Authority,
            ["AWS_LAMBDA_FUNCTION_NAME"] = name,
            ["AWS_REGION"] = "us-east-1",
            ["AWS_ACCESS_KEY_ID"] = accessKey,
            ["AWS_SECRET_ACCESS_KEY"] = "test",
            ["AWS_ENDPOINT_URL_DYNAMODB"] = engine.ToString(), // a native build is for AWS: see docs/deploy.md
        };
        foreach (var (variable, value) in more)
            environment[variable] = value;
        return new(ChildProcess.Start(build.Command[0], build.Command.Skip(1), Repository.Folder, environment), runtime);
    }

    /// <summary>Ends a round. The first round is the warm-up and does not count.</summary>
    public void EndRound()
    {
        var all = runtime.Invocations;
        var used = ProcessTree.Read(process.Id).Single(one => one.Id == process.Id).CpuTime;
        if (before > 0)
        {
            milliseconds.Add(all.Skip(before).Average(invocation => invocation.Billed.TotalMilliseconds));
            processor.Add((used - processorBefore).TotalMilliseconds / (all.Count - before));
        }

        (before, processorBefore) = (all.Count, used);
    }

    public IEnumerable<ScenarioResult> Results(string name) =>
        [
            new()
            {
                Name = $"{name}, duration",
                Unit = "ms",
                Candidate = new("Native AOT", milliseconds),
            },
            new()
            {
                Name = $"{name}, processor time",
                Unit = "ms",
                Candidate = new("Native AOT", processor),
            },
        ];

    public async ValueTask DisposeAsync()
    {
        await process.KillAsync(); // Lambda ends a sandbox only in this way
        await process.DisposeAsync();
        await runtime.DisposeAsync();
    }
}
