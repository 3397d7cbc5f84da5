using System.Diagnostics;
using System.Text.Json;
using NotifyQuery.Tests.Deploy;

namespace NotifyQuery.Tests.Tools;

/// <summary><c>projection</c> on an account: Lambda's event source mapping, as moto keeps it.</summary>
public sealed class MappingCommandTests(MotoServer moto) : IClassFixture<MotoServer>
{
    private const string Account = """
        import boto3, io, zipfile
        stream = boto3.client('dynamodb').create_table(TableName='command-records', BillingMode='PAY_PER_REQUEST',
            KeySchema=[{'AttributeName': 'id', 'KeyType': 'HASH'}], AttributeDefinitions=[{'AttributeName': 'id', 'AttributeType': 'S'}],
            StreamSpecification={'StreamEnabled': True, 'StreamViewType': 'NEW_AND_OLD_IMAGES'})['TableDescription']['LatestStreamArn']
        role = boto3.client('iam').create_role(RoleName='role', AssumeRolePolicyDocument='{}')['Role']['Arn']
        code = io.BytesIO()
        with zipfile.ZipFile(code, 'w') as archive: archive.writestr('bootstrap', '')
        functions = boto3.client('lambda')
        for name in ('nq-StreamProcessor', 'nq-NextStreamProcessor'):
            functions.create_function(
                FunctionName=name, Runtime='provided.al2023', Role=role, Handler='h', Code={'ZipFile': code.getvalue()})
        print(functions.create_event_source_mapping(
            EventSourceArn=stream, FunctionName='nq-StreamProcessor', StartingPosition='TRIM_HORIZON')['UUID'])
        """;

    private const string Second = """
        import boto3
        functions = boto3.client('lambda')
        stream = boto3.client('dynamodb').describe_table(TableName='command-records')['Table']['LatestStreamArn']
        functions.create_event_source_mapping(EventSourceArn=stream, FunctionName='nq-NextStreamProcessor', StartingPosition='TRIM_HORIZON')
        """;

    [Fact]
    public async Task The_mapping_is_found_by_the_stream_paused_resumed_and_never_reset()
    {
        moto.SkipIfMissing();
        var empty = await RunAsync("status");
        Assert.Equal(
            (1, "command-records has no stream in this account and region: there is nothing to control."),
            (empty.ExitCode, empty.Errors[0])
        );
        var id = (await PythonAsync(Account)).Trim();

        var status = await RunAsync("status");
        Assert.Equal(0, status.ExitCode);
        Assert.StartsWith(
            $"Enabled: {id} (nq-StreamProcessor) delivers. AWS does not report positions: see the function's iterator age in CloudWatch.",
            status.Output[^1],
            StringComparison.Ordinal
        );

        var unasked = await RunAsync("pause");
        Assert.Equal(2, unasked.ExitCode);
        Assert.Contains(
            "'pause' changes the account's event source mapping: add --allow-writes to confirm.",
            string.Join(' ', unasked.Errors),
            StringComparison.Ordinal
        );

        var paused = await RunAsync("pause", "--allow-writes");
        Assert.True(paused.ExitCode == 0, string.Join('\n', [.. paused.Output, .. paused.Errors]));
        Assert.StartsWith("Paused since 2", paused.Output[^1], StringComparison.Ordinal);
        Assert.Contains("nothing is delivered. The oldest record that waits is ", paused.Output[^1], StringComparison.Ordinal);
        Assert.Contains(
            "AWS does not report positions: this age is counted from the pause, assuming that nothing waited then.",
            paused.Output[^1],
            StringComparison.Ordinal
        );
        var json = await RunAsync("status", "--json");
        using (var answer = JsonDocument.Parse(string.Join('\n', json.Output)))
        {
            Assert.Equal(
                ("event_source_mapping", "Disabled"),
                (answer.RootElement.GetProperty("source").GetString(), answer.RootElement.GetProperty("state").GetString())
            );
            Assert.InRange(answer.RootElement.GetProperty("kept_for_seconds").GetDouble(), 86_000, 86_400);
        }

        Assert.StartsWith("It was paused already. ", (await RunAsync("pause", "--allow-writes")).Output[^1], StringComparison.Ordinal);
        Assert.StartsWith("Resumed. Enabled: ", (await RunAsync("resume", "--allow-writes")).Output[^1], StringComparison.Ordinal);

        var reset = await RunAsync("reset", "--yes");
        Assert.Equal(1, reset.ExitCode);
        Assert.StartsWith(
            "AWS cannot change the position of an event source mapping: delete it and create it again with another StartingPosition, "
                + "TRIM_HORIZON or LATEST",
            reset.Errors[0],
            StringComparison.Ordinal
        );

        await PythonAsync(Second);
        var which = await RunAsync("status");
        Assert.Equal(
            (1, true),
            (
                which.ExitCode,
                which
                    .Errors[0]
                    .StartsWith("The stream has 2 event source mappings: select one with --function: nq-", StringComparison.Ordinal)
            )
        );
        Assert.Contains(
            "(nq-NextStreamProcessor)",
            (await RunAsync("status", "--function", "nq-NextStreamProcessor")).Output[^1],
            StringComparison.Ordinal
        );
        Assert.Contains(
            "for nq-Other: is this the account and region of the stack?",
            (await RunAsync("status", "--function", "nq-Other")).Errors[0],
            StringComparison.Ordinal
        );
    }

    private Task<ToolResult> RunAsync(params string[] arguments) =>
        ToolProcess.RunAsync(moto.Environment, ["projection", .. arguments, "--endpoint", "aws"]);

    private async Task<string> PythonAsync(string script)
    {
        var start = new ProcessStartInfo("python3", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in moto.Environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (
            process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken),
            process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)
        );
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        return await output;
    }
}
