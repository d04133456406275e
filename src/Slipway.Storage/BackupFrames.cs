using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.Storage;

/// <summary>What a frame of a backup holds.</summary>
internal enum BackupFrame : byte
{
    /// <summary>The manifest: JSON, the first frame.</summary>
    Manifest = 1,
    /// <summary>A table begins: JSON with its name, columns and counter.</summary>
    Table = 2,
    /// <summary>Rows of the current table.</summary>
    Rows = 3,
    /// <summary>A blob begins: its id as text.</summary>
    Blob = 4,
    /// <summary>Bytes of the current blob.</summary>
    Bytes = 5,
    /// <summary>The end: SHA-256 of everything before.</summary>
    End = 6,
}

/// <summary>
/// Writes the frames of a backup: kind, length, payload, CRC-32C. The last frame holds the SHA-256 of all bytes before it, so that a cut-off or
/// changed file is told from a whole one before anything is restored.
/// </summary>
internal sealed class BackupWriter(Stream file) : IDisposable
{
    /// <summary>The first bytes of every backup; the digit is the format's version.</summary>
    public static ReadOnlySpan<byte> Magic => "SLIPWAY-BACKUP-1\n"u8;

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes written so far.</summary>
    public long Length { get; private set; }

    public void Begin() => Put(Magic);

    public void Write(BackupFrame kind, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = stackalloc byte[5];
        head[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], payload.Length);
        Span<byte> check = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(check, Crc32C.Of(payload));
        Put(head);
        Put(payload);
        Put(check);
    }

    public void End()
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetCurrentHash(digest);
        Write(BackupFrame.End, digest);
    }

    public void Dispose() => hash.Dispose();

    private void Put(ReadOnlySpan<byte> bytes)
    {
        hash.AppendData(bytes);
        file.Write(bytes);
        Length += bytes.Length;
    }
}

/// <summary>Reads the frames back, checking each, and the whole at the end.</summary>
internal sealed class BackupReader(Stream file) : IDisposable
{
    /// <summary>No frame is larger; a larger length is damage.</summary>
    public const int FrameBytesMax = 128 * 1024 * 1024;

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] buffer = new byte[1024 * 1024];
    private long offset;

    /// <summary>The payload of the frame that <see cref="Read"/> answered, valid until the next.</summary>
    public ReadOnlyMemory<byte> Payload { get; private set; }

    /// <exception cref="InvalidDataException">This is no backup, or one of another version.</exception>
    public void Begin()
    {
        var magic = new byte[BackupWriter.Magic.Length];
        if (file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length || !BackupWriter.Magic.SequenceEqual(magic))
            throw new InvalidDataException("This is no Slipway backup of format 1: its first bytes are others.");
        hash.AppendData(magic);
        offset = magic.Length;
    }

    /// <exception cref="InvalidDataException">The file is cut off or changed; the text says where.</exception>
    public BackupFrame Read()
    {
        var head = new byte[5];
        Fill(head);
        var (kind, length) = ((BackupFrame)head[0], BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(1)));
        if (!Enum.IsDefined(kind) || length is < 0 or > FrameBytesMax) throw Damaged("holds no frame");
        if (buffer.Length < length) buffer = new byte[length];
        var expected = new byte[SHA256.HashSizeInBytes];
        if (kind is BackupFrame.End) hash.GetCurrentHash(expected);
        hash.AppendData(head);
        var payload = buffer.AsSpan(0, length);
        Fill(payload);
        hash.AppendData(payload);
        var check = new byte[4];
        Fill(check);
        hash.AppendData(check);
        if (BinaryPrimitives.ReadUInt32LittleEndian(check) != Crc32C.Of(payload)) throw Damaged("fails its checksum");
        if (kind is BackupFrame.End && !payload.SequenceEqual(expected)) throw Damaged("does not carry the digest of what came before it");
        Payload = buffer.AsMemory(0, length);
        return kind;
    }

    public void Dispose() => hash.Dispose();

    private void Fill(Span<byte> bytes)
    {
        if (file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new InvalidDataException($"The backup is cut off after {offset:N0} bytes. Use another copy.");
        offset += bytes.Length;
    }

    private InvalidDataException Damaged(string what) => new($"The backup is damaged: the frame before byte {offset:N0} {what}. Use another copy.");
}

/// <summary>Rows as bytes: each value is a tag and its content; the same for both databases.</summary>
internal static class BackupRows
{
    private const byte Null = 0, Integer = 1, Real = 2, Text = 3, Bytes = 4;

    public static void Write(BinaryWriter to, Row row, int columns)
    {
        for (var i = 0; i < columns; i++)
        {
            var value = row.Value(i);
            switch (value.Type)
            {
                case Arg.Kind.Null:
                    to.Write(Null);
                    break;
                case Arg.Kind.Long:
                    to.Write(Integer);
                    to.Write7BitEncodedInt64(value.Number);
                    break;
                case Arg.Kind.Double:
                    to.Write(Real);
                    to.Write(value.Real);
                    break;
                case Arg.Kind.Text:
                    to.Write(Text);
                    to.Write(value.Text);
                    break;
                default:
                    to.Write(Bytes);
                    to.Write7BitEncodedInt(value.Memory.Length);
                    to.Write(value.Memory.Span);
                    break;
            }
        }
    }

    public static Arg[] Read(BinaryReader from, int columns)
    {
        var row = new Arg[columns];
        for (var i = 0; i < columns; i++)
            row[i] = from.ReadByte() switch
            {
                Null => Arg.Null,
                Integer => from.Read7BitEncodedInt64(),
                Real => from.ReadDouble(),
                Text => from.ReadString(),
                Bytes => from.ReadBytes(from.Read7BitEncodedInt()),
                var tag => throw new InvalidDataException($"A row of the backup holds the unknown tag {tag}."),
            };
        return row;
    }

    public static BinaryReader Reader(ReadOnlyMemory<byte> payload) => new(new MemoryStream(payload.ToArray(), writable: false), Encoding.UTF8);
}
