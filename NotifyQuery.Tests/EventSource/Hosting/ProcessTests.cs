using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using NotifyQuery.Tests.Distributed;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.EventSource;

/// <summary>The event source as the process that it is: real clients all the way, killed without warning.</summary>
public sealed class ProcessTests(DynamoDbLocal local) : IClassFixture<DynamoDbLocal>
{
    [Fact]
    public async Task A_process_that_is_killed_again_and_again_loses_nothing_and_repeats_at_most_a_batch_each_time()
    {
        const int Commands = 300,
            BatchSize = 10,
            Kills = 3;
        using var engine = await Engine.CreateAsync(local);
        await using var lambda = await LambdaStub.StartAsync(async (context, _) => await Task.Delay(20, context.RequestAborted));
        var writing = engine.PutAsync(1, Commands);
        // On a busy machine the event source may be late with its lease of a second, or an invocation may time out. Either repeats a batch.
        var interruptions = new ConcurrentQueue<string>();
        for (var kill = 1; kill <= Kills; kill++)
        {
            using var victim = Drained(Start(engine, lambda, $"--EventSource:BatchSize={BatchSize}"), KeepInterruption);
            try
            {
                var enough = kill * Commands / (Kills + 2);
                await Eventually.TrueAsync(() => lambda.Delivered.Distinct().Count() >= enough, "it delivers");
            }
            finally
            {
                victim.Kill();
                await victim.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
        }

        await writing;
        using var survivor = Drained(Start(engine, lambda, $"--EventSource:BatchSize={BatchSize}"), KeepInterruption);
        try
        {
            await Eventually.TrueAsync(() => lambda.Delivered.Distinct().Count() == Commands, "all is delivered");
        }
        finally
        {
            survivor.Kill();
            await survivor.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var delivered = lambda.Delivered.Count();
        Assert.True(
            delivered - Commands <= (Kills + interruptions.Count) * BatchSize,
            $"{delivered} of {Commands} commands were delivered, with {Kills} kills and\n{string.Join('\n', interruptions)}"
        );

        void KeepInterruption(string line)
        {
            if (((string[])["Lost the lease", "restarts from its checkpoint", "failed to process"]).Any(line.Contains))
                interruptions.Enqueue(line);
        }
    }

    [Fact]
    public async Task It_answers_health_checks_and_reports_the_position_of_each_shard()
    {
        using var engine = await Engine.CreateAsync(local);
        await engine.PutAsync(1, 3);
        await using var lambda = await LambdaStub.StartAsync((_, _) => Task.CompletedTask);
        using var process = Start(engine, lambda);
        try
        {
            var address = await AddressAsync(process);
            using var http = new HttpClient { BaseAddress = address };
            await Eventually.TrueAsync(
                async () =>
                {
                    using var status = JsonDocument.Parse(await http.GetStringAsync("/status", TestContext.Current.CancellationToken));
                    return status.RootElement.GetProperty("records_done").GetInt64() == 3
                        && status.RootElement.GetProperty("state").GetString() == "delivering"
                        && status.RootElement.GetProperty("shards").EnumerateArray().Single().GetProperty("outstanding").GetInt32() == 0;
                },
                "the status says that three records are done"
            );

            Assert.Equal("Healthy", await http.GetStringAsync("/health", TestContext.Current.CancellationToken));
            Assert.Equal("Healthy", await http.GetStringAsync("/alive", TestContext.Current.CancellationToken));

            // A page whose name was made to lead here learns nothing.
            foreach (var (host, expected) in ((string, int)[])[("evil.example.com", 400), ("localhost:1", 200)])
                Assert.Equal(
                    expected,
                    (await RawHttp.SendAsync(address, new("GET", "/status") { Host = host }, TestContext.Current.CancellationToken)).Status
                );
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_bad_value_is_named_in_one_sentence_and_ends_the_process()
    {
        using var engine = await Engine.CreateAsync(local);
        await using var lambda = await LambdaStub.StartAsync((_, _) => Task.CompletedTask);
        using var process = Start(
            engine,
            lambda,
            "--EventSource:BatchSize=0",
            "--EventSource:FunctionName=",
            "--EventSource:FilterCriteria:Filters:0:Pattern={\"eventName\":\"INSERT\"}"
        );

        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, process.ExitCode);
        Assert.Equal(
            [
                "EventSource:FunctionName is missing: name the function that processes the batches.",
                "EventSource:BatchSize is 0: use 1 to 10000.",
                "EventSource:FilterCriteria:Filters:0:Pattern: eventName is \"INSERT\": write it as a list, [\"INSERT\"].",
            ],
            errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        );
    }

    private static Process Start(Engine engine, LambdaStub lambda, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "NotifyQuery.EventSource.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (
            var (name, value) in new Dictionary<string, string>
            {
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["LocalStack__UseLocalStack"] = "true",
                ["LocalStack__Config__LocalStackHost"] = engine.Endpoint.Host,
                ["LocalStack__Config__EdgePort"] = engine.Endpoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture),
                ["LocalStack__Session__AwsAccessKeyId"] = engine.Credentials.AccessKey,
                ["LocalStack__Session__RegionName"] = "us-east-1",
                ["AWS_REGION"] = "us-east-1",
                ["AWS_ACCESS_KEY_ID"] = engine.Credentials.AccessKey,
                ["AWS_SECRET_ACCESS_KEY"] = "test",
                ["AWS_ENDPOINT_URL_LAMBDA"] = lambda.Endpoint.ToString(),
                ["EventSource__FunctionName"] = "processor",
                ["EventSource__LeaseSeconds"] = "1",
            }
        )
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Reads the output of the process, because a full pipe would block it.</summary>
    /// <param name="process">The process.</param>
    /// <param name="onLine">Called for each line of the log.</param>
    private static Process Drained(Process process, Action<string> onLine)
    {
        process.OutputDataReceived += (_, line) => onLine(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task<Uri> AddressAsync(Process process)
    {
        const string Says = "Now listening on: ";
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.IndexOf(Says, StringComparison.Ordinal) is var at and >= 0)
                return new Uri(line[(at + Says.Length)..].Trim());
        }

        throw new InvalidOperationException("The process ended before it listened.");
    }
}
