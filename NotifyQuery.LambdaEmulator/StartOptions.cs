using System.Globalization;

namespace NotifyQuery.LambdaEmulator;

/// <summary>The command line or the environment is invalid. The message says what is wrong and how to fix it.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The command line of `start`. As in AWS's own test tool, environment variables override it.</summary>
internal sealed record StartOptions
{
    public string Host { get; private init; } = "localhost";

    public int? EmulatorPort { get; private init; }

    public int? GatewayPort { get; private init; }

    private string? GatewayMode { get; init; }

    public static StartOptions Parse(ReadOnlySpan<string> args, Func<string, string?> environment)
    {
        var options = new StartOptions();
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            options = name switch
            {
                "--no-launch-window" => options,
                "-p" or "--lambda-emulator-port" => options with { EmulatorPort = Port(name, Value(args, ref i)) },
                "--lambda-emulator-host" => options with { Host = Value(args, ref i) },
                "--api-gateway-emulator-mode" => options with { GatewayMode = Value(args, ref i) },
                "--api-gateway-emulator-port" => options with { GatewayPort = Port(name, Value(args, ref i)) },
                "--config-storage-path" => options.Without(Value(args, ref i)),
                _ => throw new UsageException(
                    $"'{name}' is not an option of start here. Known: --lambda-emulator-port (-p), --lambda-emulator-host, "
                        + $"--no-launch-window, --api-gateway-emulator-mode, --api-gateway-emulator-port, --config-storage-path."
                ),
            };
        }

        return (
            options with
            {
                EmulatorPort = FromEnvironment("LAMBDA_RUNTIME_API_PORT", environment) ?? options.EmulatorPort,
                GatewayPort = FromEnvironment("API_GATEWAY_EMULATOR_PORT", environment) ?? options.GatewayPort,
            }
        ).Checked();
    }

    private static string Value(ReadOnlySpan<string> args, ref int i) =>
        i + 1 < args.Length ? args[++i] : throw new UsageException($"{args[i]} needs a value.");

    private static int? FromEnvironment(string name, Func<string, string?> environment) =>
        environment(name) is { Length: > 0 } value ? Port(name, value) : null;

    private static int Port(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535
            ? port
            : throw new UsageException($"{name} is '{value}': a port is a number from 0 (any free one) to 65535.");

    // Ignored: there is no web page with settings.
    private StartOptions Without(string _) => this;

    private StartOptions Checked()
    {
        if (EmulatorPort is null && GatewayPort is null)
        {
            throw new UsageException(
                "Nothing to start: give --lambda-emulator-port (or LAMBDA_RUNTIME_API_PORT) or --api-gateway-emulator-port (or "
                    + "API_GATEWAY_EMULATOR_PORT)."
            );
        }

        if (GatewayPort is not null && !string.Equals(GatewayMode, "HttpV2", StringComparison.OrdinalIgnoreCase))
            throw new UsageException(
                $"The gateway's mode is '{GatewayMode}': give --api-gateway-emulator-mode HttpV2, the only one emulated here."
            );
        return this;
    }
}

internal sealed record InfoOptions(bool Json)
{
    public static InfoOptions Parse(ReadOnlySpan<string> args) =>
        args switch
        {
            [] => new InfoOptions(false),
            ["--format", var format] when format.Equals("Text", StringComparison.OrdinalIgnoreCase) => new InfoOptions(false),
            ["--format", var format] when format.Equals("Json", StringComparison.OrdinalIgnoreCase) => new InfoOptions(true),
            _ => throw new UsageException("info takes one option: --format Text or --format Json."),
        };
}
