using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NotifyQuery.AppHost.Backends;
using NotifyQuery.Core.Queries;
using NotifyQuery.DynamoDB;
using NotifyQuery.DynamoDB.Reconciliation;
using NotifyQuery.Operations.Simulation;
using NotifyQuery.Operations.Streams;

namespace NotifyQuery.AppHost;

/// <summary>
/// What an operator does with the tables, at hand in the dashboard. Each command tells its progress in the resource's log, and runs once
/// at a time, on tables that are there.
/// </summary>
internal static class TablesCommands
{
    private static readonly TimeSpan Visible = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReportPeriod = TimeSpan.FromSeconds(1);
    private static readonly WriteSimulationOptions Writes = new() { Count = 1000, Rate = 100 };
    private const int ReportEvery = 100;

    /// <summary>Adds the command that reads, and, where writes are allowed, those that write.</summary>
    public static IResourceBuilder<TablesResource> WithOperatorsCommands(this IResourceBuilder<TablesResource> builder, Backend backend, bool writes)
    {
        builder.WithTablesCommand("reconcile", "Reconcile", "Compare command-records and notification-records item by item.", "ArrowSync", backend, ReconcileAsync);
        if (!writes) return builder;
        return builder
            .WithTablesCommand("simulate-writes", "Simulate writes", $"Write {Writes.Count} inserts, status changes and removals to command-records, {Writes.Rate} a second.",
                "Pulse", backend, SimulateWritesAsync)
            .WithTablesCommand("check-stream", "Check stream", "Write a marked record and see each of its changes arrive, field by field.", "CheckmarkCircle", backend, CheckStreamAsync);
    }

    private static IResourceBuilder<TablesResource> WithTablesCommand(
        this IResourceBuilder<TablesResource> builder, string name, string displayName, string description, string icon, Backend backend,
        Func<AmazonDynamoDBClient, ExecuteCommandContext, Task<ExecuteCommandResult>> execute)
    {
        var running = 0;
        return builder.WithCommand(name, displayName, async context =>
        {
            // A dashboard greys the button out; code and an old page do not ask.
            if (StateOf(context) is var state && state != KnownResourceStates.Running)
                return CommandResults.Failure($"The tables are not there yet ({state ?? "unknown"}): wait until they are running.");
            if (Interlocked.Exchange(ref running, 1) == 1) return CommandResults.Failure($"'{displayName}' is running already: wait for its result.");
            try
            {
                using var client = await backend.CreateClientAsync(context.CancellationToken);
                var result = await execute(client, context);
                context.Logger.LogInformation("{Command}: {Result}", displayName, result.Message);
                return result;
            }
            catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
            {
                context.Logger.LogInformation("{Command}: stopped", displayName);
                return CommandResults.Canceled();
            }
            catch (Exception exception) when (exception is AmazonServiceException or AmazonClientException or HttpRequestException or NotificationReadException)
            {
                context.Logger.LogError(exception, "{Command}: the tables cannot be used", displayName);
                return CommandResults.Failure($"The tables cannot be used: {exception.Message}");
            }
            finally
            {
                Volatile.Write(ref running, 0);
            }
        }, new()
        {
            Description = description,
            IconName = icon,
            UpdateState = state => state.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
        });
    }

    private static string? StateOf(ExecuteCommandContext context) =>
        context.Services.GetRequiredService<ResourceNotificationService>().TryGetCurrentState(context.ResourceName, out var now) ? now.Snapshot.State?.Text : null;

    private static async Task<ExecuteCommandResult> SimulateWritesAsync(AmazonDynamoDBClient client, ExecuteCommandContext context)
    {
        var told = 0;
        var progress = new Telling<WriteSimulationResult>(made =>
        {
            // From several threads: whoever passes the next mark tells it.
            var before = Volatile.Read(ref told);
            if (made.Writes / ReportEvery > before && Interlocked.CompareExchange(ref told, made.Writes / ReportEvery, before) == before)
                context.Logger.LogInformation("{Writes} of {Count} written", made.Writes, Writes.Count);
        });
        var result = await new WriteSimulation(client, new TableNames(), TimeProvider.System)
            .RunAsync(Writes with { Seed = Random.Shared.Next() }, progress, context.CancellationToken);
        return CommandResults.Success(result.Summary());
    }

    private static async Task<ExecuteCommandResult> CheckStreamAsync(AmazonDynamoDBClient client, ExecuteCommandContext context)
    {
        var progress = new Telling<StreamCheckStep>(step => context.Logger.LogInformation("{Change}: {Detail}", step.Name, step.Detail));
        var result = await new StreamCheck(client, new TableNames(), TimeProvider.System).RunAsync(Visible, progress, context.CancellationToken);
        return result.Passed ? CommandResults.Success(result.Summary()) : CommandResults.Failure(result.Summary());
    }

    private static async Task<ExecuteCommandResult> ReconcileAsync(AmazonDynamoDBClient client, ExecuteCommandContext context)
    {
        var report = new ReconcileReport();
        var comparing = new Reconciler(client, new TableNames(), TimeProvider.System).ReconcileAsync(new(), report, context.CancellationToken);
        while (await Task.WhenAny(comparing, Task.Delay(ReportPeriod)) != comparing)
            context.Logger.LogInformation("{Commands} commands and {Notifications} notifications looked at so far", report.Commands, report.Notifications);
        await comparing;
        foreach (var finding in report.Findings)
            context.Logger.LogWarning("{Kind}: {TransactionId} of {CreatedAt}: {Detail}", finding.Kind, finding.TransactionId, finding.CreatedAt, finding.Detail);
        var summary = report.Summary();
        return report.Agree ? CommandResults.Success(summary) : CommandResults.Failure(summary);
    }

    private sealed class Telling<T>(Action<T> tell) : IProgress<T>
    {
        public void Report(T value) => tell(value);
    }
}
