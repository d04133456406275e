using System.Buffers;
using System.Buffers.Binary;

namespace Slipway.Cli.Import.TensorBoard;

/// <summary>How reading a file of records ended.</summary>
internal enum RecordsEnd
{
    /// <summary>Nothing more is there, or only the beginning of a record: normal for a file that is still written.</summary>
    Here,

    /// <summary>A record's length does not match its checksum: nothing behind it can be found.</summary>
    Damaged,

    /// <summary>A record is larger than <see cref="EventRecords.BytesMax"/>.</summary>
    TooLarge,
}

/// <summary>
/// The records of a TensorBoard event file: length (8 bytes), its masked CRC-32C, content, its masked CRC-32C. Reads on from where it stopped when the
/// file has grown. A record whose content is damaged is counted and passed over; one whose length is damaged ends the file.
/// </summary>
internal sealed class EventRecords(string path)
{
    /// <summary>The largest record, in bytes: graphs and images are large, but a length of exabytes is damage that met a matching checksum.</summary>
    public const int BytesMax = 256 << 20;

    private const int HeadBytes = 12, TailBytes = 4;

    private byte[] buffer = [];

    /// <summary>Where the next record begins, in bytes.</summary>
    public long Offset { get; private set; }

    /// <summary>Records with damaged content.</summary>
    public long Damaged { get; private set; }

    public string Path => path;

    /// <summary>Gives the whole records from <see cref="Offset"/> on to a visitor, as many as there are and at most <paramref name="most"/>.</summary>
    /// <param name="visit">Gets the record's content, valid until it returns.</param>
    /// <param name="most">A bound on the work of one call.</param>
    /// <param name="more">True when the bound was met: call again.</param>
    public RecordsEnd Read(Action<ReadOnlySpan<byte>> visit, int most, out bool more)
    {
        more = false;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.SequentialScan);
        if (file.Length <= Offset) return RecordsEnd.Here;
        file.Position = Offset;
        Span<byte> head = stackalloc byte[HeadBytes];
        for (var count = 0; ; count++)
        {
            if (count == most)
            {
                more = true;
                return RecordsEnd.Here;
            }
            if (file.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false) < HeadBytes) return RecordsEnd.Here;
            if (BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) != Masked(head[..8])) return RecordsEnd.Damaged;
            var length = BinaryPrimitives.ReadUInt64LittleEndian(head);
            if (length > BytesMax) return RecordsEnd.TooLarge;
            // What the file does not hold is not reserved memory for.
            if (file.Length - file.Position < (long)length + TailBytes) return RecordsEnd.Here;
            var size = (int)length + TailBytes;
            if (buffer.Length < size)
            {
                if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
                buffer = ArrayPool<byte>.Shared.Rent(size);
            }
            if (file.ReadAtLeast(buffer.AsSpan(0, size), size, throwOnEndOfStream: false) < size) return RecordsEnd.Here;
            var content = buffer.AsSpan(0, (int)length);
            if (BinaryPrimitives.ReadUInt32LittleEndian(buffer.AsSpan((int)length)) == Masked(content)) visit(content);
            else Damaged++;
            Offset += HeadBytes + size;
        }
    }

    /// <summary>CRC-32C, rotated and shifted by a constant so that a checksum of data that holds checksums stays a good one.</summary>
    public static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = Crc32C.Of(bytes);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8);
    }
}
