using System.Globalization;
using System.Text.RegularExpressions;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Tests.Support;

/// <summary>
/// The expected content of command-records after random writes, and the expected result. Writes to one key must be made one after another.
/// </summary>
internal sealed partial class OddTable
{
    private readonly Lock gate = new();
    private readonly Dictionary<OddKey, OddBatch.Change> current = [];
    private readonly List<OddBatch.Change> expected = [];
    private int number;

    /// <summary>The number of records that the stream must have.</summary>
    public int Expected => expected.Count;

    /// <summary>The number of writes that the engine refused.</summary>
    public int Refused { get; private set; }

    /// <summary>The last change of each existing command.</summary>
    public IReadOnlyCollection<OddBatch.Change> Current => current.Values;

    /// <summary>The existing commands that must be visible.</summary>
    public List<OddBatch.Change> CurrentlyGood => [.. current.Values.Where(change => change.Faults.Count == 0)];

    /// <summary>The changes that must each have a dead letter.</summary>
    public List<OddBatch.Change> Bad => [.. expected.Where(change => change.Faults.Count > 0)];

    /// <summary>Makes a write of a batch, unless it removes a missing item.</summary>
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

    /// <summary>Asserts that the dead letters are exactly those of the bad changes, each with its cause.</summary>
    public void AssertLetters(IReadOnlyCollection<StoredDeadLetter> letters)
    {
        Assert.Equal(Bad.Count, letters.Count);
        var byNumber = letters.ToLookup(NumberIn);
        var explained = new HashSet<string>(StringComparer.Ordinal);
        foreach (var change in Bad)
        {
            // A dead letter with a truncated record may lack the number.
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

    // A dead letter stores an id that is too long for a sort key, but no id that is invalid Unicode.
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
