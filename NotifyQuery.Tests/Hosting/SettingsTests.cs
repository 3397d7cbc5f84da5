using NotifyQuery.AppHost.Backends;
using static NotifyQuery.Tests.Hosting.GivenSettings;

namespace NotifyQuery.Tests.Hosting;

/// <summary>What the settings say when they are given, when they are not, and when they cannot be taken.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("NotifyQuery:Backend", "mysql", "must be auto, localstack, dynamodb-local or aws")]
    [InlineData("NotifyQuery:DemoData", "maybe", "must be true or false")]
    [InlineData("NotifyQuery:Access:Required", "maybe", "must be true or false")]
    [InlineData("NotifyQuery:Backend:Persist", "1", "must be true or false")]
    [InlineData("NotifyQuery:Ports:Gateway", "99999", "give a port from 1 to 65535")]
    [InlineData("NotifyQuery:Ports:Handler", "-1", "give a port from 1 to 65535")]
    [InlineData("NotifyQuery:TracesPerSecond", "-1", "give a number of traces, or 0 to record every trace")]
    [InlineData("NotifyQuery:TracesPerSecond", "few", "give a number of traces, or 0 to record every trace")]
    [InlineData("NotifyQuery:NextTable", "two words", "3 to 240 letters")]
    [InlineData("NotifyQuery:NextTable", "command-records", "another table has that name")]
    [InlineData("NotifyQuery:NextTable:KeySpread", "8", "--NotifyQuery:NextTable=<name>")]
    public void An_invalid_setting_is_named_with_the_fix(string key, string value, string cure)
    {
        Assert.False(TryRead(out _, out var problem, (key, value)));
        Assert.Contains(
            key.StartsWith("NotifyQuery:NextTable:", StringComparison.Ordinal) ? key : value,
            problem,
            StringComparison.Ordinal
        );
        Assert.Contains(cure, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 20)]
    [InlineData("5", 5)]
    [InlineData("0", null)]
    public void Each_process_records_20_traces_per_second_unless_told_otherwise_and_all_with_0(string value, int? expected)
    {
        Assert.True(TryRead(out var settings, out var problem, ("NotifyQuery:TracesPerSecond", value)), problem);
        Assert.Equal(expected, settings!.TracesPerSecond);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("257")]
    [InlineData("many")]
    public void A_next_table_has_1_to_256_keys(string keys)
    {
        Assert.False(
            TryRead(out _, out var problem, ("NotifyQuery:NextTable", "notification-records-2"), ("NotifyQuery:NextTable:KeySpread", keys))
        );
        Assert.Equal($"NotifyQuery:NextTable:KeySpread is '{keys}': give a number of keys from 1 to 256.", problem);
    }

    [Fact]
    public void Demo_data_is_not_written_to_an_account_unless_writes_are_allowed()
    {
        Assert.False(
            TryRead(
                out _,
                out var problem,
                ("NotifyQuery:Backend", "aws"),
                ("NotifyQuery:DemoData", "true"),
                ("DcpPublisher:RandomizePorts", "true")
            )
        );
        Assert.Contains("add --NotifyQuery:Backend:AllowWrites=true", problem, StringComparison.Ordinal);

        Assert.True(
            TryRead(
                out var settings,
                out _,
                ("NotifyQuery:Backend", "aws"),
                ("NotifyQuery:DemoData", "true"),
                ("NotifyQuery:Backend:AllowWrites", "true"),
                ("DcpPublisher:RandomizePorts", "true")
            )
        );
        Assert.True(settings!.Writes);
    }

    [Fact]
    public void A_port_of_0_and_the_testing_host_take_any_free_one()
    {
        Assert.True(TryRead(out var settings, out _, ("NotifyQuery:Ports:Gateway", "0")));
        Assert.Null(settings!.GatewayPort);

        Assert.True(TryRead(out settings, out _, ("DcpPublisher:RandomizePorts", "true")));
        Assert.Null(settings!.HandlerPort);
        Assert.True(settings.IsTest);
        Assert.False(settings.DemoData);
    }

    [Theory]
    [InlineData(null, "data", "dynamodb")]
    [InlineData("elsewhere", "elsewhere")]
    public void The_tables_are_kept_in_a_folder_of_the_repository_unless_another_is_named(string? value, params string[] expected)
    {
        Assert.True(TryRead(out var settings, out _, ("NotifyQuery:Backend:DataFolder", value!)));
        Assert.Equal(Path.Combine([Path.GetDirectoryName(AppHostDirectory)!, .. expected]), settings!.DataFolder);

        Assert.True(TryRead(out settings, out _, ("NotifyQuery:Backend:DataFolder", Path.GetTempPath())));
        Assert.Equal(Path.GetFullPath(Path.GetTempPath()), settings!.DataFolder);
    }

    [Theory]
    [InlineData("aws", null, true)]
    [InlineData("aws", "false", false)]
    [InlineData("dynamodb-local", null, false)]
    [InlineData("dynamodb-local", "true", true)]
    public void Callers_need_a_token_for_an_accounts_data_unless_configured_otherwise(string backend, string? said, bool required)
    {
        Assert.True(
            TryRead(
                out var settings,
                out var problem,
                ("NotifyQuery:Backend", backend),
                ("NotifyQuery:Access:Required", said!),
                ("DcpPublisher:RandomizePorts", "true")
            ),
            problem
        );
        Assert.Equal(required, settings!.AccessRequired);
    }

    [Fact]
    public void An_AWS_account_gets_no_demo_data()
    {
        Assert.True(TryRead(out var settings, out _, ("NotifyQuery:Backend", "aws")));
        Assert.Equal(BackendKind.Aws, settings!.Backend);
        Assert.False(settings.DemoData);
    }
}
