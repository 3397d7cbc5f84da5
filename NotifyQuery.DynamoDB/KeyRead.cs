using Amazon.DynamoDBv2.Model;
using NotifyQuery.Core.Notifications;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB;

/// <summary>The read state of one key: the next request, and the items that were read and not taken yet.</summary>
/// <param name="request">Reads the key from its start.</param>
internal sealed class KeyRead(QueryRequest request)
{
    private readonly Queue<Item> items = new();

    /// <summary>The request for the next read of the key.</summary>
    public QueryRequest Request { get; } = request;

    /// <summary>Whether the key was read at least once.</summary>
    public bool IsRead { get; private set; }

    /// <summary>The number of reads after the first one.</summary>
    public int Continuations { get; set; }

    /// <summary>The next read starts after this item; null when the key has no more items.</summary>
    public Item? Reached { get; private set; }

    /// <summary>Whether all items that were read are taken, and the key has more items.</summary>
    public bool IsDry => items.Count == 0 && Reached is not null;

    /// <summary>The first item that is not taken yet.</summary>
    public Item? First => items.TryPeek(out var item) ? item : null;

    /// <summary>Takes the first item.</summary>
    public void Take() => items.Dequeue();

    /// <summary>Adds the items of a response.</summary>
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
/// Merges keys that are read concurrently into the order of the result. Returns an item only when no key can still have an earlier item.
/// Otherwise it returns the keys that must be read further: keys with no items left that may still have an earlier item.
/// </summary>
/// <param name="keys">The keys.</param>
/// <param name="descending">Whether the result is newest first.</param>
internal sealed class KeyMerge(IReadOnlyList<KeyRead> keys, bool descending)
{
    /// <summary>The keys.</summary>
    public IReadOnlyList<KeyRead> Keys { get; } = keys;

    /// <summary>Takes the next item of the result; null when keys must be read further first, or at the end of the result.</summary>
    /// <param name="behind">The keys that must be read further first; empty otherwise, and at the end of the result.</param>
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

    /// <summary>The position up to which all keys are read and every item was returned. Called while keys must be read further.</summary>
    public NotificationKey Reached()
    {
        var least = Keys.Where(key => key.IsDry).Select(key => key.Reached!).Aggregate((one, other) => IsBefore(other, one) ? other : one);
        return NotificationItem.ReadKey(least);
    }

    private bool IsBefore(Item one, Item other)
    {
        // Two keys never have items with the same time and transaction, because the transaction determines the key.
        var order = UnicodeText.CompareBytes(one[AttributeNames.CreatedAt].S, other[AttributeNames.CreatedAt].S);
        return descending ? order > 0 : order < 0;
    }
}
