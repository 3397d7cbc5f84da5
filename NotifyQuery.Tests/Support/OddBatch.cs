using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Tests.Support;

/// <summary>A write of a batch.</summary>
/// <param name="Slot">The index of the key in the batch.</param>
/// <param name="State">The state to put; null for a removal.</param>
internal sealed record OddWrite(int Slot, OddCommand? State);

/// <summary>Writes to a few commands, and their expected result.</summary>
internal sealed record OddBatch(IReadOnlyList<OddKey> Keys, IReadOnlyList<OddWrite> Writes)
{
    private const int MostKeys = 4;
    private const int MostWrites = 10;

    /// <summary>A stream record that a write of the batch leaves.</summary>
    /// <param name="Number">The number of the write.</param>
    /// <param name="Key">The command.</param>
    /// <param name="Before">The state before; null for an insert.</param>
    /// <param name="After">The state after; null for a removal.</param>
    /// <param name="Json">Keys and images as the engine returns them, as members of a JSON object.</param>
    internal sealed record Change(int Number, OddKey Key, OddCommand? Before, OddCommand? After, string Json)
    {
        /// <summary>The reasons for a dead letter; empty if there must be none.</summary>
        public IReadOnlyList<string> Faults => After?.Faults(Key) ?? [];
    }

    /// <summary>Random batches. FsCheck shrinks a failing batch before it is shown.</summary>
    /// <param name="onlyReturned">Whether to include values that no engine accepts, but some return.</param>
    /// <param name="largeInHundred">The percentage of batches that have a command of 400 KB.</param>
    public static Arbitrary<OddBatch> Any(bool onlyReturned, int largeInHundred) =>
        Arb.From(
            from own in Gen.Choose(0, int.MaxValue)
            from count in Gen.Choose(1, MostKeys)
            from keys in Gen.CollectToArray(
                [.. Enumerable.Range(0, count)],
                slot => OddKey.Any(string.Create(CultureInfo.InvariantCulture, $"{own:x}-{slot}-"))
            )
            from writes in Gen.Choose(1, MostWrites).SelectMany(length => Gen.ArrayOf(AnyWrite(count, onlyReturned), length))
            from large in Gen.Choose(0, 99)
            from first in large < largeInHundred
                ? OddCommand.Large(keys[writes[0].Slot]).Select(state => (OddCommand?)state)
                : Gen.Constant(writes[0].State)
            select new OddBatch(keys, [writes[0] with { State = first }, .. writes.Skip(1)]),
            Smaller
        );

    /// <summary>The stream records that the writes leave. A removal of a missing item leaves none.</summary>
    /// <param name="firstNumber">The number of the first write.</param>
    public IReadOnlyList<Change> Stream(int firstNumber = 1)
    {
        var table = new Dictionary<int, (OddCommand State, string Json)>();
        var stream = new List<Change>();
        foreach (var (i, (slot, state)) in Writes.Index())
        {
            var key = Keys[slot];
            var there = table.TryGetValue(slot, out var before);
            if (state is null && !there)
                continue;
            var json = new StringBuilder($"\"Keys\":{{{key.Json}}}");
            if (there)
                json.Append(",\"OldImage\":").Append(before.Json);
            if (state is null)
                table.Remove(slot);
            else
            {
                table[slot] = (state, state.Json(key, firstNumber + i));
                json.Append(",\"NewImage\":").Append(table[slot].Json);
            }

            stream.Add(new(firstNumber + i, key, there ? before.State : null, state, json.ToString()));
        }

        return stream;
    }

    /// <summary>The last change of each command that exists at the end.</summary>
    public IReadOnlyList<Change> Current(int firstNumber = 1) =>
        [.. Stream(firstNumber).GroupBy(change => change.Key).Select(changes => changes.Last()).Where(change => change.After is not null)];

    /// <summary>The records that must be visible at the end.</summary>
    public IReadOnlyList<CommandRecord> Fold() =>
        [.. Current().Where(change => change.Faults.Count == 0).Select(change => change.After!.Record(change.Key))];

    public override string ToString() =>
        string.Join(
            Environment.NewLine,
            Stream()
                .Select(change =>
                    $"{change.Number}: "
                    + (
                        change.After is null ? "remove "
                        : change.Faults.Count == 0 ? "good "
                        : $"bad in {string.Join(", ", change.Faults)} "
                    )
                    + (change.Json.Length <= 600 ? change.Json : change.Json[..600] + "…")
                )
        );

    private static Gen<OddWrite> AnyWrite(int keys, bool onlyReturned) =>
        from slot in Gen.Choose(0, keys - 1)
        from state in Gen.Frequency(
            (6, OddCommand.Small(onlyReturned).Select(state => (OddCommand?)state)),
            (1, Gen.Constant((OddCommand?)null))
        )
        select new OddWrite(slot, state);

    private static IEnumerable<OddBatch> Smaller(OddBatch batch)
    {
        for (var i = 0; i < batch.Writes.Count && batch.Writes.Count > 1; i++)
            yield return batch with
            {
                Writes = [.. batch.Writes.Take(i), .. batch.Writes.Skip(i + 1)],
            };
        for (var i = 0; i < batch.Writes.Count; i++)
        {
            foreach (var state in batch.Writes[i].State?.Smaller() ?? [])
                yield return batch with
                {
                    Writes = [.. batch.Writes.Take(i), batch.Writes[i] with { State = state }, .. batch.Writes.Skip(i + 1)],
                };
        }
    }
}
