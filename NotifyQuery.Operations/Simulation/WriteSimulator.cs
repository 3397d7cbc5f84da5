using System.Diagnostics;
using System.Threading.Channels;
using NotifyQuery.Core;
using NotifyQuery.DynamoDB;
using OpenTelemetry;

namespace NotifyQuery.Operations.Simulation;

/// <summary>
/// Sends simulated writes, several at once. The writes of one record are sent one after another. The rate is held on average: a slow write
/// is followed by faster ones.
/// </summary>
internal sealed class WriteSimulator(DynamoDBCommandRecords records, TimeProvider time)
{
    private const int Lanes = 16;
    private const int LaneCapacity = 8;

    /// <summary>Sends all writes.</summary>
    /// <param name="writes">The writes, in order.</param>
    /// <param name="rate">Writes per second; null for as fast as possible.</param>
    /// <param name="done">Receives each completed write. Called from several threads.</param>
    /// <param name="cancellationToken">Stops between two writes.</param>
    public async Task RunAsync(
        IEnumerable<SimulatedWrite> writes,
        double? rate,
        Action<SimulatedWrite> done,
        CancellationToken cancellationToken
    )
    {
        // One span for all writes, whose context they pass to the projection. One trace for each write would be thousands of traces, and
        // hide those of the queries.
        using var activity = Telemetry.Source.StartActivity("simulate writes", ActivityKind.Producer);
        var written = 0L;
        try
        {
            using var suppressed = SuppressInstrumentationScope.Begin();
            await SendAsync(
                    writes,
                    rate,
                    activity?.Id,
                    write =>
                    {
                        Interlocked.Increment(ref written);
                        done(write);
                    },
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            activity
                ?.AddException(exception)
                .SetTag("error.type", exception.GetType().FullName)
                .SetStatus(ActivityStatusCode.Error, exception.Message);
            throw;
        }
        finally
        {
            activity?.SetTag("notifyquery.simulation.writes", Interlocked.Read(ref written));
        }
    }

    private async Task SendAsync(
        IEnumerable<SimulatedWrite> writes,
        double? rate,
        string? traceParent,
        Action<SimulatedWrite> done,
        CancellationToken cancellationToken
    )
    {
        // If a lane fails, the others end too.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var lanes = Enumerable
            .Range(0, Lanes)
            .Select(_ => System.Threading.Channels.Channel.CreateBounded<SimulatedWrite>(LaneCapacity))
            .ToArray();
        var workers = lanes.Select(lane => StopAllOnFailure(DrainAsync(lane.Reader, traceParent, done, stop.Token))).ToArray();
        await StopAllOnFailure(FeedAsync());
        await Task.WhenAll(workers);

        async Task FeedAsync()
        {
            try
            {
                var started = time.GetTimestamp();
                var number = 0;
                foreach (var write in writes)
                {
                    if (rate is { } perSecond)
                    {
                        var early = TimeSpan.FromSeconds(number++ / perSecond) - time.GetElapsedTime(started);
                        if (early > TimeSpan.Zero)
                            await Task.Delay(early, time, stop.Token);
                    }

                    var lane = (uint)write.Record.TransactionId.GetHashCode(StringComparison.Ordinal) % Lanes;
                    await lanes[lane].Writer.WriteAsync(write, stop.Token);
                }
            }
            finally
            {
                foreach (var lane in lanes)
                    lane.Writer.Complete();
            }
        }

        async Task StopAllOnFailure(Task task)
        {
            try
            {
                await task;
            }
            catch
            {
                await stop.CancelAsync();
                // The lane that failed throws. The lanes that were stopped because of it add nothing.
                if (task.IsFaulted)
                    throw;
                if (cancellationToken.IsCancellationRequested)
                    throw;
            }
        }
    }

    private async Task DrainAsync(
        ChannelReader<SimulatedWrite> lane,
        string? traceParent,
        Action<SimulatedWrite> done,
        CancellationToken cancellationToken
    )
    {
        await foreach (var write in lane.ReadAllAsync(cancellationToken))
        {
            var record = write.Record with { TraceParent = traceParent };
            await (
                write.Kind switch
                {
                    WriteKind.Removal => records.RemoveAsync(record, cancellationToken),
                    WriteKind.Poison => records.PutWithoutUserAsync(record, cancellationToken),
                    _ => records.PutAsync(record, cancellationToken),
                }
            );
            done(write);
        }
    }
}
