using Amazon.DynamoDBv2.Model;
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
