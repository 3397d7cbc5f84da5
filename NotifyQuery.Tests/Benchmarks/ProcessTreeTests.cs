using NotifyQuery.Benchmarks.Running;

namespace NotifyQuery.Tests.Benchmarks;

/// <summary>The roles that processes of the system have by their command lines.</summary>
public sealed class ProcessTreeTests
{
    [Theory]
    [InlineData("Lambda emulator", "/src/bin/NotifyQuery.LambdaEmulator", "start", "--no-launch-window")]
    [InlineData("API Gateway emulator", "/src/bin/NotifyQuery.LambdaEmulator", "start", "--api-gateway-emulator-mode", "HttpV2")]
    [InlineData("Lambda emulator", "dotnet", "lambda-test-tool", "start", "--no-launch-window")]
    [InlineData("API Gateway emulator", "dotnet", "lambda-test-tool", "start", "--api-gateway-emulator-mode", "HttpV2")]
    [InlineData("Lambda emulator", "/home/ann/.dotnet/tools/dotnet-lambda-test-tool", "start")]
    [InlineData("Handler", "/src/bin/NotifyQuery.Handler")]
    [InlineData("Tools", "dotnet", "/src/bin/NotifyQuery.Tools.dll", "watch")]
    [InlineData("DynamoDB Local", "java", "-jar", "DynamoDBLocal.jar")]
    public void The_role_of_a_process_does_not_depend_on_the_program_that_plays_it(string role, params string[] command) =>
        Assert.Equal(role, ProcessTree.NameOf(1, command));
}
