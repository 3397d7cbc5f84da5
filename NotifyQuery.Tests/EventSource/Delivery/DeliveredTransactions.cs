using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using NotifyQuery.EventSource.Ports;
using NotifyQuery.EventSource.Rules;

namespace NotifyQuery.Tests.EventSource;

/// <summary>Functions that note the transactions they were given, and the ids of transactions.</summary>
internal static class DeliveredTransactions
{
    public static FunctionOf Collecting(
        this ConcurrentQueue<string> delivered,
        Func<IReadOnlyList<ChangeRecord>, FunctionReply>? answer = null
    ) =>
        new(batch =>
        {
            var reply = answer?.Invoke(batch) ?? FunctionOf.Success;
            if (reply == FunctionOf.Success)
                delivered.Collect(batch);
            return reply;
        });

    public static FunctionReply Collect(this ConcurrentQueue<string> delivered, IEnumerable<ChangeRecord> batch)
    {
        foreach (var record in batch)
            delivered.Enqueue(IdOf(record));
        return FunctionOf.Success;
    }

    private static string IdOf(ChangeRecord record)
    {
        var keys = JsonDocument.Parse(Encoding.UTF8.GetBytes(record.ItemKey));
        return keys.RootElement.GetProperty("transaction_id").GetProperty("S").GetString()!;
    }

    public static IEnumerable<string> Ids(int from, int count) =>
        Enumerable.Range(from, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"tx-{i:D5}"));

    public static bool IsPoison(ChangeRecord record) => IsPoisonId(IdOf(record));

    public static bool IsPoisonId(string id) => id.EndsWith('0');

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
