using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Operations.Reports;
using Spectre.Console;

namespace NotifyQuery.Tools;

/// <summary>
/// The output of a command: one JSON document for machines, or tables and sentences for people, or nothing. If the output is not a
/// terminal, a table is lines with tabs. Errors go to standard error.
/// </summary>
internal sealed class Output(bool json, bool quiet)
{
    private static readonly TimeSpan TellPeriod = TimeSpan.FromSeconds(10);

    private bool HasBar => !json && !quiet && !CommandHost.Current.IsOutputRedirected;

    /// <summary>Prints the result: as JSON, or with <paramref name="show"/> for people.</summary>
    public void Result<T>(T result, JsonTypeInfo<T> type, Action show)
    {
        if (json)
            CommandHost.Current.Output.WriteLine(JsonSerializer.Serialize(result, type));
        else if (!quiet)
            show();
    }

    /// <summary>Prints a message for people while the command runs.</summary>
    public void Line(string text)
    {
        if (!json && !quiet)
            Say(text);
    }

    /// <summary>Prints an error, and returns the exit code.</summary>
    public int Fail(string message, int exitCode)
    {
        if (json)
            CommandHost.Current.Output.WriteLine(JsonSerializer.Serialize(new(new(message, exitCode)), ToolsJson.Default.ErrorAnswer));
        else
            Warn(message);
        return exitCode;
    }

    /// <summary>Prints to standard error, for text that is not part of the result.</summary>
    public static void Warn(string text)
    {
        text = Printable(text);
        if (CommandHost.Current is { IsErrorRedirected: true, Error: var errors })
            errors.WriteLine(text);
        else
            AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Error) }).Write(new Text(text + Environment.NewLine));
    }

    /// <summary>Prints a sentence, wrapped to the width of the terminal.</summary>
    public static void Say(string text)
    {
        if (CommandHost.Current.IsOutputRedirected)
            Print(text);
        else
            AnsiConsole.Write(new Text(Printable(text) + Environment.NewLine));
    }

    /// <summary>Prints lines without wrapping.</summary>
    public static void Print(string text) => CommandHost.Current.Output.WriteLine(Printable(text));

    /// <summary>Prints a report: its sentences, and its tables.</summary>
    public static void Show(OperationReport report)
    {
        foreach (var part in report.Parts)
        {
            if (part is ReportTable table)
                ShowTable(table.Columns, table.Rows);
            else if (part is ReportSentence sentence)
                Say(sentence.Text);
        }
    }

    public static void ShowTable(IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        if (rows.Count == 0)
            return;
        if (CommandHost.Current.IsOutputRedirected)
        {
            foreach (var row in rows)
                CommandHost.Current.Output.WriteLine(string.Join('\t', row.Select(Cell)));
            return;
        }

        var table = new Table().AddColumns([.. columns]);
        foreach (var row in rows)
            table.AddRow([.. row.Select(cell => Markup.Escape(Cell(cell)))]);
        AnsiConsole.Write(table);
    }

    /// <summary>Shows a progress bar during the work, or nothing if the output is not a terminal.</summary>
    /// <param name="what">A description of the work.</param>
    /// <param name="steps">The approximate number of steps.</param>
    /// <param name="done">Returns the number of completed steps.</param>
    /// <param name="work">The work.</param>
    public Task ShowProgressAsync(string what, long steps, Func<long> done, Func<Task> work)
    {
        if (!HasBar)
            return work();
        return AnsiConsole
            .Progress()
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

    /// <summary>If there is no terminal for a progress bar, prints the progress to standard error every ten seconds.</summary>
    /// <param name="soFar">Returns the progress.</param>
    /// <param name="work">The work.</param>
    public async Task TellProgressAsync(Func<string> soFar, Func<Task> work)
    {
        var working = work();
        if (!HasBar && !json && !quiet)
            while (await Task.WhenAny(working, Task.Delay(TellPeriod)) != working)
                Warn($"{DateTime.UtcNow:HH:mm:ss} {soFar()}");
        await working;
    }

    /// <summary>Tables may contain any text, so terminal control characters are shown as escapes.</summary>
    private static string Printable(string text) =>
        string.Join(Environment.NewLine, text.ReplaceLineEndings("\n").Split('\n').Select(UnicodeText.Printable));

    private static string Cell(string text) => UnicodeText.Printable(text.ReplaceLineEndings(" "));
}
