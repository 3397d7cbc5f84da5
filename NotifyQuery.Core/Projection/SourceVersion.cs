namespace NotifyQuery.Core.Projection;

/// <summary>
/// The version of a projected item: the sequence number of the stream record it comes from, padded with zeros on the left so that
/// texts compare like numbers. Sequence numbers grow with every change of one item, and have 21 to 56 digits depending on the engine.
/// </summary>
public readonly record struct SourceVersion : IComparable<SourceVersion>
{
    /// <summary>The number of digits.</summary>
    public const int Length = 64;

    private readonly string? digits;

    private SourceVersion(string digits) => this.digits = digits;

    /// <summary>The digits as they stand in the table.</summary>
    public string Digits => digits ?? new string('0', Length);

    /// <summary>Reads a sequence number; false unless it is 1 to 64 decimal digits.</summary>
    public static bool TryParse(string? sequenceNumber, out SourceVersion version)
    {
        version = default;
        if (sequenceNumber is not { Length: > 0 and <= Length } || sequenceNumber.AsSpan().ContainsAnyExceptInRange('0', '9')) return false;
        version = new(sequenceNumber.PadLeft(Length, '0'));
        return true;
    }

    /// <inheritdoc />
    public bool Equals(SourceVersion other) => string.Equals(Digits, other.Digits, StringComparison.Ordinal);

    /// <inheritdoc />
    public override int GetHashCode() => Digits.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc />
    public int CompareTo(SourceVersion other) => string.CompareOrdinal(Digits, other.Digits);

    /// <summary>Whether the left version is older.</summary>
    public static bool operator <(SourceVersion left, SourceVersion right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left version is newer.</summary>
    public static bool operator >(SourceVersion left, SourceVersion right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left version is older or the same.</summary>
    public static bool operator <=(SourceVersion left, SourceVersion right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left version is newer or the same.</summary>
    public static bool operator >=(SourceVersion left, SourceVersion right) => left.CompareTo(right) >= 0;

    /// <inheritdoc />
    public override string ToString() => Digits;
}
