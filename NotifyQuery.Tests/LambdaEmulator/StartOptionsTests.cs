using NotifyQuery.LambdaEmulator;

namespace NotifyQuery.Tests.LambdaEmulator;

public sealed class StartOptionsTests
{
    [Fact]
    public void Ports_and_host_come_from_the_command_line()
    {
        var options = StartOptions.Parse(
            [
                "-p",
                "5050",
                "--lambda-emulator-host",
                "127.0.0.1",
                "--no-launch-window",
                "--api-gateway-emulator-mode",
                "httpv2",
                "--api-gateway-emulator-port",
                "8080",
                "--config-storage-path",
                "/tmp",
            ],
            _ => null
        );

        Assert.Equal((5050, 8080, "127.0.0.1"), (options.EmulatorPort, options.GatewayPort, options.Host));
    }

    [Fact]
    public void The_environment_goes_before_the_command_line()
    {
        var options = StartOptions.Parse(["--lambda-emulator-port", "5050"], name => name == "LAMBDA_RUNTIME_API_PORT" ? "6060" : null);

        Assert.Equal((6060, null), (options.EmulatorPort, options.GatewayPort));
    }

    [Theory]
    [InlineData("Nothing to start")]
    [InlineData("'--lambda-emulator-https-port' is not an option", "--lambda-emulator-https-port", "1")]
    [InlineData("-p needs a value", "-p")]
    [InlineData("-p is 'x'", "-p", "x")]
    [InlineData("-p is '65536'", "-p", "65536")]
    [InlineData("give --api-gateway-emulator-mode HttpV2", "--api-gateway-emulator-port", "8080")]
    [InlineData("mode is 'Rest'", "--api-gateway-emulator-port", "8080", "--api-gateway-emulator-mode", "Rest")]
    public void An_impossible_request_is_reported_in_a_sentence(string sentence, params string[] args)
    {
        Assert.Contains(
            sentence,
            Assert.Throws<UsageException>(() => StartOptions.Parse(args, _ => null)).Message,
            StringComparison.Ordinal
        );
    }
}
