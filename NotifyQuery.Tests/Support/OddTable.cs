using System.Globalization;
using System.Text.RegularExpressions;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Tests.Support;

/// <summary>
/// What odd writes have made of command-records, and what must become of them. Writes to one key must come one after another.
/// </summary>
internal sealed partial class OddTable
{
    private readonly Lock gate = new();
    private readonly Dictionary<OddKey, OddBatch.Change> current = [];
    private readonly List<OddBatch.Change> expected = [];
    private int number;

    /// <summary>How many records the stream must hold.</summary>
    public int Expected => expected.Count;

    /// <summary>How many writes the engine did not take.</summary>
    public int Refused { get; private set; }

    /// <summary>The commands that are there.</summary>
    public IReadOnlyCollection<OddBatch.Change> Current => current.Values;

    /// <summary>Those of them that must be shown.</summary>
    public List<OddBatch.Change> CurrentlyGood => [.. current.Values.Where(change => change.Faults.Count == 0)];

    /// <summary>The changes of which each must be a dead letter.</summary>
    public List<OddBatch.Change> Bad => [.. expected.Where(change => change.Faults.Count > 0)];

    /// <summary>Makes a write of a batch, unless it removes what is not there.</summary>
    public async Task WriteAsync(RawDynamoDb raw, OddKey key, OddCommand? state, CancellationToken cancellationToken)
    {
        OddBatch.Change? before;
        lock (gate)
            before = current.GetValueOrDefault(key);
        if (state is null && before is null)
            return;
        var its = Interlocked.Increment(ref number);
        var (taken, answer) = state is null
            ? await raw.DeleteAsync(key.Json, cancellationToken)
            : await raw.PutAsync(state.Json(key, its), cancellationToken);
        if (!taken)
            Assert.Contains("ValidationException", answer, StringComparison.Ordinal);
        lock (gate)
        {
            if (!taken)
            {
                Refused++;
                return;
            }

            var change = new OddBatch.Change(its, key, before?.After, state, "");
            expected.Add(change);
            if (state is null)
                current.Remove(key);
            else
                current[key] = change;
        }
    }

    /// <summary>The dead letters are exactly the bad changes, each with its cause.</summary>
    public void AssertLetters(IReadOnlyCollection<StoredDeadLetter> letters)
    {
        Assert.Equal(Bad.Count, letters.Count);
        var byNumber = letters.ToLookup(NumberIn);
        var explained = new HashSet<string>(StringComparer.Ordinal);
        foreach (var change in Bad)
        {
            // Of a letter whose record is cut the number may be missing.
            var letter =
                byNumber[change.Number].FirstOrDefault(letter => explained.Add(letter.Id))
                ?? byNumber[null]
                    .FirstOrDefault(letter => letter.RecordIsCut && HasId(letter, change.Key.TransactionId) && explained.Add(letter.Id));
            Assert.True(
                letter is not null,
                $"there is no dead letter of the write {change.Number}, bad in {string.Join(", ", change.Faults)}"
            );
            Assert.Equal("InvalidCommand", letter.ErrorType);
            Assert.All(change.Faults, fault => Assert.Contains(fault, letter.ErrorMessage, StringComparison.Ordinal));
        }
    }

    // An id that is too long for a sort key is in the letter all the same; one that is no Unicode is not.
    private static bool HasId(StoredDeadLetter letter, OddValue id) =>
        letter.TransactionId is { } text ? OddValue.StringJson(text) == id.Json : id.Text is null;

    private static int? NumberIn(StoredDeadLetter letter) =>
        letter.Record is { } record && NumberOf.Matches(record) is { Count: > 0 } matches
            // the state before has a smaller number
            ? matches.Max(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
            : null;

    [GeneratedRegex("\"n\":\\{\"N\":\"([0-9]+)\"\\}")]
    private static partial Regex NumberOf { get; }
}
