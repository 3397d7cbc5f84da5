using System.Globalization;
using System.Text;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Stream records for tests.</summary>
internal static class Records
{
    public static ChangeRecord Of(long number, string item = "item", DateTimeOffset? createdAt = null, int bytes = 0)
    {
        var sequenceNumber = number.ToString("D21", CultureInfo.InvariantCulture);
        var json =
            $$$"""{"eventID":"event-{{{number}}}","dynamodb":{"Keys":{"transaction_id":{"S":"{{{item}}}"}}"""
            + $$$""","SequenceNumber":"{{{sequenceNumber}}}"}}""";
        return new(
            sequenceNumber,
            $"event-{number}",
            item,
            createdAt ?? DateTimeOffset.UtcNow,
            Encoding.UTF8.GetBytes(json.PadRight(bytes))
        );
    }

    public static PendingBatch Batch(params int[] numbers) => new(numbers.Select(number => Of(number)).ToArray());

    public static string[] Numbers(IEnumerable<ChangeRecord> records) =>
        [.. records.Select(record => record.SequenceNumber.TrimStart('0'))];
}
