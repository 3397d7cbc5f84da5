using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.AppHost.Emulators;
using NotifyQuery.AppHost.NextTables;
using NotifyQuery.Operations.NextTables;

namespace NotifyQuery.AppHost;

/// <summary>
/// The AppHost's configuration (section <c>NotifyQuery</c> of settings, environment and command line), checked against the machine before
/// anything is started.
/// </summary>
internal sealed record Settings
{
    /// <summary>The engine that serves DynamoDB: <c>NotifyQuery:Backend</c>.</summary>
    public required BackendKind Backend { get; init; }

    /// <summary>The container runtime that runs the engine, if the engine is a container.</summary>
    public required string? ContainerRuntime { get; init; }

    /// <summary>The command of the Java that runs the engine, if the engine is DynamoDB Local.</summary>
    public required string? Java { get; init; }

    /// <summary>Whether the tables outlive the run: <c>NotifyQuery:Backend:Persist</c>.</summary>
    public required bool Persist { get; init; }

    /// <summary>
    /// The folder of DynamoDB Local's tables if they outlive the run: <c>NotifyQuery:Backend:DataFolder</c>, relative to the repository.
    /// </summary>
    public required string DataFolder { get; init; }

    /// <summary>
    /// Whether the write side runs: always on a local engine, in an AWS account only with <c>NotifyQuery:Backend:AllowWrites</c>.
    /// </summary>
    public required bool Writes { get; init; }

    /// <summary>The program that emulates Lambda and API Gateway: <c>NotifyQuery:LambdaEmulator</c>.</summary>
    public required LambdaEmulatorKind LambdaEmulator { get; init; }

    /// <summary>Whether demo data is written: <c>NotifyQuery:DemoData</c>.</summary>
    public required bool DemoData { get; init; }

    /// <summary>Whether a test starts the system: any free ports, no demo data, no output at the terminal.</summary>
    public required bool IsTest { get; init; }

    /// <summary>Host ports (<c>NotifyQuery:Ports:…</c>); null for any free one (0 in the configuration).</summary>
    public required int? BackendPort { get; init; }

    /// <inheritdoc cref="BackendPort" />
    public required int? HandlerPort { get; init; }

    /// <inheritdoc cref="BackendPort" />
    public required int? GatewayPort { get; init; }

    /// <inheritdoc cref="BackendPort" />
    public required int? EmulatorPort { get; init; }

    /// <summary>Whether callers of the Handler need a token: <c>NotifyQuery:Access:Required</c>.</summary>
    public required bool AccessRequired { get; init; }

    /// <summary>The origins whose web pages may read responses: <c>NotifyQuery:Cors:Origins</c>.</summary>
    public required string CorsOrigins { get; init; }

    /// <summary>The filter patterns of the event source, in the syntax of AWS: <c>NotifyQuery:FilterCriteria</c>.</summary>
    public required IReadOnlyList<string> FilterPatterns { get; init; }

    /// <summary>How many new traces each process records per second: <c>NotifyQuery:TracesPerSecond</c>; null for all.</summary>
    public required int? TracesPerSecond { get; init; }

    /// <summary>
    /// A second query table that is filled beside the current one: <c>NotifyQuery:NextTable</c>, with
    /// <c>NotifyQuery:NextTable:KeySpread</c>; null for none.
    /// </summary>
    public required QueryTable? NextTable { get; init; }

    /// <summary>The choices of this run, in one line.</summary>
    public string Summary =>
        $"NotifyQuery on Aspire {AspireVersion}, package mode {PackageMode}, tables in {Backend switch
    {
        BackendKind.LocalStack => "LocalStack",
        BackendKind.DynamoDBLocal => "DynamoDB Local",
        _ => "the AWS account",
    }}, Lambda emulator {LambdaEmulatorChoice.NameOf(LambdaEmulator)}";

    private static string AspireVersion =>
        typeof(DistributedApplication)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];

    /// <summary>The package mode of this build: <c>nuget</c> or <c>counterparts</c>.</summary>
    public static string PackageMode =>
        typeof(Settings).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(it => it.Key == nameof(PackageMode)).Value!;

    /// <summary>The key that encrypts the cursors of this run, hexadecimal.</summary>
    public string CursorKey { get; } = RandomNumberGenerator.GetHexString(64);

    /// <summary>Reads and checks the settings.</summary>
    /// <param name="configuration">The AppHost's configuration.</param>
    /// <param name="appHostDirectory">The folder of the AppHost's project.</param>
    /// <param name="settings">The settings; null if there is a problem.</param>
    /// <param name="problem">The problem and the fix in one sentence; null if all is well.</param>
    public static bool TryRead(
        IConfiguration configuration,
        string appHostDirectory,
        [NotNullWhen(true)] out Settings? settings,
        [NotNullWhen(false)] out string? problem
    )
    {
        try
        {
            var section = configuration.GetSection("NotifyQuery");
            // Tests run in parallel: Aspire's testing host requests random ports with this key.
            var isTest = Flag(configuration, "DcpPublisher:RandomizePorts", false);
            if (!isTest)
                MachineCheck.Verify();
            var (backend, containerRuntime, java) = BackendChoice.Choose(
                section["Backend"],
                ContainerRuntimeOf(configuration),
                appHostDirectory
            );
            RefuseTakenDashboardPort(configuration["ASPNETCORE_URLS"], isTest);
            var writes = Flag(configuration, "NotifyQuery:Backend:AllowWrites", false) || backend is not BackendKind.Aws;
            var demoData = Flag(configuration, "NotifyQuery:DemoData", backend is not BackendKind.Aws && !isTest);
            if (demoData && !writes)
                throw new SettingsException(
                    "NotifyQuery:DemoData would write to the AWS account: leave it out, or, to write there on purpose, add "
                        + "--NotifyQuery:Backend:AllowWrites=true."
                );
            settings = new()
            {
                Backend = backend,
                ContainerRuntime = containerRuntime,
                Java = java,
                Writes = writes,
                IsTest = isTest,
                LambdaEmulator = LambdaEmulatorChoice.Choose(configuration[LambdaEmulatorChoice.Key], PackageMode),
                Persist = Flag(configuration, "NotifyQuery:Backend:Persist", false),
                DataFolder = Path.GetFullPath(
                    DataFolderOf(section["Backend:DataFolder"]),
                    Path.GetFullPath(Path.Combine(appHostDirectory, ".."))
                ),
                // an account's data is real
                AccessRequired = Flag(configuration, "NotifyQuery:Access:Required", backend is BackendKind.Aws),
                CorsOrigins = section["Cors:Origins"] ?? "",
                DemoData = demoData,
                FilterPatterns = FilterCriteriaSetting.Read(section["FilterCriteria"]),
                TracesPerSecond = TraceLimitSetting.Read(section["TracesPerSecond"]),
                NextTable = NextTableSetting.Read(section, backend),
                BackendPort = Port("Backend", 4566, backend is not BackendKind.Aws),
                HandlerPort = Port("Handler", 8000),
                GatewayPort = Port("Gateway", 8080),
                EmulatorPort = Port("Emulator", 5050),
            };
            problem = null;
            return true;

            int? Port(string name, int standard, bool needed = true)
            {
                var text = section[$"Ports:{name}"];
                var port = standard;
                if (
                    text is not null
                    && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) || port > IPEndPoint.MaxPort)
                )
                    throw new SettingsException(
                        $"NotifyQuery:Ports:{name} is '{text}': give a port from 1 to {IPEndPoint.MaxPort}, or 0 for any free one."
                    );
                if (port == 0 || isTest)
                    return null;
                if (needed && !LoopbackPort.IsFree(port))
                    throw new SettingsException(
                        $"Port {port} ({name}) is taken{HolderOf(port)}, or choose another with --NotifyQuery:Ports:{name}=<port> (0 for "
                            + $"any free one)."
                    );
                return port;
            }

            string HolderOf(int port) =>
                containerRuntime is { } runtime && BackendChoice.ContainerOn(runtime, port) is { } container
                    ? $" by the container {container}: remove it with '{runtime} rm --force {container}'"
                    : ": stop what listens there";
        }
        catch (SettingsException exception)
        {
            (settings, problem) = (null, exception.Message);
            return false;
        }
    }

    // The dashboard is a separate process: without this check, only its log would say that the address is in use.
    private static void RefuseTakenDashboardPort(string? urls, bool isTest)
    {
        if (
            isTest
            || !Uri.TryCreate((urls ?? "").Split(';')[0], UriKind.Absolute, out var address)
            || address.Port == 0
            || LoopbackPort.IsFree(address.Port)
        )
            return;
        throw new SettingsException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Port {address.Port} (dashboard) is taken: stop what listens there, or choose another with "
                    + $"--ASPNETCORE_URLS=http://127.0.0.1:<port> (0 for any free one)."
            )
        );
    }

    private static bool Flag(IConfiguration configuration, string key, bool standard)
    {
        var text = configuration[key];
        if (string.IsNullOrWhiteSpace(text))
            return standard;
        return bool.TryParse(text, out var flag) ? flag : throw new SettingsException($"{key} is '{text}': it must be true or false.");
    }

    // The places where Aspire looks for this setting, in Aspire's order.
    private static string? ContainerRuntimeOf(IConfiguration configuration) =>
        ((string[])["DcpPublisher:ContainerRuntime", "ASPIRE_CONTAINER_RUNTIME", "DOTNET_ASPIRE_CONTAINER_RUNTIME"])
            .Select(key => configuration[key])
            .FirstOrDefault(value => !string.IsNullOrEmpty(value));

    private static string DataFolderOf(string? value) => string.IsNullOrWhiteSpace(value) ? Path.Combine("data", "dynamodb") : value;
}

/// <summary>The configuration or the machine does not allow a start. The message is one sentence with the fix.</summary>
internal sealed class SettingsException(string message) : Exception(message);
