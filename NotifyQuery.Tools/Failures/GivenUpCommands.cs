using System.CommandLine;
using Amazon.DynamoDBStreams;
using Amazon.SQS;
using Amazon.SQS.Model;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Http;
using NotifyQuery.Operations.Failures;

namespace NotifyQuery.Tools.Failures;

/// <summary>
/// <c>failures given-up</c>: the batches that the event source no longer retries. On AWS, a queue holds the positions of their records in
/// the stream. The local event source stores the records themselves as dead letters.
/// </summary>
internal static class GivenUpCommands
{
    private const string QueueOfStack = "notifyquery-given-up";
    private const int MostListed = 1000;

    /// <summary>The error types of such dead letters of the local event source.</summary>
    private static readonly string[] LocalErrors = ["RetryAttemptsExhausted", "RecordAgeExceeded", "PayloadSizeExceeded"];

    private static readonly Option<string?> Queue = new("--queue")
    {
        Description =
            $"The queue of the on-failure destination, by name or URL (with --endpoint aws: {QueueOfStack}). Without one: the "
            + "dead letters of the local event source.",
        Recursive = true,
    };

    public static Command Create() =>
        new("given-up", "List the batches that the event source gave up on, and recover them.")
        {
            CreateList(),
            CreateRetry(),
            CreateDiscard(),
            Queue,
        };

    private static Command CreateList()
    {
        var command = new Command("list", "List the batches that the event source gave up on.");
        command.SetAction(
            (parsed, cancellationToken) =>
                Session.RunAsync(
                    parsed,
                    async session =>
                    {
                        if (QueueOf(parsed) is null)
                        {
                            var groups = new FailureGroups();
                            await FailuresCommand
                                .OperationsOf(session)
                                .GroupAsync(LocalSelection(), withResolved: false, groups, cancellationToken);
                            session.Output.Result(
                                new(groups.Letters, groups.All),
                                ToolsJson.Default.FailureGroupsAnswer,
                                () => Output.Show(groups.ToReport("of batches that the event source gave up on"))
                            );
                            return ExitCode.Ok;
                        }

                        return await WithQueueAsync(
                            session,
                            parsed,
                            async batches =>
                            {
                                var (listed, unreadable) = await batches.ListAsync(MostListed, cancellationToken);
                                session.Output.Result(
                                    listed,
                                    ToolsJson.Default.IReadOnlyListGivenUpBatch,
                                    () =>
                                    {
                                        var table = GivenUpReports.TableOf(listed);
                                        Output.ShowTable(table.Columns, table.Rows);
                                        Output.Say(
                                            $"{listed.Count} batches{(listed.Count + unreadable < MostListed ? "" : " or more")} in the "
                                                + $"queue{(unreadable > 0 ? $", and {unreadable} other messages" : "")}."
                                        );
                                    }
                                );
                                return ExitCode.Ok;
                            },
                            cancellationToken
                        );
                    },
                    () => null,
                    cancellationToken
                )
        );
        return command.WithExamples("failures given-up list", "failures given-up list --endpoint aws --queue my-stack-given-up");
    }

    private static Command CreateRetry() =>
        CreateSettle(
            "retry",
            "Read the records again, project their commands' current state, and store as dead letters what cannot be projected.",
            FailureOperation.Retry,
            (batches, report, cancellationToken) => batches.RetryAsync(report, cancellationToken)
        );

    private static Command CreateDiscard() =>
        CreateSettle(
            "discard",
            "Settle the batches without projecting anything, for example after 'reconcile --repair'.",
            FailureOperation.Discard,
            (batches, report, cancellationToken) => batches.DiscardAsync(report, cancellationToken)
        );

    private static Command CreateSettle(
        string name,
        string description,
        FailureOperation operation,
        Func<GivenUpBatches, GivenUpReport, CancellationToken, Task> settle
    )
    {
        var yes = new Option<bool>("--yes") { Description = "Confirms that all of them are settled." };
        var command = new Command(name, description) { yes };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(yes))
                result.AddError($"'given-up {name}' settles all given-up batches: add --yes to confirm. 'given-up list' shows them.");
        });
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                if (QueueOf(parsed) is null)
                    return FailureRunCommands.RunChosenAsync(parsed, operation, LocalSelection(), new(), cancellationToken);
                var report = new GivenUpReport();
                return Session.RunAsync(
                    parsed,
                    session =>
                        WithQueueAsync(
                            session,
                            parsed,
                            async batches =>
                            {
                                await settle(batches, report, cancellationToken);
                                session.Output.Result(
                                    GivenUpAnswer.Of(report),
                                    ToolsJson.Default.GivenUpAnswer,
                                    () => Output.Show(report.ToReport())
                                );
                                return report.Trimmed.Count + report.DeadLetters == 0 ? ExitCode.Ok : ExitCode.CheckFailed;
                            },
                            cancellationToken
                        ),
                    () => report.Summary() + " The rest is in the queue again within five minutes: run the command again.",
                    cancellationToken
                );
            }
        );
        return command.WithExamples($"failures given-up {name} --yes", $"failures given-up {name} --endpoint aws --yes");
    }

    private static string? QueueOf(ParseResult parsed) =>
        parsed.GetValue(Queue) ?? (parsed.GetValue(CommonOptions.Endpoint) is CommonOptions.Account ? QueueOfStack : null);

    private static FailureSelection LocalSelection()
    {
        FailureWindowText.TryRead(null, null, FailureWindowText.MostDays, TimeProvider.System.GetUtcNow(), out var window);
        return new() { ErrorTypes = LocalErrors, Window = window };
    }

    private static async Task<int> WithQueueAsync(
        Session session,
        ParseResult parsed,
        Func<GivenUpBatches, Task<int>> work,
        CancellationToken cancellationToken
    )
    {
        var name = QueueOf(parsed)!;
        using var sqs = session.CreateClient(
            (credentials, endpoint) =>
                credentials is null
                    ? new AmazonSQSClient(new AmazonSQSConfig { Timeout = session.Http.Timeout })
                    : new(
                        credentials,
                        new AmazonSQSConfig
                        {
                            ServiceURL = endpoint,
                            AuthenticationRegion = Session.LocalRegion,
                            Timeout = session.Http.Timeout,
                        }
                    )
        );
        using var streams = session.CreateClient(
            (credentials, endpoint) =>
                credentials is null
                    ? new AmazonDynamoDBStreamsClient(new AmazonDynamoDBStreamsConfig { Timeout = session.Http.Timeout }.ReadingAnyText())
                    : new(
                        credentials,
                        new AmazonDynamoDBStreamsConfig
                        {
                            ServiceURL = endpoint,
                            AuthenticationRegion = Session.LocalRegion,
                            Timeout = session.Http.Timeout,
                        }.ReadingAnyText()
                    )
        );
        try
        {
            var queue = await GivenUpQueue.FindAsync(sqs, name, cancellationToken);
            var retention = DeadLetterRetention.From(key => CommandHost.Current.Variable(key.Replace(":", "__", StringComparison.Ordinal)));
            var deadLetters = new DynamoDBDeadLetters(session.Client, session.Tables, TimeProvider.System, retention);
            return await work(new(session.Client, streams, queue, deadLetters, session.Tables, TimeProvider.System));
        }
        catch (QueueDoesNotExistException)
        {
            return session.Output.Fail(
                $"There is no queue '{name}': give the queue of the stack's output GivenUpQueue with --queue.",
                ExitCode.Unreachable
            );
        }
        catch (AmazonSQSException exception)
        {
            return session.Output.Fail($"The queue '{name}' cannot be used: {exception.Message.TrimEnd('.')}.", ExitCode.Unreachable);
        }
    }
}

/// <summary>The result for the batches, as JSON.</summary>
/// <param name="Settled">Batches that are settled.</param>
/// <param name="Records">Records that were read again.</param>
/// <param name="DeadLetters">Records that are stored as dead letters.</param>
/// <param name="Unreadable">Messages that are not from an event source mapping.</param>
/// <param name="Arrived">Messages that were sent after the run began.</param>
/// <param name="Trimmed">Batches that are no longer completely in the stream.</param>
internal sealed record GivenUpAnswer(
    long Settled,
    long Records,
    long DeadLetters,
    long Unreadable,
    long Arrived,
    IReadOnlyList<GivenUpBatch> Trimmed
)
{
    public static GivenUpAnswer Of(GivenUpReport report) =>
        new(report.Settled, report.Records, report.DeadLetters, report.Unreadable, report.Arrived, report.Trimmed);
}
