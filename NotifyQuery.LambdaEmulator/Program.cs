using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using NotifyQuery.LambdaEmulator;
using NotifyQuery.LambdaEmulator.Functions;
using NotifyQuery.LambdaEmulator.Gateway;

try
{
    switch (args)
    {
        case ["start", .. var options]:
            await StartAsync(StartOptions.Parse(options, Environment.GetEnvironmentVariable));
            return 0;
        case ["info", .. var options]:
            WriteInfo(InfoOptions.Parse(options));
            return 0;
        default:
            throw new UsageException("Usage: start [options] | info [--format Text|Json].");
    }
}
catch (Exception exception) when (exception is UsageException or IOException)
{
    // An IOException means that the port is in use.
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}

static async Task StartAsync(StartOptions options)
{
    using var stopping = new CancellationTokenSource();
    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stopping.Cancel();
    }

    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

    await using var emulator = options.EmulatorPort is { } port
        ? await LambdaService.StartAsync(new LambdaServiceOptions { Host = options.Host, Port = port }, stopping.Token)
        : null;
    await using var gateway = options.GatewayPort is { } gatewayPort
        ? await ApiGateway.StartAsync(
            new GatewayOptions
            {
                Host = options.Host,
                Port = gatewayPort,
                Routes = RouteTable.FromEnvironment(Environment.GetEnvironmentVariables(), emulator?.Address, Console.Out),
            }.With(Environment.GetEnvironmentVariables()),
            stopping.Token
        )
        : null;

    if (emulator is not null)
        Console.WriteLine($"Lambda emulator: {emulator.Address}");
    if (gateway is not null)
        Console.WriteLine($"API Gateway emulator: {gateway.Address}");
    await Task.Delay(Timeout.InfiniteTimeSpan, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}

static void WriteInfo(InfoOptions options)
{
    var version = typeof(StartOptions).Assembly.GetName().Version?.ToString(3) ?? "";
    if (!options.Json)
    {
        Console.WriteLine($"Version: {version}");
        Console.WriteLine($"InstallPath: {AppContext.BaseDirectory}");
        return;
    }

    using var output = new MemoryStream();
    using var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
    writer.WriteStartObject();
    writer.WriteString("Version", version);
    writer.WriteString("InstallPath", AppContext.BaseDirectory);
    writer.WriteEndObject();
    writer.Flush();
    Console.WriteLine(Encoding.UTF8.GetString(output.ToArray()));
}
