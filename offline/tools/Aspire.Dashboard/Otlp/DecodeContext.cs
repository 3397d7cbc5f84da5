using Aspire.Dashboard.Store;

namespace Aspire.Dashboard.Otlp;

/// <summary>The request asks for more than is taken; the message says which limit it was.</summary>
internal sealed class OtlpLimitException(string message) : Exception(message);

/// <summary>What the decoders of one request share: the limits, and what did not come through.</summary>
internal sealed class DecodeContext(Limits limits, StringPool pool)
{
    private int _items;

    public Limits Limits => limits;

    /// <summary>Spans, records or points that were refused one by one.</summary>
    public int Rejected { get; private set; }

    public string? Reason { get; private set; }

    public void CountItem()
    {
        if (++_items > limits.ItemsPerRequest)
            throw new OtlpLimitException($"More than {limits.ItemsPerRequest} items in one request: send smaller batches.");
    }

    public void Reject(string reason, int items = 1)
    {
        Rejected += items;
        Reason ??= reason;
    }

    /// <summary>A name or key: cut to its limit, one copy for all.</summary>
    public string Name(string text) => pool.Share(Cut(text, limits.KeyLength));

    public string Value(string text) => pool.Share(Cut(text, limits.ValueLength));

    private static string Cut(string text, int length) => text.Length <= length
        ? text
        // Not through the middle of a pair.
        : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length), "…");
}
