using System.CommandLine;
using Amazon.DynamoDBv2;
using Amazon.Runtime;
using NotifyQuery.DynamoDB;
using Spectre.Console;

namespace NotifyQuery.Tools;

/// <summary>What every command works with: the tables, wherever they are, and one way to end.</summary>
internal sealed class Session(AmazonDynamoDBClient client, TableNames tables)
{
    /// <summary>The option by which every command is told where the tables are.</summary>
    public static Option<string?> EndpointOption()
    {
        var endpoint = new Option<string?>("--endpoint")
        {
            Description = "Where DynamoDB answers (default: the running AppHost, http://127.0.0.1:4566); 'aws' for an account.",
        };
        endpoint.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: not Backend.Account and var value }] && !Backend.IsAddress(value))
                result.AddError($"--endpoint is '{value}': it must be an address like http://127.0.0.1:4566, or '{Backend.Account}'.");
        });
        return endpoint;
    }

    public AmazonDynamoDBClient Client => client;

    public TableNames Tables => tables;

    /// <summary>Runs a command's work, and turns what can go wrong with any of them into a sentence and an exit code.</summary>
    /// <param name="endpoint">Where the tables are.</param>
    /// <param name="work">The work; gives the exit code.</param>
    /// <param name="summary">What was done so far: told also when the work is cut short. Null when there is nothing to tell.</param>
    /// <param name="cancellationToken">Cancelled by Ctrl-C.</param>
    public static async Task<int> RunAsync(
        string? endpoint, Func<Session, Task<int>> work, Func<string?> summary, CancellationToken cancellationToken)
    {
        using var client = Backend.CreateClient(endpoint);
        var tables = TableNames.From(key => Environment.GetEnvironmentVariable(key.Replace(":", "__", StringComparison.Ordinal)));
        try
        {
            var exitCode = await work(new(client, tables));
            if (summary() is { } done) Console.WriteLine(done);
            return exitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Console.WriteLine($"Stopped. {summary()}".TrimEnd());
            return ExitCode.Cancelled;
        }
        catch (Exception exception) when (exception is AmazonClientException or AmazonServiceException or HttpRequestException
            or OperationCanceledException) // no answer in time
        {
            await Console.Error.WriteLineAsync(
                $"The tables at {client.Config.ServiceURL ?? "AWS"} cannot be used: {exception.GetBaseException().Message.TrimEnd('.')}. "
                + "Start the system with 'dotnet run --project NotifyQuery.AppHost', or say where it is with --endpoint.");
            if (summary() is { } done) Console.WriteLine(done);
            return ExitCode.Unreachable;
        }
    }

    /// <summary>Shows rows as a table; as one line each, parted by tabs, when the output is not a terminal.</summary>
    public static void ShowTable(string[] columns, IReadOnlyList<string[]> rows)
    {
        if (rows.Count == 0) return;
        if (Console.IsOutputRedirected)
        {
            foreach (var row in rows) Console.WriteLine(string.Join('\t', row.Select(cell => cell.ReplaceLineEndings(" "))));
            return;
        }

        var table = new Table().AddColumns(columns);
        foreach (var row in rows) table.AddRow([.. row.Select(Markup.Escape)]);
        AnsiConsole.Write(table);
    }

    /// <summary>Shows a progress bar beside the work; nothing when the output is not a terminal.</summary>
    /// <param name="what">What is being done.</param>
    /// <param name="steps">How many steps there are about.</param>
    /// <param name="done">How many are done.</param>
    /// <param name="work">The work.</param>
    public static Task ShowProgressAsync(string what, long steps, Func<long> done, Func<Task> work)
    {
        if (Console.IsOutputRedirected) return work();
        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask(what, maxValue: Math.Max(1, steps));
                var working = work();
                while (!working.IsCompleted)
                {
                    await Task.WhenAny(working, Task.Delay(100));
                    bar.Value = done();
                }

                await working;
                bar.Value = bar.MaxValue;
            });
    }
}
