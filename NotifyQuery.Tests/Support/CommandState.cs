using System.Collections.Immutable;
using System.Text.Json;
using NotifyQuery.Core.Notifications;
using NotifyQuery.Core.Projection;

namespace NotifyQuery.Tests.Support;

/// <summary>The attributes of a command record, valid or invalid, as in the image of a stream record.</summary>
internal sealed record CommandState(ImmutableSortedDictionary<string, ImageValue> Attributes)
{
    /// <summary>A valid state without optional attributes.</summary>
    public static CommandState Of(string transactionId, string createdAt, string userId) =>
        new CommandState(ImmutableSortedDictionary.Create<string, ImageValue>(StringComparer.Ordinal))
            .With(AttributeNames.TransactionId, transactionId)
            .With(AttributeNames.CreatedAt, createdAt)
            .With(AttributeNames.UserId, userId);

    public CommandState With(string attribute, string text) => new(Attributes.SetItem(attribute, new(text, null)));

    public CommandState WithType(string attribute, string type) => new(Attributes.SetItem(attribute, new(null, type)));

    public CommandState Without(string attribute) => new(Attributes.Remove(attribute));

    public ImageValue Read(string attribute) => Attributes.GetValueOrDefault(attribute);

    public CommandImage Image() => CommandImage.Read(Read);

    /// <summary>Whether the states are equal. A write that does not change the state leaves no stream record in DynamoDB.</summary>
    public bool Equals(CommandState? other) => other is not null && Attributes.SequenceEqual(other.Attributes);

    public override int GetHashCode() => Attributes.Count;

    public override string ToString() => string.Join(' ', Attributes.Select(a => $"{a.Key}={a.Value.OtherType ?? Shorten(a.Value.Text!)}"));

    private static string Shorten(string text) => text.Length <= 60 ? text : $"({text.Length} characters)";
}

/// <summary>Creates stream records of one command record.</summary>
internal static class Change
{
    public static readonly DateTimeOffset FirstCommit = new(2026, 11, 22, 8, 15, 30, TimeSpan.Zero);

    /// <summary>
    /// The creation time of the stream of all changes, unless a test sets another stream. It is long before any test run.
    /// </summary>
    public static readonly DateTimeOffset StreamCreated = new(2020, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    /// <summary>The stream of all changes, unless a test sets another one.</summary>
    public static readonly string StreamArn = StreamOf(StreamCreated);

    public static StreamChange Insert(long sequence, CommandState after) => Of(sequence, null, after);

    public static StreamChange Modify(long sequence, CommandState before, CommandState after) => Of(sequence, before, after);

    public static StreamChange Remove(long sequence, CommandState before) => Of(sequence, before, null);

    public static StreamChange Of(long sequence, CommandState? before, CommandState? after) =>
        new()
        {
            EventId = $"event-{sequence}",
            StreamArn = StreamArn,
            SequenceNumber = SequenceNumber(sequence),
            CommittedAt = FirstCommit.AddMilliseconds(sequence),
            Before = before is null ? null : CommandImage.KeyOf(before.Read),
            After = after?.Image(),
            TransactionId = (after ?? before)!.Read(AttributeNames.TransactionId).Text,
            CreatedAt = (after ?? before)!.Read(AttributeNames.CreatedAt).Text,
            RawRecord = () =>
                $"{{\"eventID\":\"event-{sequence}\",\"dynamodb\":{{\"OldImage\":{UserOf(before)},\"NewImage\":{UserOf(after)}}}}}",
        };

    /// <summary>The parts of a stream record's image that tests read.</summary>
    private static string UserOf(CommandState? state) =>
        state?.Read(AttributeNames.UserId).Text is { } user
            ? $"{{\"{AttributeNames.UserId}\":{{\"S\":\"{JsonEncodedText.Encode(user)}\"}}}}"
            : "{}";

    /// <summary>A sequence number in the format of the engines: 21 digits.</summary>
    public static string SequenceNumber(long sequence) => $"{sequence:D21}";

    /// <summary>The ARN of a stream in the format of the engines.</summary>
    public static string StreamOf(DateTimeOffset created) =>
        $"arn:aws:dynamodb:us-east-1:000000000000:table/command-records/stream/{Timestamp.Format(created).TrimEnd('Z')}";

    public static SourceVersion Version(long sequence, string? streamArn = null)
    {
        Assert.True(
            SourceVersion.TryOf(
                streamArn ?? StreamArn,
                SequenceNumber(sequence),
                TimeProvider.System.GetUtcNow(),
                out var version,
                out var problem
            ),
            problem
        );
        return version;
    }
}
