using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using NotifyQuery.Core.Notifications;

namespace NotifyQuery.Core.Queries;

/// <summary>
/// Encodes and decodes cursors: opaque texts with the start of the next page. A cursor is the position, encrypted with AES-GCM and bound to
/// its query. Clients cannot read the position (it contains a user id, and URLs are logged). A changed cursor, or a cursor of another
/// query, is rejected.
/// </summary>
/// <remarks>
/// The nonce is an HMAC of the query and the position (as in SIV). The same position of the same query gives the same cursor, so a page has
/// the same bytes from every Handler, and a nonce is never reused for a different text.
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

    /// <summary>The maximum length of a cursor: enough for the longest keys.</summary>
    public const int MaximumLength = 8192;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] cipherKey = Derive(key, "notifyquery cursor cipher"u8);
    private readonly byte[] nonceKey = Derive(key, "notifyquery cursor nonce"u8);

    /// <summary>Encodes the cursor of the page that starts after <paramref name="position"/>.</summary>
    public string Encode(NotificationQuery query, NotificationKey position)
    {
        // length of the user id, user id, sort key: ids may contain any character, so no separator is safe.
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

    /// <summary>Decodes a cursor; false if it was not written by <see cref="Encode"/> with the same key for the same query.</summary>
    public bool TryDecode(NotificationQuery query, string text, out NotificationKey position)
    {
        position = default;
        if (text.Length > MaximumLength || !Base64Url.IsValid(text))
            return false;
        var cursor = Base64Url.DecodeFromChars(text);
        if (cursor.Length < ShortestLength || cursor[0] != Version || Base64Url.EncodeToString(cursor) != text)
            return false; // only the canonical Base64 text is valid
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

    /// <summary>Whether a text has the format of a cursor. Does not check which query the cursor is for.</summary>
    public static bool IsWellFormed(string text) =>
        text.Length <= MaximumLength
        && Base64Url.IsValid(text, out var length)
        && length >= ShortestLength
        && Base64Url.DecodeFromChars(text)[0] == Version;

    /// <summary>
    /// Parses a decrypted position. Cursors of this release are always valid here. A cursor of an older release with the same key and
    /// version may not be.
    /// </summary>
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

    /// <summary>The parts of a query that determine the result: everything except the page size and the position.</summary>
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
            // Each part is prefixed with its length, so two different queries never give the same bytes.
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
