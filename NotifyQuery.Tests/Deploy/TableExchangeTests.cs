using static NotifyQuery.Tests.Deploy.DeployedAccount;

namespace NotifyQuery.Tests.Deploy;

/// <summary>The steps in which deploy.sh exchanges a query table, and steps that are not due. The programs it calls are played.</summary>
public sealed class TableExchangeTests : IDisposable
{
    private readonly DeployScript script = new();

    public void Dispose() => script.Dispose();

    [Fact]
    public async Task A_query_table_is_exchanged_step_by_step()
    {
        var made = await script.RunAsync(Deployed, "next-table", "notification-records-2");
        Assert.True(made.ExitCode == 0, made.Errors);
        Assert.StartsWith(
            "aws cloudformation deploy --stack-name nq-notification-records-2 --template-file ",
            script.Changes[0],
            StringComparison.Ordinal
        );
        Assert.EndsWith(" --parameter-overrides KeySpread=16", script.Changes[0], StringComparison.Ordinal);
        Assert.Equal(
            [$"{Stack} NextQueryTable=notification-records-2 NextQueryTableKeySpread=16 ServedQueryTable=current"],
            script.Changes.Skip(1)
        );
        Assert.Contains(
            "Tables__NotificationRecords=notification-records-2 Tables__KeySpread=16 dotnet run --project NotifyQuery.Tools -- rebuild",
            made.Output,
            StringComparison.Ordinal
        );

        var wider = await script.RunAsync(
            $"*describe-stacks\\ --stack-name\\ nq-wide*) echo 'Stack with id nq-wide does not exist' >&2; exit 254 ;;\n{Deployed}",
            "next-table",
            "wide",
            "64"
        );
        Assert.True(wider.ExitCode == 0, wider.Errors);
        Assert.EndsWith(" --parameter-overrides KeySpread=64", script.Changes[0], StringComparison.Ordinal);
        Assert.Equal([$"{Stack} NextQueryTable=wide NextQueryTableKeySpread=64 ServedQueryTable=current"], script.Changes.Skip(1));

        Assert.Equal(
            [$"{Stack} ServedQueryTable=next"],
            await ChangesAsync(next: "notification-records-2", served: "current", "serve", "next")
        );
        Assert.Equal(
            [$"{Stack} ServedQueryTable=current"],
            await ChangesAsync(next: "notification-records-2", served: "next", "serve", "current")
        );
        Assert.Equal(
            [$"{Stack} QueryTable=notification-records-2 QueryTableKeySpread=32 ServedQueryTable=current"],
            await ChangesAsync(next: "notification-records-2", served: "next", "promote")
        );
        Assert.Equal([$"{Stack} NextQueryTable="], await ChangesAsync(next: "notification-records", served: "current", "finish"));

        async Task<IReadOnlyList<string>> ChangesAsync(string next, string served, params string[] command)
        {
            var result = await script.RunAsync(
                $"*ParameterKey==\\'NextQueryTable\\'*) echo {next} ;;\n*ParameterKey==\\'ServedQueryTable\\'*) echo {served} "
                    + $";;\n{Deployed}",
                command
            );
            Assert.True(result.ExitCode == 0, result.Errors);
            return script.Changes;
        }
    }

    [Theory]
    [InlineData("", "current", "there is no next table: create one with 'deploy.sh next-table <table>'", "serve", "next")]
    [InlineData("", "current", "serve needs current or next", "serve", "both")]
    [InlineData("", "current", "there is no next table: create one with 'deploy.sh next-table <table>'", "promote")]
    [InlineData("two", "current", "two is not read yet: run 'deploy.sh serve next'", "promote")]
    [InlineData("", "current", "there is nothing to finish", "finish")]
    [InlineData("two", "next", "the next table is not the current one yet: run 'deploy.sh promote'", "finish")]
    [InlineData("", "current", "notification-records is the current query table", "next-table", "notification-records")]
    [InlineData("", "current", "'0' is not a valid number of keys: it must be from 1 to 256", "next-table", "two", "0")]
    [InlineData("", "current", "'257' is not a valid number of keys: it must be from 1 to 256", "next-table", "two", "257")]
    [InlineData("", "current", "'many' is not a valid number of keys: it must be from 1 to 256", "next-table", "two", "many")]
    [InlineData(
        "",
        "current",
        "two already exists, and spreads a campaign over 16 keys, not 8: this cannot be changed, use another table name",
        "next-table",
        "two",
        "8"
    )]
    [InlineData("", "current", "next-table needs the new table's name, such as notification-records-2", "next-table", "a b")]
    [InlineData(
        "",
        "current",
        "'other.zip' is not a zip of the functions: use one that 'deploy.sh versions' lists",
        "rollback",
        "other.zip"
    )]
    [InlineData("", "current", "handler needs an overlay: dev or prod", "handler", "test", "image")]
    [InlineData("", "current", "handler needs the image, such as <registry>/notifyquery-handler@sha256:<digest>", "handler", "dev")]
    [InlineData("", "current", "destroy has only the options --with-data and --yes", "destroy", "--all")]
    [InlineData("", "current", "there is no command 'deply'", "deply")]
    public async Task A_step_that_is_not_due_is_refused_with_the_fix_and_nothing_is_changed(
        string next,
        string served,
        string cure,
        params string[] command
    )
    {
        var result = await script.RunAsync(
            $"*ParameterKey==\\'NextQueryTable\\'*) echo {next} ;;\n*ParameterKey==\\'ServedQueryTable\\'*) echo {served} ;;\n{Deployed}",
            command
        );

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith($"deploy.sh: {cure}\n", result.Errors, StringComparison.Ordinal);
        Assert.Empty(script.Changes);
    }
}
