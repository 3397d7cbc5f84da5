using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Streams of one closed shard whose records are numbered from 1, and their sequence numbers.</summary>
internal static class NumberedRecords
{
    public static SimulatedStream Stream(int records) => Stream(records, _ => "item");

    public static SimulatedStream Stream(int records, Func<int, string> item)
    {
        var stream = new SimulatedStream();
        var shard = stream.Add(null);
        for (var number = 1; number <= records; number++)
            shard.Records.Add(Records.Of(number, item(number)));
        return stream;
    }

    public static string Number(int number) => Records.Of(number).SequenceNumber;

    public static Func<ChangeRecord, bool> IsNumber(string number) => record => record.SequenceNumber.TrimStart('0') == number;
}
