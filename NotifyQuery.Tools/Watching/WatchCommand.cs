using System.CommandLine;
using System.Text.Json;
using NotifyQuery.DynamoDB;
using NotifyQuery.Operations.Watching;
using Spectre.Console;

namespace NotifyQuery.Tools.Watching;

/// <summary><c>watch</c>: the live pipeline.</summary>
internal static class WatchCommand
{
    /// <summary>CloudWatch has one value a minute, and each request costs money.</summary>
    private static readonly TimeSpan IntervalOfAccount = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LeastOfAccount = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // As many as the widest terminal can show.
    private const int MostSamples = 200;

    public static Command Create()
    {
        var interval = OptionExtensions.Duration(
            "--interval",
            $"Time between two samples (default: 1s; {IntervalOfAccount.TotalSeconds:0}s for an account, at least "
                + $"{LeastOfAccount.TotalSeconds:0}s).",
            standard: null,
            TimeSpan.FromMilliseconds(100),
            TimeSpan.FromHours(1)
        );
        var duration = OptionExtensions.Duration(
            "--duration",
            "When to end (default: at Ctrl-C).",
            standard: null,
            TimeSpan.FromMilliseconds(100),
            TimeSpan.FromDays(1)
        );
        var stack = new Option<string>("--stack")
        {
            Description = $"With --endpoint {CommonOptions.Account}: the stack's name.",
            DefaultValueFactory = _ => CommandHost.Current.Variable("NOTIFYQUERY_STACK") is { Length: > 0 } named ? named : "notifyquery",
        };
        var command = new Command("watch", "Show the live pipeline in a terminal, or a line for each sample elsewhere, until Ctrl-C.")
        {
            interval,
            duration,
            stack,
        };
        command.Validators.Add(result =>
        {
            if (
                result.GetValue(CommonOptions.Endpoint) is CommonOptions.Account
                && result.GetValue(interval) is { Ticks: > 0 } given
                && given < LeastOfAccount
            )
            {
                result.AddError(
                    $"--interval must be at least {LeastOfAccount.TotalSeconds:0}s with --endpoint {CommonOptions.Account}: "
                        + "CloudWatch has one value a minute, and each request costs money."
                );
            }
        });
        command.SetAction(
            (parsed, cancellationToken) =>
                Session.RunAsync(
                    parsed,
                    async session =>
                    {
                        var ofAccount = parsed.GetValue(CommonOptions.Endpoint) is CommonOptions.Account;
                        var failures = new FailureLog(session.Client, session.Tables, TimeProvider.System);
                        IPipelineSource source = ofAccount
                            ? new AccountPipeline(
                                session.Client,
                                session.Tables,
                                parsed.GetValue(stack)!,
                                session.Addresses.Gateway,
                                session.Http,
                                TimeProvider.System
                            )
                            : new LocalPipeline(() => Addresses.Of(parsed, warn: false), session.Http, failures, TimeProvider.System);
                        var pause =
                            parsed.GetValue(interval) is { Ticks: > 0 } given ? given
                            : ofAccount ? IntervalOfAccount
                            : Interval;
                        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                        try
                        {
                            await ShowAsync(
                                source,
                                MomentsAsync(source, pause, parsed.GetValue(duration), ended),
                                parsed.GetValue(CommonOptions.Json),
                                parsed.GetValue(CommonOptions.Quiet)
                            );
                        }
                        catch (OperationCanceledException) when (ended.IsCancellationRequested)
                        {
                            // Ctrl-C or the end of the duration: the normal end.
                        }

                        return ExitCode.Ok;
                    },
                    () => null,
                    cancellationToken
                )
        );
        return command.WithExamples(
            "watch",
            "watch --duration 10s --json",
            "watch > pipeline.log",
            "watch --endpoint aws --stack notifyquery"
        );
    }

    /// <summary>Reads samples until the end. The duration starts with the first sample, so that there is always one.</summary>
    private static async IAsyncEnumerable<PipelineFigures> MomentsAsync(
        IPipelineSource source,
        TimeSpan interval,
        TimeSpan duration,
        CancellationTokenSource ended
    )
    {
        using var timer = new PeriodicTimer(interval);
        var first = await source.ReadAsync(ended.Token);
        if (duration > TimeSpan.Zero)
            ended.CancelAfter(duration);
        yield return first;
        while (await timer.WaitForNextTickAsync(ended.Token))
            yield return await source.ReadAsync(ended.Token);
    }

    private static async Task ShowAsync(IPipelineSource source, IAsyncEnumerable<PipelineFigures> moments, bool json, bool quiet)
    {
        if (json || quiet || CommandHost.Current.IsOutputRedirected)
        {
            await foreach (var now in moments)
            {
                if (json)
                    CommandHost.Current.Output.WriteLine(JsonSerializer.Serialize(now, PipelineJson.Default.PipelineFigures));
                else if (!quiet)
                    CommandHost.Current.Output.WriteLine(Figures.Line(now));
            }

            return;
        }

        var history = new List<PipelineFigures>();
        await AnsiConsole
            .Live(new Text(""))
            .AutoClear(false)
            .Overflow(VerticalOverflow.Crop)
            .Cropping(VerticalOverflowCropping.Bottom)
            .StartAsync(async live =>
            {
                await foreach (var now in moments)
                {
                    history.Add(now);
                    if (history.Count > MostSamples)
                        history.RemoveAt(0);
                    // The terminal size may have changed.
                    var view = new PipelineView(source.Name, AnsiConsole.Profile.Width, AnsiConsole.Profile.Capabilities.Unicode);
                    live.UpdateTarget(
                        new Rows(view.Draw(history).Select(line => new Text(line.Text.Length == 0 ? " " : line.Text, StyleOf(line.Kind))))
                    );
                }
            });
    }

    private static Style StyleOf(LineKind kind) =>
        kind switch
        {
            LineKind.Heading => new(decoration: Decoration.Bold),
            LineKind.Flow => new(Color.Aqua),
            LineKind.Problem => new(Color.Red),
            _ => Style.Plain,
        };
}
