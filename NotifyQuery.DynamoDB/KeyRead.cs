using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB;

/// <summary>One key on its way: what is asked next, and what was answered and is not taken yet.</summary>
/// <param name="request">Reads it from where it begins.</param>
internal sealed class KeyRead(QueryRequest request)
{
    private readonly Queue<Item> items = new();

    /// <summary>The request that reads on from where the key was left.</summary>
    public QueryRequest Request { get; } = request;

    /// <summary>Whether it was read at all.</summary>
    public bool IsRead { get; private set; }

    /// <summary>How often it was read behind the first time.</summary>
    public int Continuations { get; set; }

    /// <summary>The item after which it is to be read on; null when it has ended.</summary>
    public Item? Reached { get; private set; }

    /// <summary>Whether nothing that was read is left, but there is more to be read.</summary>
    public bool IsDry => items.Count == 0 && Reached is not null;

    /// <summary>The first item that is not taken yet.</summary>
    public Item? First => items.TryPeek(out var item) ? item : null;

    /// <summary>Takes the first item.</summary>
    public void Take() => items.Dequeue();

    /// <summary>Adds what was read.</summary>
    public void Add(QueryResponse response)
    {
        foreach (var item in response.Items ?? [])
            items.Enqueue(item);
        Reached = response.LastEvaluatedKey is { Count: > 0 } last ? last : null;
        Request.ExclusiveStartKey = Reached;
        IsRead = true;
    }
}

/// <summary>
/// Merges keys that are read side by side into the order of the result. It gives an item only when no key can still have one before it;
/// else it says which keys must be read on first: those that ran dry before that item, and no others.
/// </summary>
/// <param name="keys">The keys.</param>
/// <param name="descending">Whether the result has the newest first.</param>
internal sealed class KeyMerge(IReadOnlyList<KeyRead> keys, bool descending)
{
    /// <summary>The keys.</summary>
    public IReadOnlyList<KeyRead> Keys { get; } = keys;

    /// <summary>Takes the next item of the result; null when keys must be read on first, or there is none.</summary>
    /// <param name="behind">The keys that must be read on first; empty when there are none, and at the end of the result.</param>
    public Item? Take(out IReadOnlyList<KeyRead> behind)
    {
        KeyRead? next = null;
        foreach (var key in Keys)
            if (key.First is { } item && (next is null || IsBefore(item, next.First!)))
                next = key;
        behind = [.. Keys.Where(key => key.IsDry && (next is null || IsBefore(key.Reached!, next.First!)))];
        if (next is null || behind.Count > 0)
            return null;
        var first = next.First;
        next.Take();
        return first;
    }

    /// <summary>How far all keys are read: every item up to there was given. Asked while keys must be read on.</summary>
    public NotificationKey Reached()
    {
        var least = Keys.Where(key => key.IsDry).Select(key => key.Reached!).Aggregate((one, other) => IsBefore(other, one) ? other : one);
        return NotificationItem.ReadKey(least);
    }

    private bool IsBefore(Item one, Item other)
    {
        // Two keys never hold items of the same moment and transaction: the transaction decides the key.
        var order = UnicodeText.CompareBytes(one[AttributeNames.CreatedAt].S, other[AttributeNames.CreatedAt].S);
        return descending ? order > 0 : order < 0;
    }
}
