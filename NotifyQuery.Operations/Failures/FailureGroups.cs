using System.Text.RegularExpressions;
using NotifyQuery.DynamoDB;

namespace NotifyQuery.Operations.Failures;

/// <summary>Dead letters of one cause.</summary>
/// <param name="Cause">
/// The message without the parts that differ between dead letters: numbers, ids and times are <c>N</c> or left out.
/// </param>
/// <param name="Letters">How many.</param>
/// <param name="First">The time of the oldest change, ISO-8601.</param>
/// <param name="Last">The time of the newest change, ISO-8601.</param>
/// <param name="Example">The id of the newest dead letter.</param>
public sealed record FailureGroup(string Cause, long Letters, string First, string Last, string Example);

/// <summary>Counts dead letters by cause. Memory is bounded for any number of causes. Thread-safe.</summary>
public sealed partial class FailureGroups
{
    /// <summary>How many causes are counted separately; dead letters with other causes are counted together.</summary>
    public const int MostCauses = 200;

    private const string OtherCauses = "(other causes)";

    private readonly Dictionary<string, FailureGroup> groups = new(StringComparer.Ordinal);
    private long letters;

    /// <summary>How many dead letters were counted.</summary>
    public long Letters => Interlocked.Read(ref letters);

    /// <summary>The causes, the most frequent first.</summary>
    public IReadOnlyList<FailureGroup> All
    {
        get
        {
            lock (groups)
            {
                return [.. groups.Values.OrderByDescending(group => group.Letters).ThenBy(group => group.Cause, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Counts a dead letter.</summary>
    /// <param name="letter">The dead letter.</param>
    /// <param name="problem">The current problem; null for the message of the dead letter.</param>
    public void Add(StoredDeadLetter letter, string? problem = null)
    {
        Interlocked.Increment(ref letters);
        var cause = CauseOf($"{letter.ErrorType}: {problem ?? letter.ErrorMessage}");
        var at = TimeOf(letter.Id);
        lock (groups)
        {
            if (!groups.ContainsKey(cause) && groups.Count >= MostCauses)
                cause = OtherCauses;
            groups[cause] = !groups.TryGetValue(cause, out var group)
                ? new(cause, 1, at, at, letter.Id)
                : group with
                {
                    Letters = group.Letters + 1,
                    First = string.CompareOrdinal(at, group.First) < 0 ? at : group.First,
                    Last = string.CompareOrdinal(at, group.Last) > 0 ? at : group.Last,
                    Example = string.CompareOrdinal(letter.Id, group.Example) > 0 ? letter.Id : group.Example,
                };
        }
    }

    /// <summary>The cause of a dead letter: its message without the parts that differ between dead letters.</summary>
    internal static string CauseOf(string error) => Numbers().Replace(Names().Replace(error, "…"), "N");

    private static string TimeOf(string id) => id.IndexOf('#', StringComparison.Ordinal) is var end and > 0 ? id[..end] : id;

    // ARNs, shards, request and event ids, and times.
    [GeneratedRegex(
        @"arn:[^\s,;]*[^\s,;.]|shardId-[\w-]+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z?",
        RegexOptions.NonBacktracking
    )]
    private static partial Regex Names();

    // Numbers within a word or a quoted value stay, because they show what is wrong: 'v2', tx-1.
    [GeneratedRegex(@"(?<![\w'-])\d[\d,]*(?![\w'])")]
    private static partial Regex Numbers();
}
