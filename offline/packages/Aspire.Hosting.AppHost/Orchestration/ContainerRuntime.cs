using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Orchestration;

/// <summary>There is no container runtime, or it does not answer; what needs one may be started later, when it does.</summary>
#pragma warning disable CA1032 // thrown with a message in one place only
internal sealed class ContainerRuntimeUnhealthyException(string message) : DistributedApplicationException(message);
#pragma warning restore CA1032

/// <summary>The command line of Docker or Podman.</summary>
internal sealed class ContainerRuntime(OrchestrationProcess orchestration, IConfiguration configuration) : IDisposable
{
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(25);
    private static readonly Dictionary<string, string> s_noVariables = [];

    private readonly SemaphoreSlim _turn = new(1, 1);
    private string? _command;

    /// <summary>The command of a runtime that answers.</summary>
    public async Task<string> FindAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _command ??= await AskAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task<(int ExitCode, IReadOnlyList<string> Output)> TryAsync(IReadOnlyList<string> arguments, Action<string, bool>? printed,
        CancellationToken cancellationToken)
    {
        var command = await FindAsync(cancellationToken).ConfigureAwait(false);
        return await orchestration.RunAsync(new(command, arguments, null, s_noVariables), printed, cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<string>> RunAsync(IReadOnlyList<string> arguments, Action<string, bool>? printed, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await TryAsync(arguments, printed, cancellationToken).ConfigureAwait(false);
        return exitCode == 0
            ? output
            : throw new DistributedApplicationException($"'{_command} {arguments[0]}' failed: {Cause(output) ?? $"exit code {exitCode}"}");
    }

    /// <summary>A command that goes on for as long as the container does.</summary>
    public async Task<ChildProcess> FollowAsync(IReadOnlyList<string> arguments, Action<string, bool> printed, CancellationToken cancellationToken)
    {
        var command = await FindAsync(cancellationToken).ConfigureAwait(false);
        return await orchestration.StartAsync(new(command, arguments, null, s_noVariables), printed, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>Where a command line tool tells its answer, or what went wrong.</summary>
    public static string? Last(IReadOnlyList<string> output) => output.Count == 0 ? null : output[^1];

    /// <summary>Hints may come after it.</summary>
    private static string? Cause(IReadOnlyList<string> output) => output.FirstOrDefault(line => line.StartsWith("Error", StringComparison.Ordinal)) ?? Last(output);

    private async Task<string> AskAsync(CancellationToken cancellationToken)
    {
        var chosen = configuration["DcpPublisher:ContainerRuntime"] is { Length: > 0 } option ? option
            : configuration["ASPIRE_CONTAINER_RUNTIME"] is { Length: > 0 } variable ? variable
            : configuration["DOTNET_ASPIRE_CONTAINER_RUNTIME"];
        var problems = new List<string>();
        foreach (var command in chosen is { Length: > 0 } ? [chosen] : new[] { "docker", "podman" })
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(s_answer);
            try
            {
                var (exitCode, output) = await orchestration.RunAsync(new(command, ["info"], null, s_noVariables), null, limit.Token).ConfigureAwait(false);
                if (exitCode == 0)
                    return command;
                problems.Add($"'{command} info' failed ({Last(output)?.Trim() ?? $"exit code {exitCode}"})");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                problems.Add($"'{command} info' did not answer within {s_answer.TotalSeconds} s");
            }
            catch (DistributedApplicationException exception)
            {
                problems.Add(exception.Message);
            }
        }

        throw new ContainerRuntimeUnhealthyException($"No container runtime is available: {string.Join("; ", problems)}. Start Docker or Podman.");
    }
}
