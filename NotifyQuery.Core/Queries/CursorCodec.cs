using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Queries;

/// <summary>
/// Writes and reads cursors: texts that say where the next page begins, to us alone. A cursor is its position under AES-GCM, bound to
/// its query: nobody can read it (it names a user, and URLs are logged), and one of another query, or a changed one, is recognised.
/// </summary>
/// <remarks>
/// The nonce is an HMAC of the query and the position (as SIV does it): the same position of the same query gives the same cursor, so
/// that the same page has the same bytes whichever Handler answers, and no nonce serves two different texts.
/// </remarks>
/// <param name="key">The key, at least 16 bytes; the same for all Handlers of a deployment.</param>
public sealed class CursorCodec(byte[] key)
{
    private const byte Version = 2;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int TextStart = 1 + NonceLength;
    private const int ShortestLength = TextStart + sizeof(ushort) + TagLength;
    private const int TimestampLength = 24;

    /// <summary>The longest cursor that is looked at: the longest keys, and some.</summary>
    public const int MaximumLength = 8192;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] cipherKey = Derive(key, "notifyquery cursor cipher"u8);
    private readonly byte[] nonceKey = Derive(key, "notifyquery cursor nonce"u8);

    /// <summary>Writes the cursor of the page that begins after <paramref name="position"/>.</summary>
    public string Encode(NotificationQuery query, NotificationKey position)
    {
        // length of the user id, user id, sort key: ids may hold any character, so that none can part them.
        var userLength = Utf8.GetByteCount(position.UserId);
        var text = new byte[sizeof(ushort) + userLength + Utf8.GetByteCount(position.SortKey)];
        BinaryPrimitives.WriteUInt16BigEndian(text, checked((ushort)userLength));
        Utf8.GetBytes(position.UserId, text.AsSpan(sizeof(ushort)));
        Utf8.GetBytes(position.SortKey, text.AsSpan(sizeof(ushort) + userLength));

        var bound = BytesOf(query);
        var cursor = new byte[TextStart + text.Length + TagLength];
        cursor[0] = Version;
        var nonce = cursor.AsSpan(1, NonceLength);
        using (var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, nonceKey))
        {
            hash.AppendData(bound);
            hash.AppendData(text);
            hash.GetHashAndReset().AsSpan(0, NonceLength).CopyTo(nonce);
        }

        using var cipher = new AesGcm(cipherKey, TagLength);
        cipher.Encrypt(nonce, text, cursor.AsSpan(TextStart, text.Length), cursor.AsSpan(TextStart + text.Length), bound);
        return Base64Url.EncodeToString(cursor);
    }

    /// <summary>Reads a cursor; false if it was not written by <see cref="Encode"/>, with the same key, for the same query.</summary>
    public bool TryDecode(NotificationQuery query, string text, out NotificationKey position)
    {
        position = default;
        if (text.Length > MaximumLength || !Base64Url.IsValid(text))
            return false;
        var cursor = Base64Url.DecodeFromChars(text);
        if (cursor.Length < ShortestLength || cursor[0] != Version || Base64Url.EncodeToString(cursor) != text)
            return false; // one text for one cursor
        var plain = new byte[cursor.Length - TextStart - TagLength];
        try
        {
            using var cipher = new AesGcm(cipherKey, TagLength);
            cipher.Decrypt(
                cursor.AsSpan(1, NonceLength),
                cursor.AsSpan(TextStart, plain.Length),
                cursor.AsSpan(TextStart + plain.Length),
                plain,
                BytesOf(query)
            );
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }

        return TryRead(plain, out position);
    }

    /// <summary>Whether a text could be a cursor of some query: what is false here is none of any.</summary>
    public static bool IsWellFormed(string text) =>
        text.Length <= MaximumLength
        && Base64Url.IsValid(text, out var length)
        && length >= ShortestLength
        && Base64Url.DecodeFromChars(text)[0] == Version;

    /// <summary>Our own cursors are as they should be; one of an older release with the same key and version may not be.</summary>
    private static bool TryRead(ReadOnlySpan<byte> text, out NotificationKey position)
    {
        position = default;
        var userLength = BinaryPrimitives.ReadUInt16BigEndian(text);
        var ids = text[sizeof(ushort)..];
        if (userLength == 0 || userLength > ids.Length)
            return false;
        try
        {
            var (user, sortKey) = (Utf8.GetString(ids[..userLength]), Utf8.GetString(ids[userLength..]));
            if (sortKey.Length <= TimestampLength || sortKey[TimestampLength] != '#' || !Timestamp.IsValid(sortKey[..TimestampLength]))
                return false;
            position = new(user, sortKey);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>What makes the result: everything but the size of the page and the position itself.</summary>
    private static byte[] BytesOf(NotificationQuery query)
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write([Version]);
        foreach (
            var part in (ReadOnlySpan<string?>)
                [
                    query.By.ToString(),
                    query.Value,
                    query.From,
                    query.To,
                    query.Status?.ToString(),
                    query.Channel?.ToString(),
                    query.Order.ToString(),
                ]
        )
        {
            // Each part with its length, so that no two queries give the same bytes.
            BinaryPrimitives.WriteInt32BigEndian(bytes.GetSpan(sizeof(int)), part is null ? -1 : Encoding.UTF8.GetByteCount(part));
            bytes.Advance(sizeof(int));
            Encoding.UTF8.GetBytes(part ?? "", bytes);
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static byte[] Derive(byte[] key, ReadOnlySpan<byte> purpose)
    {
        if (key.Length < 16)
            throw new ArgumentException($"the cursor key has {key.Length} bytes: it needs at least 16", nameof(key));
        var derived = new byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, salt: default, purpose);
        return derived;
    }
}
