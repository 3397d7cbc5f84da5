using NotifyQuery.Core.Notifications;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace NotifyQuery.DynamoDB;

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
