using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Tracking;

/// <summary>A value of a page's last row in one of the order's keys.</summary>
internal readonly record struct TokenValue(char Kind, long Number, string? Text)
{
    public static TokenValue Of(long number) => new('n', number, null);

    public static TokenValue Of(string text) => new('t', 0, text);

    /// <summary>No value: the row lies among those without one, of the given rank.</summary>
    public static TokenValue None(byte rank) => new('r', rank, null);
}

/// <summary>
/// Where a page ended: the last row's place in the order (a keyset, so that rows that come or go meanwhile neither repeat nor hide others)
/// and a fingerprint of the query, because the place means nothing in another order. Opaque to clients: base64url of a small binary form.
/// </summary>
internal static class PageToken
{
    /// <summary>The longest token: twenty values of 8,000 characters fit.</summary>
    public const int CharsMax = 1_048_576;

    private const byte Version = 1;

    /// <summary>What the token is checked against: everything of the query but the size of its pages.</summary>
    public static ulong Fingerprint(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var part in parts)
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
        return BinaryPrimitives.ReadUInt64LittleEndian(hash.GetHashAndReset());
    }

    public static string Write(ulong fingerprint, params ReadOnlySpan<TokenValue> values)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Version);
        writer.Write(fingerprint);
        writer.Write7BitEncodedInt(values.Length);
        foreach (var value in values)
        {
            writer.Write((byte)value.Kind);
            if (value.Text is null) writer.Write(value.Number);
            else writer.Write(value.Text);
        }
        writer.Flush();
        return Base64Url.EncodeToString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    /// <summary>The values, or a problem: garbage, and tokens of other queries. Null and empty tokens mean the first page: no values.</summary>
    public static Outcome<IReadOnlyList<TokenValue>?> Read(string? token, ulong fingerprint)
    {
        if (string.IsNullOrEmpty(token)) return new Outcome<IReadOnlyList<TokenValue>?>();
        if (token.Length > CharsMax) return Problem.Invalid($"Invalid page token: it has {token.Length:N0} characters, at most {CharsMax:N0} can be.");
        var bytes = new byte[Base64Url.GetMaxDecodedLength(token.Length)];
        if (Base64Url.DecodeFromChars(token, bytes, out _, out var size) != System.Buffers.OperationStatus.Done)
            return Problem.Invalid("Invalid page token, could not base64-decode. Send the next_page_token of the last answer unchanged.");
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes, 0, size), new UTF8Encoding(false, throwOnInvalidBytes: true));
            if (reader.ReadByte() != Version) return Unread();
            if (reader.ReadUInt64() != fingerprint)
                return Problem.Invalid("Invalid page token: it belongs to another query. Filter, order_by, experiments and view type must stay the same from page to page.");
            var count = reader.Read7BitEncodedInt();
            if (count is < 0 or > 2 * OrderByParser.EntriesMax + 4) return Unread();
            var values = new TokenValue[count];
            for (var i = 0; i < count; i++)
            {
                var kind = (char)reader.ReadByte();
                if (kind is not ('n' or 't' or 'r')) return Unread();
                values[i] = kind == 't' ? TokenValue.Of(reader.ReadString()) : new TokenValue(kind, reader.ReadInt64(), null);
                if (values[i].Text is { } text && text.Contains('\0', StringComparison.Ordinal)) return Unread();
            }
            return reader.BaseStream.Position == size ? values : Unread();
        }
        catch (Exception malformed) when (malformed is IOException or FormatException or ArgumentException)
        {
            return Unread();
        }
    }

    private static Problem Unread() => Problem.Invalid("Invalid page token: its content is not understood. Send the next_page_token of the last answer unchanged.");
}
