namespace Aspire.Dashboard.Store;

/// <summary>
/// One copy of what comes again and again: names, keys, methods, codes. Of fixed size: a new text takes the place of another one with the
/// same slot. Two threads may overwrite each other's entry, which costs a copy and nothing else.
/// </summary>
internal sealed class StringPool
{
    private const int MaxLength = 128;

    private readonly string?[] _slots = new string?[8_192];

    public string Share(string text)
    {
        if (text.Length == 0)
            return "";
        if (text.Length > MaxLength)
            return text;
        ref var slot = ref _slots[(uint)text.GetHashCode(StringComparison.Ordinal) % (uint)_slots.Length];
        var known = slot;
        if (string.Equals(known, text, StringComparison.Ordinal))
            return known!;
        slot = text;
        return text;
    }
}
