using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Cli.Relay;

/// <summary>One request that waits for the server, without its body and without who sent it.</summary>
/// <param name="Ordinal">Counted from 1 in a lane; never used twice.</param>
/// <param name="AtMs">When it was taken in, Unix milliseconds.</param>
/// <param name="Method">POST, PUT, PATCH or DELETE.</param>
/// <param name="Target">Path and query as they were sent.</param>
/// <param name="ContentType">The body's.</param>
/// <param name="Makes">The id that was answered for an experiment which the server has not made yet.</param>
/// <param name="File">The name of the file that holds an artifact's content, else null.</param>
/// <param name="FileBytes">Its size.</param>
/// <param name="Tried">Whether it was sent before it was kept: the server may have it.</param>
/// <param name="Refused">Among what the server refused: why.</param>
/// <param name="Status">Among what the server refused: the status.</param>
internal sealed record SpoolHead(long Ordinal, long AtMs, string Method, string Target, string? ContentType = null, string? Makes = null, string? File = null, long FileBytes = 0,
    bool Tried = false, string? Refused = null, int Status = 0);

/// <summary>One request that waits for the server.</summary>
internal sealed record SpoolEntry(SpoolHead Head, byte[] Body);

/// <summary>What stands at a place of a spool file.</summary>
internal enum SpoolMark
{
    /// <summary>An entry.</summary>
    Entry,

    /// <summary>Nothing: the end.</summary>
    End,

    /// <summary>An entry that was cut off while it was written; nobody was told that it is kept.</summary>
    CutOff,

    /// <summary>Bytes that are no entry.</summary>
    Damage,
}

/// <summary>
/// The bytes of a spool. A file is frames; integers are little-endian.
/// <code>
/// frame    payload bytes u32 · CRC-32C u32 of the payload · payload
/// payload  bytes of the head u32 · head as JSON · body
/// </code>
/// </summary>
internal static class SpoolFormat
{
    public const int FrameBytes = 8;

    /// <summary>A head is a path and a few numbers; a path has at most 64 KiB.</summary>
    public const int PayloadBytesMax = RelayOptions.JsonBytesMax + (1 << 20);

    public static byte[] Write(SpoolEntry entry)
    {
        var head = JsonSerializer.SerializeToUtf8Bytes(entry.Head, RelayJson.Default.SpoolHead);
        var frame = new byte[FrameBytes + 4 + head.Length + entry.Body.Length];
        var payload = frame.AsSpan(FrameBytes);
        BinaryPrimitives.WriteInt32LittleEndian(payload, head.Length);
        head.CopyTo(payload[4..]);
        entry.Body.CopyTo(payload[(4 + head.Length)..]);
        BinaryPrimitives.WriteInt32LittleEndian(frame, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), Crc32C.Of(payload));
        return frame;
    }

    /// <summary>The entry at an offset, and the offset behind it.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SpoolMark Read(Microsoft.Win32.SafeHandles.SafeFileHandle file, ref long offset, out SpoolEntry? entry)
    {
        entry = null;
        Span<byte> frame = stackalloc byte[FrameBytes];
        var length = RandomAccess.GetLength(file);
        if (offset >= length) return SpoolMark.End;
        if (length - offset < FrameBytes) return SpoolMark.CutOff;
        Fill(file, frame, offset);
        var bytes = BinaryPrimitives.ReadInt32LittleEndian(frame);
        if (bytes == 0 && BinaryPrimitives.ReadUInt32LittleEndian(frame[4..]) == 0) return SpoolMark.CutOff; // a length without content, as a cut of power leaves it
        if (bytes is < 4 or > PayloadBytesMax) return SpoolMark.Damage;
        if (length - offset - FrameBytes < bytes) return SpoolMark.CutOff;
        var payload = new byte[bytes];
        Fill(file, payload, offset + FrameBytes);
        if (Crc32C.Of(payload) != BinaryPrimitives.ReadUInt32LittleEndian(frame[4..])) return SpoolMark.Damage;
        var headBytes = BinaryPrimitives.ReadInt32LittleEndian(payload);
        if (headBytes < 0 || headBytes > bytes - 4) return SpoolMark.Damage;
        try
        {
            if (JsonSerializer.Deserialize(payload.AsSpan(4, headBytes), RelayJson.Default.SpoolHead) is not { Method: not null, Target: not null } head) return SpoolMark.Damage;
            entry = new SpoolEntry(head, payload[(4 + headBytes)..]);
        }
        catch (JsonException)
        {
            return SpoolMark.Damage;
        }
        offset += FrameBytes + bytes;
        return SpoolMark.Entry;
    }

    private static void Fill(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> into, long offset)
    {
        while (into.Length > 0)
        {
            var read = RandomAccess.Read(file, into, offset);
            if (read == 0) throw new EndOfStreamException("A file of the spool was cut while it was read.");
            into = into[read..];
            offset += read;
        }
    }
}

/// <summary>How the relay's own files are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(SpoolHead))]
[JsonSerializable(typeof(LaneSheet))]
[JsonSerializable(typeof(KnownSheet))]
internal sealed partial class RelayJson : JsonSerializerContext;
