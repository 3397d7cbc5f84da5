using NotifyQuery.EventSource.Delivery;
using NotifyQuery.EventSource.Health;
using NotifyQuery.EventSource.Leasing;
using NotifyQuery.EventSource.Ports;

namespace NotifyQuery.EventSource.Hosting;

/// <summary>The event source: holds the lease of its table and delivers the table's streams one after another.</summary>
internal sealed class EventSourceWorker(DeliveryContext delivery, ILogger<EventSourceWorker> logger) : BackgroundService
{
    /// <summary>How long an invocation in progress may continue after the process received the signal to stop.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(4);

    private readonly string owner = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";
    private readonly string tableName = delivery.Options.TableName;
    private readonly OperatorRequests requests = new(delivery, logger);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        TellFilters();
        using var abandon = new CancellationTokenSource();
        await using var stop = stoppingToken.Register(() => abandon.CancelAfter(Grace));
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var lease = await AcquireAsync(stoppingToken);
                failures = 0;
                await ConsumeAsync(lease, stoppingToken, abandon.Token);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception) when (exception is LeaseLostException or OperationCanceledException)
            {
                delivery.Metrics.Failed("lease_lost");
                delivery.Status.Restarted("the lease was lost");
                logger.LogWarning("Lost the lease on {Table}: standing by", tableName);
            }
            catch (Exception exception)
            {
                delivery.Metrics.Failed("internal");
                delivery.Status.Restarted($"{exception.GetType().Name}, see the log");
                logger.LogError(exception, "The event source failed and restarts from its checkpoints");
                await Task.Delay(delivery.Backoff.After(++failures), delivery.Time, stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        delivery.Status.State = EventSourceState.Stopped;
    }

    /// <summary>Logs the filters at startup, with patterns that can never match, because a filter skips records permanently.</summary>
    private void TellFilters()
    {
        if (delivery.Filter.Filters == 0)
            return;
        logger.LogWarning(
            "{Filters} filters select the records of {Table}: records that match none of them count as delivered",
            delivery.Filter.Filters,
            tableName
        );
        foreach (var warning in delivery.Filter.Warnings)
            logger.LogWarning("{Warning}", warning);
    }

    private async Task<Lease> AcquireAsync(CancellationToken cancellationToken)
    {
        delivery.Status.State = EventSourceState.Starting;
        for (var first = true; ; first = false)
        {
            var lease = await delivery.BackendRetry.UntilItSucceedsAsync(
                "acquire the lease",
                token =>
                    Lease.TryAcquireAsync(
                        delivery.Checkpoints,
                        tableName,
                        owner,
                        delivery.Options.LeaseDuration,
                        delivery.Time,
                        logger,
                        token
                    ),
                cancellationToken
            );
            if (lease is not null)
                return lease;
            delivery.Status.State = EventSourceState.Standby;
            if (first)
                logger.LogInformation("Another event source delivers {Table}: standing by", tableName);
            await Task.Delay(delivery.Options.LeaseDuration / 5, delivery.Time, cancellationToken);
        }
    }

    private async Task ConsumeAsync(Lease lease, CancellationToken stoppingToken, CancellationToken abandonToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lease.Lost);
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(abandonToken, lease.Lost);
        var stop = new StopTokens(stopping.Token, abandon.Token);

        var fresh = lease.Stream is null;
        var stream = lease.Stream ?? await FirstAsync(lease, stop.Stopping);
        if (fresh)
            await lease.PointAsync(stream, stop.Stopping);
        while (true)
        {
            var control = lease.Control;
            if (!await requests.TakeAsync(lease, stop.Stopping))
                continue;
            if (requests.IsPaused(control))
            {
                delivery.Status.State = EventSourceState.Paused;
                delivery.Status.StreamArn = stream.StreamArn;
                fresh = false; // records that are written from now on wait and are not skipped
                await lease.ChangedAsync(control.Version, stop.Stopping);
                continue;
            }

            delivery.Status.State = EventSourceState.Delivering;
            delivery.Status.StreamArn = stream.StreamArn;
            var finished = await DeliverAsync(lease, control.Version, new StreamConsumer(delivery, lease, stream, fresh), stop);
            fresh = false;
            if (!finished)
                continue;

            // Everything in the new stream happened after the end of the old one, so it is read from its start, regardless of the starting
            // position.
            stream = new(await FindOtherAsync(lease, stream.StreamArn, stop.Stopping), Since: null);
            logger.LogWarning("{Table} has a new stream: delivery continues with {Stream}", tableName, stream.StreamArn);
            await lease.PointAsync(stream, stop.Stopping);
        }
    }

    /// <summary>
    /// Delivers a stream to its end, or until operators make a request. On a request, no new batch starts, batches in progress finish, and
    /// the result is false.
    /// </summary>
    private async Task<bool> DeliverAsync(Lease lease, long version, StreamConsumer consumer, StopTokens stop)
    {
        using var stopDelivery = CancellationTokenSource.CreateLinkedTokenSource(stop.Stopping);
        var changed = lease.ChangedAsync(version, stopDelivery.Token);
        var delivering = consumer.RunAsync(stop with { Stopping = stopDelivery.Token });
        await Task.WhenAny(changed, delivering);
        if (changed.IsCompletedSuccessfully && requests.IsPaused(lease.Control))
            delivery.Status.State = EventSourceState.Pausing;
        await stopDelivery.CancelAsync();
        try
        {
            await delivering;
            return true;
        }
        catch (OperationCanceledException) when (changed.IsCompletedSuccessfully && !stop.Stopping.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            await changed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<StreamPointer> FirstAsync(Lease lease, CancellationToken cancellationToken)
    {
        DateTimeOffset? since = delivery.Options.StartsAtLatest ? delivery.Time.GetUtcNow() : null;
        return new(await FindOtherAsync(lease, null, cancellationToken), since);
    }

    /// <summary>Waits until the table has a stream other than the one that is done.</summary>
    private async Task<string> FindOtherAsync(Lease lease, string? done, CancellationToken cancellationToken)
    {
        delivery.Status.State = EventSourceState.WaitingForStream;
        for (var first = true; ; first = false)
        {
            var found = await delivery.BackendRetry.UntilItSucceedsAsync(
                "find the stream",
                token => delivery.Stream.FindAsync(tableName, token),
                cancellationToken
            );
            if (found is not null && found != done)
                return done is null ? found : await FirstAfterAsync(done) ?? found;
            await requests.TakeAsync(lease, cancellationToken); // safe here, because nothing is being delivered
            if (first)
                logger.LogInformation("Waiting until the table {Table} has a stream", tableName);
            await Task.Delay(TimeSpan.FromMilliseconds(200), delivery.Time, cancellationToken);
        }

        Task<string?> FirstAfterAsync(string before) =>
            delivery.BackendRetry.UntilItSucceedsAsync(
                "find the next stream",
                token => delivery.Stream.FindNextAsync(tableName, before, token),
                cancellationToken
            );
    }
}
