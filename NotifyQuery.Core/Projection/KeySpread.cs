using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Projection;

/// <summary>
/// How index keys that many notifications share are spread (write sharding). A campaign, and a status on a day, have N keys each,
/// <c>#00</c> to <c>#&lt;N-1&gt;</c>, so no single partition receives all of their writes. The key number is computed from the transaction
/// id, so the number of a notification never changes. N is a property of a query table: items written with one N must be read with at least
/// N keys.
/// </summary>
public sealed record KeySpread
{
    /// <summary>The maximum number of keys. A page reads all of them.</summary>
    public const int Maximum = 256;

    /// <summary>The bytes that the number adds to a key: <c>#00</c>. With more than a hundred keys it is one byte more.</summary>
    public const int SuffixLength = 3;

    private KeySpread(int keys) => Keys = keys;

    /// <summary>
    /// A query table that was created before keys were spread: its index keys are <c>campaign_id</c> and <c>status_day</c>. It is read and
    /// written until the new table is filled.
    /// </summary>
    public static KeySpread None { get; } = new(0);

    /// <summary>N; 0 for <see cref="None"/>.</summary>
    public int Keys { get; }

    /// <summary>The attribute that holds a key in a table with this spread; null when the table does not have this key.</summary>
    public string? AttributeOf(SharedKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Keys == 0 ? key.AttributeBefore : key.Attribute;
    }

    /// <summary>A spread over <paramref name="keys"/> keys.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1 or more than <see cref="Maximum"/>.</exception>
    public static KeySpread Over(int keys)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keys, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys, Maximum);
        return new(keys);
    }

    /// <summary>Parses the setting: 1 to <see cref="Maximum"/>, or 0 for <see cref="None"/>.</summary>
    /// <exception cref="FormatException">The text is anything else.</exception>
    public static KeySpread Parse(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var keys) && keys <= Maximum
            ? new(keys)
            : throw new FormatException(
                $"'{text}' is not a valid number of keys: it must be from 1 to {Maximum}, or 0 for a table whose keys are not spread"
            );

    /// <summary>
    /// The key number of a transaction: the first four bytes of the SHA-256 of its id in UTF-8, as a big-endian number, modulo N. It is
    /// easy to compute elsewhere, for example in a shell.
    /// </summary>
    public int NumberOf(string transactionId)
    {
        if (Keys <= 1)
            return 0;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(transactionId), hash);
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(hash) % (uint)Keys);
    }

    /// <summary>The key of a notification: <c>spring-sale#07</c>; null when the notification has none.</summary>
    public string? KeyOf(SharedKey key, CommandRecord record)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(record);
        return key.SharedBy(record) is not { } shared ? null
            : Keys == 0 ? shared
            : Numbered(shared, NumberOf(record.TransactionId));
    }

    /// <summary>All keys of a shared value, for example with N = 16: <c>spring-sale#00</c> to <c>spring-sale#15</c>.</summary>
    public IReadOnlyList<string> KeysOf(string shared) =>
        Keys == 0 ? [shared] : [.. Enumerable.Range(0, Keys).Select(number => Numbered(shared, number))];

    private static string Numbered(string shared, int number) => string.Create(CultureInfo.InvariantCulture, $"{shared}#{number:D2}");
}
