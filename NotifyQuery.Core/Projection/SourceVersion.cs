using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>
/// The version of a projected item. It orders the states of one command, whatever stream they came by: first the moment at which the
/// stream was created, then the sequence number within it, both of fixed length, so that texts compare like versions, for example
/// <c>2026-11-22T08:15:30.123Z#00000000000000000000000000000000000004421584500000000017450</c>.
/// <para>
/// A table has one stream at a time. Sequence numbers grow with every change of one item within a stream, and may begin again at any
/// number in the next one. Its creation time is the label at the end of its ARN
/// (Amazon DynamoDB API Reference, TableDescription, <c>LatestStreamLabel</c>).
/// </para>
/// <para>
/// Items written before the stream was part of the version hold the sequence number alone, 64 digits: these order among each other as
/// before, and are older than every version that names a stream.
/// </para>
/// </summary>
public readonly record struct SourceVersion : IComparable<SourceVersion>
{
    /// <summary>The number of characters.</summary>
    public const int Length = CreatedLength + 1 + SequenceLength;

    /// <summary>How far the clock of the engine that created a stream may be ahead of ours.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromHours(1);

    /// <summary>
    /// The most digits that a stream gives a sequence number: AWS 21 to 40, DynamoDB Local 21, LocalStack over Kinesis 56.
    /// </summary>
    private const int SequenceLength = 56;

    private const int CreatedLength = 24; // a Timestamp
    private const int OldLength = 64;
    private const string StreamOfArn = "/stream/";
    private const string LabelLayout = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK";
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    private readonly string? text;

    private SourceVersion(string text) => this.text = text;

    /// <summary>The version as it stands in the table. That of the default is older than every other.</summary>
    public string Text => text ?? new string('0', OldLength);

    /// <summary>Reads a version as it stands in a table; false if it is none.</summary>
    public static bool TryParse(string? text, out SourceVersion version)
    {
        var valid = text switch
        {
            { Length: OldLength } => IsDigits(text) && text.AsSpan(0, OldLength - SequenceLength).TrimStart('0').IsEmpty,
            { Length: Length } => text[CreatedLength] == '#'
                && Timestamp.IsValid(text[..CreatedLength])
                && IsDigits(text.AsSpan(CreatedLength + 1)),
            _ => false,
        };
        version = valid ? new(text!) : default;
        return valid;
    }

    /// <summary>The version that a stream record gives; false, with the reason, when no stream can have issued it.</summary>
    /// <param name="streamArn">The stream: <c>…:table/name/stream/2026-11-22T08:15:30.123</c>.</param>
    /// <param name="sequenceNumber">The record's sequence number: 1 to 56 decimal digits.</param>
    /// <param name="now">The present time: a version from the future could not be replaced by any change until then.</param>
    /// <param name="version">The version.</param>
    /// <param name="problem">Why there is none, in a sentence.</param>
    public static bool TryOf(
        string? streamArn,
        string? sequenceNumber,
        DateTimeOffset now,
        out SourceVersion version,
        [NotNullWhen(false)] out string? problem
    )
    {
        problem = null;
        version = default;
        if (CreationTimeOf(streamArn) is not { } created)
            problem =
                $"the stream is '{Shorten(streamArn)}': its ARN must end in the time of its creation, like "
                + $"…/stream/2026-11-22T08:15:30.123";
        else if (created > now + ClockTolerance)
            problem =
                $"the stream was created at {Timestamp.Format(created)}, but it is {Timestamp.Format(now)} now: "
                + "compare the clocks of the engine and of the function";
        else if (sequenceNumber is not { Length: > 0 and <= SequenceLength } || !IsDigits(sequenceNumber))
            problem = $"the sequence number is '{Shorten(sequenceNumber)}': it must be 1 to {SequenceLength} decimal digits";
        else
            version = Of(created, sequenceNumber);
        return problem is null;
    }

    /// <summary>
    /// The version before a stream's first record: older than every change in that stream, newer than all changes in the streams before
    /// it. False when the ARN does not tell when the stream was created.
    /// </summary>
    public static bool TryStartOf(string? streamArn, out SourceVersion version)
    {
        version = CreationTimeOf(streamArn) is { } created ? Of(created, "") : default;
        return version != default;
    }

    /// <summary>
    /// Whether an item with this version would refuse every change to come, because it names a later stream than the one that the table
    /// has now: somebody forged it, or the commands are read from an earlier table again.
    /// </summary>
    /// <param name="start">Where the present stream starts; the default when that is not known.</param>
    public bool Blocks(SourceVersion start) => start != default && string.CompareOrdinal(Stream, start.Stream) > 0;

    /// <summary>
    /// The version that a repair gives an item which had this one, when it writes the command's current state, read while the stream that
    /// starts at <paramref name="start"/> was there. Every change to come replaces it, and nothing from an earlier stream does; of the
    /// present stream, changes up to this version stay away.
    /// </summary>
    /// <param name="start">Where the present stream starts; the default when that is not known.</param>
    public SourceVersion Repaired(SourceVersion start) => Blocks(start) || this < start ? start : this;

    /// <inheritdoc />
    public bool Equals(SourceVersion other) => string.Equals(Text, other.Text, StringComparison.Ordinal);

    /// <inheritdoc />
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc />
    public int CompareTo(SourceVersion other) => string.CompareOrdinal(Text, other.Text);

    /// <summary>Whether the left version is older.</summary>
    public static bool operator <(SourceVersion left, SourceVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left version is newer.</summary>
    public static bool operator >(SourceVersion left, SourceVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left version is older or the same.</summary>
    public static bool operator <=(SourceVersion left, SourceVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left version is newer or the same.</summary>
    public static bool operator >=(SourceVersion left, SourceVersion right) => left.CompareTo(right) >= 0;

    /// <inheritdoc />
    public override string ToString() => Text;

    /// <summary>When the stream was created; empty for a version that names none.</summary>
    private string Stream => text is { Length: Length } ? text[..CreatedLength] : "";

    private static SourceVersion Of(DateTimeOffset created, string sequenceNumber) =>
        new($"{Timestamp.Format(created)}#{sequenceNumber.PadLeft(SequenceLength, '0')}");

    /// <summary>When a stream was created, by the label at the end of its ARN; null when that does not tell it.</summary>
    public static DateTimeOffset? CreationTimeOf(string? streamArn) =>
        streamArn?.LastIndexOf(StreamOfArn, StringComparison.Ordinal) is { } at and >= 0
        && DateTimeOffset.TryParseExact(
            streamArn.AsSpan(at + StreamOfArn.Length),
            LabelLayout,
            CultureInfo.InvariantCulture,
            Utc,
            out var created
        )
            ? created
            : null;

    private static bool IsDigits(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');

    private static string Shorten(string? text) =>
        text is null ? ""
        : text.Length <= 120 ? text
        : text[..120] + "…";
}
