using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>
/// How the index keys that many notifications share are spread: a campaign, and a status on a day, have N keys each, <c>#00</c> to
/// <c>#&lt;N-1&gt;</c>, so that no partition takes all of their writes. The number comes from the transaction's id: a notification keeps it
/// whatever happens to it. N is a property of a query table: what was written with one N must be read with at least as many keys.
/// </summary>
public sealed record KeySpread
{
    /// <summary>The most keys. A page reads each of them.</summary>
    public const int Maximum = 256;

    /// <summary>The bytes that a number adds to a key: <c>#00</c>. Only above a hundred keys it is one more.</summary>
    public const int SuffixLength = 3;

    private KeySpread(int keys) => Keys = keys;

    /// <summary>
    /// A query table that was made before keys were spread: its indexes have the keys <c>campaign_id</c> and <c>status_day</c>. It is
    /// read and written until its successor is filled.
    /// </summary>
    public static KeySpread None { get; } = new(0);

    /// <summary>N; 0 for <see cref="None"/>.</summary>
    public int Keys { get; }

    /// <summary>The attribute that holds a key in such a table; null when it has no such key.</summary>
    public string? AttributeOf(SharedKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Keys == 0 ? key.AttributeBefore : key.Attribute;
    }

    /// <summary>A spread over <paramref name="keys"/> keys.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1 or more than <see cref="Maximum"/>.</exception>
    public static KeySpread Over(int keys)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keys, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys, Maximum);
        return new(keys);
    }

    /// <summary>Reads a setting: 1 to <see cref="Maximum"/>, or 0 for <see cref="None"/>.</summary>
    /// <exception cref="FormatException">It is anything else.</exception>
    public static KeySpread Parse(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var keys) && keys <= Maximum
            ? new(keys)
            : throw new FormatException(
                $"'{text}' is no number of keys: it must be a whole number from 1 to {Maximum}, or 0 for a table whose keys are not spread"
            );

    /// <summary>
    /// The number of a transaction's keys: the first four bytes of the SHA-256 of its id in UTF-8, as a number (big-endian), modulo N.
    /// Anybody can compute it, in a shell too.
    /// </summary>
    public int NumberOf(string transactionId)
    {
        if (Keys <= 1)
            return 0;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(transactionId), hash);
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(hash) % (uint)Keys);
    }

    /// <summary>The key of a notification: <c>spring-sale#07</c>; null when it has none.</summary>
    public string? KeyOf(SharedKey key, CommandRecord record)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(record);
        return key.SharedBy(record) is not { } shared ? null
            : Keys == 0 ? shared
            : Numbered(shared, NumberOf(record.TransactionId));
    }

    /// <summary>All keys of what notifications share: <c>spring-sale#00</c> to <c>spring-sale#15</c>.</summary>
    public IReadOnlyList<string> KeysOf(string shared) =>
        Keys == 0 ? [shared] : [.. Enumerable.Range(0, Keys).Select(number => Numbered(shared, number))];

    private static string Numbered(string shared, int number) => string.Create(CultureInfo.InvariantCulture, $"{shared}#{number:D2}");
}
