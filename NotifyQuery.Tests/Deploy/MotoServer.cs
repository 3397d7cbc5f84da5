using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using NotifyQuery.Benchmarks.Running;

namespace NotifyQuery.Tests.Deploy;

/// <summary>moto: an AWS account on this machine, and a second engine that is nobody of DynamoDB Local's family.</summary>
public sealed class MotoServer : IAsyncLifetime
{
    private Process? process;

    public Uri Endpoint { get; private set; } = null!;

    /// <summary>What a process needs to take it for AWS.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        new Dictionary<string, string>
        {
            ["AWS_ENDPOINT_URL"] = Endpoint.ToString(),
            ["AWS_ACCESS_KEY_ID"] = "test",
            ["AWS_SECRET_ACCESS_KEY"] = "test",
            ["AWS_REGION"] = "us-east-1",
            ["AWS_DEFAULT_REGION"] = "us-east-1",
            ["AWS_EC2_METADATA_DISABLED"] = "true",
        };

    public async ValueTask InitializeAsync()
    {
        // Asked first, because a test may be skipped but a fixture may not.
        if (!await HasMotoAsync())
            return;
        var port = ChildProcess.FreePort();
        process = Process.Start(
            new ProcessStartInfo("python3", ["-m", "moto.server", "-H", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture)])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var said = new ConcurrentQueue<string?>();
        process.OutputDataReceived += (_, line) => said.Enqueue(line.Data);
        process.ErrorDataReceived += (_, line) => said.Enqueue(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Endpoint = new Uri($"http://127.0.0.1:{port}");

        using var http = new HttpClient();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(Endpoint, "/moto-api/"), deadline.Token);
                return;
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                await Task.Delay(50, deadline.Token);
            }
            catch (HttpRequestException exception)
            {
                await process.WaitForExitAsync(deadline.Token); // for its last lines
                throw new InvalidOperationException(
                    $"moto ended with exit code {process.ExitCode}:\n{string.Join('\n', said.TakeLast(20))}",
                    exception
                );
            }
        }
    }

    public void SkipIfMissing() => Assert.SkipWhen(process is null, "moto is not installed: pip install 'moto[server]' boto3");

    public AmazonDynamoDBClient CreateDynamoDBClient() =>
        new(
            new BasicAWSCredentials("test", "test"),
            new AmazonDynamoDBConfig { ServiceURL = Endpoint.ToString(), AuthenticationRegion = "us-east-1" }
        );

    /// <summary>What the AWS CLI answers, as JSON; nothing for a command that answers nothing.</summary>
    internal async Task<JsonElement> AwsAsync(params string[] arguments)
    {
        var answer = await Repository.RunAsync("aws", [.. arguments, "--output", "json"], Environment);
        Assert.True(answer.ExitCode == 0, $"aws {string.Join(' ', arguments)}: {answer.Errors}");
        return string.IsNullOrWhiteSpace(answer.Output) ? default : JsonDocument.Parse(answer.Output).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is null)
            return;
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static async Task<bool> HasMotoAsync()
    {
        try
        {
            using var python = Process.Start(
                new ProcessStartInfo("python3", ["-c", "import moto.server, flask"]) { RedirectStandardError = true }
            )!;
            await python.WaitForExitAsync();
            return python.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
