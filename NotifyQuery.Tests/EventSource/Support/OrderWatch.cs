using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// Watches what a function is given: an item's change comes only after all its earlier changes are settled, or behind them in the same
/// batch, and an item is never in two invocations at once.
/// </summary>
internal sealed class OrderWatch
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, string> previous = [];
    private readonly HashSet<string> settled = [];
    private readonly HashSet<string> itemsInFlight = [];
    private readonly List<string> violations = [];

    public OrderWatch(IEnumerable<ChangeRecord> records)
    {
        foreach (var item in records.GroupBy(record => record.ItemKey))
        {
            var history = item.OrderBy(record => record.SequenceNumber, StringComparer.Ordinal).ToList();
            for (var i = 1; i < history.Count; i++)
                previous[history[i].SequenceNumber] = history[i - 1].SequenceNumber;
        }
    }

    /// <summary>How many records came again after they had been settled.</summary>
    public int Repeated { get; private set; }

    public IReadOnlyList<string> Violations => violations;

    public IReadOnlyCollection<string> Settled => settled;

    public void Begin(IReadOnlyList<ChangeRecord> batch)
    {
        lock (gate)
        {
            var before = new HashSet<string>();
            foreach (var record in batch)
            {
                if (settled.Contains(record.SequenceNumber))
                    Repeated++;
                if (
                    this.previous.TryGetValue(record.SequenceNumber, out var previous)
                    && !settled.Contains(previous)
                    && !before.Contains(previous)
                )
                    violations.Add($"{record.SequenceNumber} of {record.ItemKey} came before {previous}");
                before.Add(record.SequenceNumber);
            }

            foreach (var item in batch.Select(record => record.ItemKey).Distinct().Where(item => !itemsInFlight.Add(item)))
                violations.Add($"{item} was in two invocations at once");
        }
    }

    public void End(IReadOnlyList<ChangeRecord> batch, IEnumerable<ChangeRecord> settled)
    {
        lock (gate)
        {
            itemsInFlight.ExceptWith(batch.Select(record => record.ItemKey));
            this.settled.UnionWith(settled.Select(record => record.SequenceNumber));
        }
    }
}
