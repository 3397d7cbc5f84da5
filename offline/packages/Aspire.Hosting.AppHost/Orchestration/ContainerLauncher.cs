using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Creates and starts the container of a resource, or takes over a persistent one that is already there.</summary>
internal sealed class ContainerLauncher(ContainerRuntime runtime, OrchestrationProcess orchestration, EndpointAllocator endpoints,
    DistributedApplicationExecutionContext context, IConfiguration configuration)
{
    /// <summary>Marks a container as ours and tells what it was created from.</summary>
    private const string Label = "aspire.hosting.configuration";

    public async Task<ResourceRun> StartAsync(ContainerResource resource, ResourceConfiguration configured, ILogger log, Action<string, bool> printed,
        CancellationToken cancellationToken)
    {
        var persistent = resource.TryGetLastAnnotation<ContainerLifetimeAnnotation>(out var lifetime) && lifetime.Lifetime == ContainerLifetime.Persistent;
        var name = Name(resource, persistent);
        var image = resource.TryGetContainerImageName(out var found) ? found
            : throw new DistributedApplicationException($"The container resource '{resource.Name}' has no image.");
        var command = await runtime.FindAsync(cancellationToken).ConfigureAwait(false);
        var options = await OptionsAsync(command, resource, configured, cancellationToken).ConfigureAwait(false);
        List<string> definition = [.. options, image, .. configured.Arguments];
        var fingerprint = Fingerprint(definition);

        var reused = await ReuseOrRemoveAsync(name, persistent ? fingerprint : null, cancellationToken).ConfigureAwait(false);
        endpoints.LetGo(resource);
        if (!reused)
        {
            await PullAsync(resource, image, log, cancellationToken).ConfigureAwait(false);
            // Known to the orchestration process before it exists: there must be no moment in which it could be left behind.
            if (!persistent)
                await orchestration.TrackAsync(command, name).ConfigureAwait(false);
            // Pulled, or not, by the resource's policy: creating it must not pull by a policy of its own.
            await runtime.RunAsync(["create", "--name", name, "--label", $"{Label}={fingerprint}", "--pull=never", .. definition], null, cancellationToken).ConfigureAwait(false);
        }

        await runtime.RunAsync(["start", name], null, cancellationToken).ConfigureAwait(false);
        var logs = await runtime.FollowAsync(["logs", "--follow", name], printed, cancellationToken).ConfigureAwait(false);
        string? exitCode = null;
        var wait = await runtime.FollowAsync(["wait", name], (line, isError) => exitCode = isError ? exitCode : line, cancellationToken).ConfigureAwait(false);
        return new ContainerRun(runtime, orchestration, name, persistent, [logs, wait], EndAsync(wait, logs, () => exitCode))
        {
            Configuration = configured,
            Properties =
            [
                new("container.image", image),
                new("container.id", name),
                new("container.command", resource.Entrypoint),
                new("container.args", configured.Arguments) { IsSensitive = true },
                new("container.lifetime", (persistent ? ContainerLifetime.Persistent : ContainerLifetime.Session).ToString()),
            ],
        };
    }

    private static async Task<int> EndAsync(ChildProcess wait, ChildProcess logs, Func<string?> exitCode)
    {
        await wait.Exited.ConfigureAwait(false);
        await logs.Exited.ConfigureAwait(false);
        return int.TryParse(exitCode(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var code) ? code : ChildProcess.Lost;
    }

    private string Name(ContainerResource resource, bool persistent)
    {
        if (resource.TryGetLastAnnotation<ContainerNameAnnotation>(out var given))
            return given.Name;
        // The next run must find it again; another AppHost's of the same name is another container.
        return persistent ? $"{resource.Name}-{Fingerprint([configuration["AppHost:Path"] ?? ""])}" : resource.InstanceId();
    }

    private async Task<List<string>> OptionsAsync(string command, ContainerResource resource, ResourceConfiguration configured,
        CancellationToken cancellationToken)
    {
        var options = new List<string>();
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            var protocol = endpoint.Protocol == System.Net.Sockets.ProtocolType.Udp ? "/udp" : "";
            options.AddRange(["--publish", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{endpoint.AllocatedEndpoint!.Port}:{endpoint.TargetPort}{protocol}")]);
        }

        foreach (var (name, value) in configured.Environment)
            options.AddRange(["--env", $"{name}={value}"]);
        foreach (var mount in resource.Annotations.OfType<ContainerMountAnnotation>())
        {
            var type = mount.Type == ContainerMountType.BindMount ? "bind" : "volume";
            var source = string.IsNullOrEmpty(mount.Source) ? "" : $",source={mount.Source}";
            options.AddRange(["--mount", $"type={type}{source},target={mount.Target}{(mount.IsReadOnly ? ",readonly" : "")}"]);
        }

        // Podman knows the name by itself.
        if (!Path.GetFileNameWithoutExtension(command).Equals("podman", StringComparison.OrdinalIgnoreCase))
            options.AddRange(["--add-host", "host.docker.internal:host-gateway"]);
        if (!string.IsNullOrEmpty(resource.Entrypoint))
            options.AddRange(["--entrypoint", resource.Entrypoint]);

        var given = new ContainerRuntimeArgsCallbackContext([], cancellationToken);
        foreach (var callback in resource.Annotations.OfType<ContainerRuntimeArgsCallbackAnnotation>())
            await callback.Callback(given).ConfigureAwait(false);
        var where = new ValueProviderContext { Caller = resource, ExecutionContext = context };
        foreach (var value in given.Args)
        {
            if (await ResourceConfiguration.TextAsync(value, where, cancellationToken).ConfigureAwait(false) is { } text)
                options.Add(text);
        }

        return options;
    }

    /// <summary>True when a persistent container of this very configuration is there. Any other of ours, such as a killed run's, is removed.</summary>
    private async Task<bool> ReuseOrRemoveAsync(string name, string? wanted, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await runtime.TryAsync(["container", "inspect", "--format", $"{{{{ index .Config.Labels \"{Label}\" }}}}", name], null,
            cancellationToken).ConfigureAwait(false);
        if (exitCode != 0)
            return false;
        var label = ContainerRuntime.Last(output)?.Trim();
        if (label is null or "" or "<no value>")
        {
            throw new DistributedApplicationException(
                $"A container named '{name}' exists that was not created by an app host: remove it, or choose another name with WithContainerName.");
        }

        if (label == wanted)
            return true;
        await runtime.RunAsync(["rm", "--force", "--volumes", name], null, cancellationToken).ConfigureAwait(false);
        return false;
    }

    private async Task PullAsync(ContainerResource resource, string image, ILogger log, CancellationToken cancellationToken)
    {
        var policy = resource.TryGetLastAnnotation<ContainerImagePullPolicyAnnotation>(out var chosen) ? chosen.ImagePullPolicy : ImagePullPolicy.Default;
        if (policy == ImagePullPolicy.Never)
            return;
        if (policy != ImagePullPolicy.Always)
        {
            var (exitCode, _) = await runtime.TryAsync(["image", "inspect", image], null, cancellationToken).ConfigureAwait(false);
            if (exitCode == 0)
                return;
        }

        log.LogInformation("Pulling image {Image}.", image);
        await runtime.RunAsync(["pull", image], (line, _) => log.LogInformation("{Progress}", line), cancellationToken).ConfigureAwait(false);
    }

    private static string Fingerprint(IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))).AsSpan(0, 8));
}

internal sealed class ContainerRun(ContainerRuntime runtime, OrchestrationProcess orchestration, string name, bool persistent,
    IReadOnlyList<ChildProcess> followers, Task<int> exited) : ResourceRun
{
    public override Task<int> Exited { get; } = exited;

    public override async Task StopAsync(bool applicationStops, CancellationToken cancellationToken)
    {
        if (persistent && applicationStops)
        {
            foreach (var follower in followers)
                await follower.StopAsync().ConfigureAwait(false);
            return;
        }

        await runtime.TryAsync(["stop", "-t", "6", name], null, cancellationToken).ConfigureAwait(false);
        await Exited.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (persistent)
            return;
        await runtime.TryAsync(["rm", "--force", "--volumes", name], null, cancellationToken).ConfigureAwait(false);
        await orchestration.ForgetAsync(name).ConfigureAwait(false);
    }
}
