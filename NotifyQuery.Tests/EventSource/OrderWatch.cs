using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>
/// Watches what a function is given: an item's change comes only after all its earlier changes are settled, or behind them in the same
/// batch, and an item is never in two invocations at once.
/// </summary>
internal sealed class OrderWatch
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _previous = [];
    private readonly HashSet<string> _settled = [];
    private readonly HashSet<string> _itemsInFlight = [];
    private readonly List<string> _violations = [];

    public OrderWatch(IEnumerable<ChangeRecord> records)
    {
        foreach (var item in records.GroupBy(record => record.ItemKey))
        {
            var history = item.OrderBy(record => record.SequenceNumber, StringComparer.Ordinal).ToList();
            for (var i = 1; i < history.Count; i++) _previous[history[i].SequenceNumber] = history[i - 1].SequenceNumber;
        }
    }

    /// <summary>How many records came again after they had been settled.</summary>
    public int Repeated { get; private set; }

    public IReadOnlyList<string> Violations => _violations;

    public IReadOnlyCollection<string> Settled => _settled;

    public void Begin(IReadOnlyList<ChangeRecord> batch)
    {
        lock (_lock)
        {
            var before = new HashSet<string>();
            foreach (var record in batch)
            {
                if (_settled.Contains(record.SequenceNumber)) Repeated++;
                if (_previous.TryGetValue(record.SequenceNumber, out var previous) && !_settled.Contains(previous) && !before.Contains(previous))
                    _violations.Add($"{record.SequenceNumber} of {record.ItemKey} came before {previous}");
                before.Add(record.SequenceNumber);
            }

            foreach (var item in batch.Select(record => record.ItemKey).Distinct().Where(item => !_itemsInFlight.Add(item)))
                _violations.Add($"{item} was in two invocations at once");
        }
    }

    public void End(IReadOnlyList<ChangeRecord> batch, IEnumerable<ChangeRecord> settled)
    {
        lock (_lock)
        {
            _itemsInFlight.ExceptWith(batch.Select(record => record.ItemKey));
            _settled.UnionWith(settled.Select(record => record.SequenceNumber));
        }
    }
}
