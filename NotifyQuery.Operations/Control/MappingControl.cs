using Amazon.DynamoDBv2;
using Amazon.Lambda;
using Amazon.Lambda.Model;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Operations.Control;

/// <summary>Control of the projection on AWS: Lambda's event source mapping of the table's stream.</summary>
/// <param name="lambda">Lambda.</param>
/// <param name="client">The tables.</param>
/// <param name="tables">The tables' names.</param>
/// <param name="function">The function, if the stream has mappings for several functions; null if it has only one mapping.</param>
/// <param name="time">The clock.</param>
public sealed class MappingControl(IAmazonLambda lambda, IAmazonDynamoDB client, TableNames tables, string? function, TimeProvider time)
    : IProjectionControl
{
    /// <summary>Why a position cannot be replaced, and the alternatives.</summary>
    public const string CannotReset =
        "AWS cannot change the position of an event source mapping: delete it and create it again with another StartingPosition, "
        + "TRIM_HORIZON or LATEST (a mapping of a DynamoDB stream cannot start at a sequence number or AT_TIMESTAMP). 'rebuild' projects "
        + "all of command-records without that.";

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    public async Task<ProjectionStatus> StatusAsync(CancellationToken cancellationToken) =>
        Read(await FindAsync(cancellationToken).ConfigureAwait(false));

    /// <inheritdoc />
    public async Task<ControlOutcome> PauseAsync(string by, TimeSpan within, CancellationToken cancellationToken)
    {
        var (status, changed) = await SetAsync(enabled: false, within, cancellationToken).ConfigureAwait(false);
        return new(status.State is ProjectionState.Disabled, ControlReports.OfPause(status, already: !changed, within), status);
    }

    /// <inheritdoc />
    public async Task<ControlOutcome> ResumeAsync(string by, TimeSpan within, CancellationToken cancellationToken)
    {
        var (status, changed) = await SetAsync(enabled: true, within, cancellationToken).ConfigureAwait(false);
        return new(status.State is ProjectionState.Enabled, ControlReports.OfResume(status, already: !changed, within), status);
    }

    /// <inheritdoc />
    public Task<ControlOutcome> ResetAsync(string to, string? shardId, string by, TimeSpan within, CancellationToken cancellationToken) =>
        throw new ControlRefusedException(CannotReset);

    private async Task<(ProjectionStatus Status, bool Changed)> SetAsync(bool enabled, TimeSpan within, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var mapping = await FindAsync(cancellationToken).ConfigureAwait(false);
        var wanted = enabled ? ProjectionState.Enabled : ProjectionState.Disabled;
        if (Read(mapping) is var now && now.State == wanted)
            return (now, false);
        await UpdateAsync(mapping.UUID, enabled, within, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var status = Read(await FindAsync(cancellationToken).ConfigureAwait(false));
            if (status.State == wanted || time.GetElapsedTime(started) >= within)
                return (status, true);
            await Task.Delay(LookAgain, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Changes the mapping. A mapping that is changing its state (Creating, Updating, Enabling, Disabling) refuses another change until it
    /// is done, so the change is retried.
    /// </summary>
    private async Task UpdateAsync(string id, bool enabled, TimeSpan within, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                await lambda.UpdateEventSourceMappingAsync(new() { UUID = id, Enabled = enabled }, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (AmazonLambdaException exception)
                when (exception is ResourceInUseException or ResourceConflictException && time.GetElapsedTime(started) < within)
            {
                await Task.Delay(LookAgain, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<EventSourceMappingConfiguration> FindAsync(CancellationToken cancellationToken)
    {
        var stream =
            await StreamShards.FindAsync(client, tables.CommandRecords, cancellationToken).ConfigureAwait(false)
            ?? throw new ControlRefusedException(
                $"{tables.CommandRecords} has no stream in this account and region: there is nothing to control."
            );
        var mappings = new List<EventSourceMappingConfiguration>();
        string? marker = null;
        do
        {
            var page = await lambda
                .ListEventSourceMappingsAsync(
                    new()
                    {
                        EventSourceArn = stream,
                        FunctionName = function,
                        Marker = marker,
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
            mappings.AddRange(page.EventSourceMappings ?? []);
            marker = page.NextMarker;
        } while (!string.IsNullOrEmpty(marker));
        return mappings switch
        {
            [var only] => only,
            [] => throw new ControlRefusedException(
                $"Lambda has no event source mapping of {stream}{(function is null ? "" : $" for {function}")}: "
                    + "is this the account and region of the stack?"
            ),
            _ => throw new ControlRefusedException(
                $"The stream has {mappings.Count} event source mappings: select one with --function: "
                    + $"{string.Join(", ", mappings.Select(FunctionOf))}."
            ),
        };
    }

    private ProjectionStatus Read(EventSourceMappingConfiguration mapping)
    {
        DateTimeOffset? since = mapping.LastModified is { } modified ? new DateTimeOffset(modified.ToUniversalTime()) : null;
        var state = mapping.State switch
        {
            "Disabled" => ProjectionState.Disabled,
            "Disabling" => ProjectionState.Disabling,
            "Enabled" => ProjectionState.Enabled,
            _ => ProjectionState.Enabling, // Creating, Updating, Enabling; Deleting has no state of its own here
        };
        // The oldest undelivered record is at most as old as the pause, if no record was undelivered when the pause began.
        var waiting = state is ProjectionState.Disabled && since is { } paused ? (time.GetUtcNow() - paused).TotalSeconds : (double?)null;
        return new("event_source_mapping", $"{mapping.UUID} ({FunctionOf(mapping)})", state)
        {
            Running = true,
            Since = since,
            Taken = mapping.State is "Enabled" or "Disabled",
            StreamArn = mapping.EventSourceArn,
            OldestWaitingSeconds = waiting,
            KeptForSeconds = waiting is { } age ? Math.Max(0, EventSourceControl.Retention.TotalSeconds - age) : null,
            GivenUpInSeconds = waiting is { } old && mapping.MaximumRecordAgeInSeconds is { } most and > 0 ? Math.Max(0, most - old) : null,
            Note = waiting is null
                ? $"AWS does not report positions: see the function's iterator age in CloudWatch.{Result(mapping)}"
                : $"AWS does not report positions: this age is counted from the pause, assuming that nothing waited then.{Result(mapping)}",
        };
    }

    private static string Result(EventSourceMappingConfiguration mapping) =>
        mapping.LastProcessingResult is { Length: > 0 } result ? $" Last result: {result}." : "";

    private static string FunctionOf(EventSourceMappingConfiguration mapping) =>
        mapping.FunctionArn?.Split(':') is [_, _, _, _, _, _, var name, ..] ? name : mapping.FunctionArn ?? "";
}
