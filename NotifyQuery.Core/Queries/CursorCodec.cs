using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Queries;

/// <summary>
/// Writes and reads cursors: opaque texts that say where the next page begins. A cursor carries a signature (HMAC-SHA256, 16 bytes)
/// over its position and its query, so that one of another query, or a changed one, is recognised.
/// </summary>
/// <param name="key">The signing key, at least 16 bytes; the same for all Handlers of a deployment.</param>
public sealed class CursorCodec(byte[] key)
{
    private const byte Version = 1;
    private const int SignatureLength = 16;
    private const int PayloadStart = 1 + SignatureLength;

    /// <summary>The longest cursor that is looked at: the longest keys, and some.</summary>
    public const int MaximumLength = 8192;

    private readonly byte[] key = key.Length >= 16
        ? key
        : throw new ArgumentException($"the cursor key has {key.Length} bytes: it needs at least 16", nameof(key));

    /// <summary>Writes the cursor of the page that begins after <paramref name="position"/>.</summary>
    public string Encode(NotificationQuery query, NotificationKey position)
    {
        // version, signature, length of the user id, user id, sort key: ids may hold any character, so that none can part them.
        var userLength = Encoding.UTF8.GetByteCount(position.UserId);
        var cursor = new byte[PayloadStart + sizeof(ushort) + userLength + Encoding.UTF8.GetByteCount(position.SortKey)];
        cursor[0] = Version;
        var payload = cursor.AsSpan(PayloadStart);
        BinaryPrimitives.WriteUInt16BigEndian(payload, checked((ushort)userLength));
        Encoding.UTF8.GetBytes(position.UserId, payload[sizeof(ushort)..]);
        Encoding.UTF8.GetBytes(position.SortKey, payload[(sizeof(ushort) + userLength)..]);
        Sign(query, payload).CopyTo(cursor.AsSpan(1));
        return Base64Url.EncodeToString(cursor);
    }

    /// <summary>Reads a cursor; false if it was not written by <see cref="Encode"/>, with the same key, for the same query.</summary>
    public bool TryDecode(NotificationQuery query, string text, out NotificationKey position)
    {
        position = default;
        if (text.Length > MaximumLength || !Base64Url.IsValid(text)) return false;
        var cursor = Base64Url.DecodeFromChars(text);
        if (cursor.Length < PayloadStart || cursor[0] != Version || Base64Url.EncodeToString(cursor) != text) return false; // one text for one cursor
        ReadOnlySpan<byte> payload = cursor.AsSpan(PayloadStart);
        if (!CryptographicOperations.FixedTimeEquals(Sign(query, payload), cursor.AsSpan(1, SignatureLength))) return false;
        var ids = payload[sizeof(ushort)..];
        var userLength = BinaryPrimitives.ReadUInt16BigEndian(payload);
        position = new(Encoding.UTF8.GetString(ids[..userLength]), Encoding.UTF8.GetString(ids[userLength..]));
        return true;
    }

    /// <summary>Whether a text could be a cursor of some query: what is false here is none of any.</summary>
    public static bool IsWellFormed(string text) =>
        text.Length <= MaximumLength && Base64Url.IsValid(text, out var length) && length >= PayloadStart && Base64Url.DecodeFromChars(text)[0] == Version;

    /// <summary>Signs the position together with what makes the result: everything but the size of the page and the position itself.</summary>
    private ReadOnlySpan<byte> Sign(NotificationQuery query, ReadOnlySpan<byte> payload)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hash.AppendData([Version]);
        foreach (var part in (ReadOnlySpan<string?>)[query.By.ToString(), query.Value, query.From, query.To, query.Status?.ToString(), query.Channel?.ToString(), query.Order.ToString()])
        {
            // Each part with its length, so that no two queries give the same bytes.
            var bytes = Encoding.UTF8.GetBytes(part ?? "");
            hash.AppendData(BitConverter.GetBytes(part is null ? -1 : bytes.Length));
            hash.AppendData(bytes);
        }

        hash.AppendData(payload);
        return hash.GetHashAndReset().AsSpan(0, SignatureLength);
    }
}
