using NotifyQuery.Core.Ports;
using NotifyQuery.Core.Projection;
using NotifyQuery.Tests.Support;

namespace NotifyQuery.Tests.Core;

/// <summary>The commands, results and projector of the tests of a batch.</summary>
internal static class BatchParts
{
    public static readonly WriteResult Applied = new(WriteOutcome.Applied);
    public static readonly WriteResult Unavailable = new(WriteOutcome.Unavailable, "throttled");
    public static readonly WriteResult Refused = new(WriteOutcome.Refused, "item too large");

    public static CommandState Command(int number) => CommandState.Of($"tx-{number}", "2026-11-22T08:15:30.123Z", "ann");

    public static BatchProjector Projector(IProjectionStore store, IDeadLetters deadLetters, int concurrency) =>
        new(store, deadLetters, TimeProvider.System, concurrency);
}
