using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB.Tables;
using NotifyQuery.Operations.Reports;

namespace NotifyQuery.AppHost;

/// <summary>A command of a resource, before it is added to the dashboard. It uses only the tables.</summary>
/// <param name="Name">The name of the command: that of the tool that does the same.</param>
/// <param name="DisplayName">The text of its button.</param>
/// <param name="Icon">The name of its icon in FluentUI.</param>
internal sealed record OperatorsCommand(string Name, string DisplayName, string Icon)
{
    /// <summary>The effect of the command.</summary>
    public required string Description { get; init; }

    /// <summary>The arguments, in the order of the command line.</summary>
    public required IReadOnlyList<CommandArgument> Arguments { get; init; }

    /// <summary>The confirmation question; null if the command changes nothing.</summary>
    public string? Question { get; init; }

    /// <summary>The message while it runs.</summary>
    public required string Progress { get; init; }

    /// <summary>Whether the command also works while its resource is stopped, because it needs only the tables.</summary>
    public bool ServesStopped { get; init; }

    /// <summary>Whether it can run while its resource is in a state.</summary>
    public bool CanRun(string? state) =>
        state == KnownResourceStates.Running
        || (
            ServesStopped
            && state is not null
            && KnownResourceStates.TerminalStates.Contains(state)
            && state != KnownResourceStates.FailedToStart
        );

    /// <summary>Runs the command. Returns whether all is well, and the report.</summary>
    public required Func<AmazonDynamoDBClient, ExecuteCommandContext, Task<(bool Passed, OperationReport Report)>> RunAsync { get; init; }
}

internal static class OperatorsCommandExtensions
{
    /// <summary>
    /// Adds a command. Only one run at a time is possible, and only if the tables exist. The command logs its progress in the log of the
    /// resource, and returns its report as Markdown.
    /// </summary>
    public static IResourceBuilder<T> WithOperatorsCommand<T>(this IResourceBuilder<T> builder, Backend backend, OperatorsCommand command)
        where T : IResource
    {
        var running = 0;
        return builder.WithCommand(
            command.Name,
            command.DisplayName,
            ExecuteAsync,
            new()
            {
                Description = command.Description,
                IconName = command.Icon,
                IsHighlighted = true,
                Arguments = [.. command.Arguments.Select(argument => argument.Input)],
                ValidateArguments = context =>
                {
                    foreach (var argument in command.Arguments)
                        argument.Validate(context);
                    return Task.CompletedTask;
                },
                ConfirmationMessage = command.Question,
                Progress = new() { Title = command.DisplayName, Message = command.Progress },
                UpdateState = state =>
                    command.CanRun(state.ResourceSnapshot.State?.Text) ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
            }
        );

        async Task<ExecuteCommandResult> ExecuteAsync(ExecuteCommandContext context)
        {
            // The dashboard disables the button. Code and an outdated page do not check the state.
            if (StateOf(context) is var state && !command.CanRun(state))
                return CommandResults.Failure(
                    builder.Resource is TablesResource
                        ? $"The tables are not ready yet ({state ?? "unknown"}): wait until they are running."
                        : $"{builder.Resource.Name} is not running yet ({state ?? "unknown"}): wait until it runs."
                );
            if (Interlocked.Exchange(ref running, 1) == 1)
                return CommandResults.Failure($"'{command.DisplayName}' is running already: wait for its result.");
            try
            {
                using var client = await backend.CreateClientAsync(context.CancellationToken);
                var (passed, report) = await command.RunAsync(client, context);
                context.Logger.LogInformation("{Command}: {Result}", command.DisplayName, report.Summary);
                var data = new CommandResultData
                {
                    Value = report.ToMarkdown(),
                    Format = CommandResultFormat.Markdown,
                    DisplayImmediately = true,
                };
                return passed ? CommandResults.Success(report.Summary, data) : CommandResults.Failure(report.Summary, data);
            }
            catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
            {
                context.Logger.LogInformation("{Command}: stopped", command.DisplayName);
                return CommandResults.Canceled();
            }
            catch (Exception exception)
                when (exception
                        is AmazonServiceException
                            or AmazonClientException
                            or HttpRequestException
                            or NotificationReadException
                            or OtherKeysException
                )
            {
                context.Logger.LogError(exception, "{Command}: the tables cannot be used", command.DisplayName);
                return CommandResults.Failure($"The tables cannot be used: {exception.Message}");
            }
            finally
            {
                Volatile.Write(ref running, 0);
            }
        }
    }

    private static string? StateOf(ExecuteCommandContext context) =>
        context.Services.GetRequiredService<ResourceNotificationService>().TryGetCurrentState(context.ResourceName, out var now)
            ? now.Snapshot.State?.Text
            : null;
}
