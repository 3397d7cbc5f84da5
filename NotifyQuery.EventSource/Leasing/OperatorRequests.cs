using System.Globalization;
using NotifyQuery.DynamoDB.Streams;
using NotifyQuery.EventSource.Delivery;

namespace NotifyQuery.EventSource.Leasing;

/// <summary>
/// Carries out the requests of operators while nothing is being delivered: replaces positions, and stores whether delivery is paused. If
/// the process dies before it has stored that a request was carried out, the request is carried out again, which has no further effect.
/// </summary>
internal sealed class OperatorRequests(DeliveryContext delivery, ILogger logger)
{
    private bool? enabled;

    /// <summary>Whether delivery is paused. The configuration decides until an operator makes a request.</summary>
    public bool IsPaused(DeliveryControl control) => control.Version == 0 ? !delivery.Options.Enabled : control.Paused;

    /// <summary>Carries out all requests. False when another request was made in the meantime.</summary>
    public async Task<bool> TakeAsync(Lease lease, CancellationToken cancellationToken)
    {
        var control = lease.Control;
        foreach (var reset in control.Resets)
            await ResetAsync(lease, reset, control, cancellationToken);
        var enabled = !IsPaused(control);
        var taken = new ControlTaken(control.Version, enabled, delivery.Time.GetUtcNow(), delivery.Options.MaximumRecordAge);
        var same = control.Resets.Count == 0 && control.Taken == taken with { At = control.Taken?.At ?? default };
        var noted =
            same
            || await delivery.BackendRetry.UntilItSucceedsAsync(
                "store the accepted request",
                token => lease.TakeAsync(taken, token),
                cancellationToken
            );
        if (!noted)
            return false;
        Tell(control, enabled);
        return true;
    }

    private async Task ResetAsync(Lease lease, ShardReset reset, DeliveryControl control, CancellationToken cancellationToken)
    {
        var by = control.Last?.By ?? "an operator";
        if (reset.StreamArn != lease.Stream?.StreamArn)
        {
            logger.LogWarning(
                "{Shard} is not reset, although {By} requested it: it belongs to {Stream}, which is not being delivered",
                reset.ShardId,
                by,
                reset.StreamArn
            );
            return;
        }

        lease.ThrowIfLost();
        var replaced = await delivery.BackendRetry.UntilItSucceedsAsync(
            "replace a position",
            token => delivery.Checkpoints.ResetAsync(reset, token),
            cancellationToken
        );
        if (!replaced)
        {
            logger.LogInformation(
                "{Shard} keeps its position: it was already reset, or is past the position that {By} requested",
                reset.ShardId,
                by
            );
            return;
        }

        delivery.Metrics.Reset();
        logger.LogWarning(
            "{Shard} was reset by {By}: delivery continues {Position}",
            reset.ShardId,
            by,
            reset.After is { } after ? $"after {after}"
                : reset.From is { } from ? $"with {from}"
                : "with the oldest record that the stream keeps"
        );
    }

    private void Tell(DeliveryControl control, bool enabled)
    {
        var before = this.enabled ?? control.Taken?.Enabled ?? true;
        delivery.Status.Paused =
            enabled ? null
            : control.PausedBy is { } request ? new(request.By, request.At)
            : new(
                "its configuration (EventSource:Enabled)",
                delivery.Status.Paused?.Since ?? control.Taken?.At ?? delivery.Time.GetUtcNow()
            );
        if (delivery.Status.Paused is { } paused && this.enabled is not false)
        {
            logger.LogWarning(
                "Paused by {By} since {Since}: nothing of {Table} is delivered until 'projection resume'. New changes wait.",
                paused.By,
                paused.Since.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                delivery.Options.TableName
            );
        }

        if (enabled && !before)
            logger.LogInformation("Resumed by {By}", control.Last?.By ?? "its configuration");
        this.enabled = enabled;
    }
}
