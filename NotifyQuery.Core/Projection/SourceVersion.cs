using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>
/// The version of a projected item. It orders the states of one command across streams: first by the creation time of the stream, then by
/// the sequence number within it. Both have a fixed length, so text order is version order, for example
/// <c>2026-11-22T08:15:30.123Z#00000000000000000000000000000000000004421584500000000017450</c>.
/// <para>
/// A table has one stream at a time. Within a stream, sequence numbers grow with every change of an item. The next stream may start at any
/// number. Its creation time is the label at the end of its ARN (Amazon DynamoDB API Reference, TableDescription,
/// <c>LatestStreamLabel</c>).
/// </para>
/// <para>
/// Items that were written before the stream was part of the version have only the sequence number, 64 digits. Their order among each other
/// is unchanged, and they are older than every version with a stream.
/// </para>
/// </summary>
public readonly record struct SourceVersion : IComparable<SourceVersion>
{
    /// <summary>The number of characters.</summary>
    public const int Length = CreatedLength + 1 + SequenceLength;

    /// <summary>The maximum clock skew: how far the clock of the engine that created a stream may be ahead of ours.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromHours(1);

    /// <summary>The maximum number of digits of a sequence number: AWS 21 to 40, DynamoDB Local 21, LocalStack over Kinesis 56.</summary>
    private const int SequenceLength = 56;

    private const int CreatedLength = 24; // a Timestamp
    private const int OldLength = 64;
    private const string StreamOfArn = "/stream/";
    private const string LabelLayout = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK";
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    private readonly string? text;

    private SourceVersion(string text) => this.text = text;

    /// <summary>The version as stored in the table. The default value is older than every other version.</summary>
    public string Text => text ?? new string('0', OldLength);

    /// <summary>Parses a version as stored in the table; false if the text is not a version.</summary>
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

    /// <summary>The version of a stream record; false, with the reason, when the ARN or the sequence number is not valid.</summary>
    /// <param name="streamArn">The stream: <c>…:table/name/stream/2026-11-22T08:15:30.123</c>.</param>
    /// <param name="sequenceNumber">The record's sequence number: 1 to 56 decimal digits.</param>
    /// <param name="now">The current time. A version from the future would block every change until that time.</param>
    /// <param name="version">The version.</param>
    /// <param name="problem">Why there is no version, in a sentence.</param>
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
    /// The version before a stream's first record: older than every change in that stream, newer than all changes in earlier streams. False
    /// when the ARN does not contain the stream's creation time.
    /// </summary>
    public static bool TryStartOf(string? streamArn, out SourceVersion version)
    {
        version = CreationTimeOf(streamArn) is { } created ? Of(created, "") : default;
        return version != default;
    }

    /// <summary>
    /// Whether an item with this version would block every future change, because the version is from a later stream than the current
    /// stream of the table. This happens if the version was forged, or if an earlier table of commands is used again.
    /// </summary>
    /// <param name="start">The start of the current stream; the default when it is not known.</param>
    public bool Blocks(SourceVersion start) => start != default && string.CompareOrdinal(Stream, start.Stream) > 0;

    /// <summary>
    /// The new version of an item with this version, for a repair. The repair writes the command's current state, read while the stream
    /// that starts at <paramref name="start"/> was the current one. Every future change replaces the repaired item, and no change of an
    /// earlier stream does. Changes of the current stream up to this version are ignored.
    /// </summary>
    /// <param name="start">The start of the current stream; the default when it is not known.</param>
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

    /// <summary>When the stream was created; empty for a version without a stream.</summary>
    private string Stream => text is { Length: Length } ? text[..CreatedLength] : "";

    private static SourceVersion Of(DateTimeOffset created, string sequenceNumber) =>
        new($"{Timestamp.Format(created)}#{sequenceNumber.PadLeft(SequenceLength, '0')}");

    /// <summary>When a stream was created, from the label at the end of its ARN; null when the label is not a time.</summary>
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
