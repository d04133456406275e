using System.Buffers.Binary;

namespace Slipway.Cli.Import.Wandb;

/// <summary>
/// The records of a W&amp;B offline log (.wandb): a header of 7 bytes, then a LevelDB log: blocks of 32,768 bytes, in them chunks of CRC-32, length,
/// type (whole, first, middle, last) and content. After damage reading goes on at the next block; a file that ends in a record is a live one.
/// </summary>
internal sealed class WandbLog(string path)
{
    public const int HeaderBytes = 7;

    /// <summary>The largest record, in bytes.</summary>
    public const int BytesMax = 256 << 20;

    private const int BlockBytes = 32_768, ChunkHeadBytes = 7, BlocksAtOnce = 16;

    private enum Chunk
    {
        Whole = 1,
        First = 2,
        Middle = 3,
        Last = 4,
    }

    private readonly byte[] block = new byte[BlockBytes];
    private byte[] record = [];
    private long position;
    private int recordBytes;
    private bool inRecord;

    public string Path => path;

    /// <summary>Places where something was damaged; each costs at most the rest of a block and the record it lies in.</summary>
    public long Damaged { get; private set; }

    /// <summary>Where the first of them is, in bytes; -1 when there is none.</summary>
    public long FirstDamage { get; private set; } = -1;

    /// <summary>Goes back to the beginning.</summary>
    public void Rewind() => (position, Damaged, FirstDamage, inRecord, recordBytes) = (0, 0, -1, false, 0);

    /// <summary>Visits the whole records of the next half megabyte; false at the end.</summary>
    /// <param name="visit">Gets the record, valid until it returns.</param>
    /// <exception cref="InvalidDataException">This is no such file.</exception>
    public bool Next(Action<ReadOnlySpan<byte>> visit)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.SequentialScan);
        file.Position = position;
        for (var count = 0; count < BlocksAtOnce; count++)
        {
            var length = file.ReadAtLeast(block, BlockBytes, throwOnEndOfStream: false);
            if (position == 0 && !IsHeader(block.AsSpan(0, length))) throw new InvalidDataException("it does not begin as a W&B log does (\":W&B\", 0xBEE1, version 0)");
            Block(block.AsSpan(0, length), position, position == 0 ? HeaderBytes : 0, visit);
            position += length;
            if (length < BlockBytes) return false;
        }
        return true;
    }

    /// <summary>CRC-32 of IEEE 802.3, reflected 0xEDB88320, as zlib has it.</summary>
    public static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes) crc = Table[(byte)(crc ^ one)] ^ (crc >> 8);
        return ~crc;
    }

    private void Block(ReadOnlySpan<byte> block, long start, int at, Action<ReadOnlySpan<byte>> visit)
    {
        while (block.Length - at >= ChunkHeadBytes)
        {
            var head = block[at..];
            var (length, type) = ((int)BinaryPrimitives.ReadUInt16LittleEndian(head[4..]), head[6]);
            if (type == 0 && length == 0) return; // room that was reserved and not used
            if (length > head.Length - ChunkHeadBytes)
            {
                // In the last block the file ends here; in another a chunk cannot pass the block's end.
                if (block.Length == BlockBytes) Damage(start + at);
                return;
            }
            if (BinaryPrimitives.ReadUInt32LittleEndian(head) != Crc(head.Slice(6, 1 + length)) || type is 0 or > 4)
            {
                Damage(start + at);
                return;
            }
            Take((Chunk)type, head.Slice(ChunkHeadBytes, length), start + at, visit);
            at += ChunkHeadBytes + length;
        }
    }

    private void Take(Chunk type, ReadOnlySpan<byte> content, long at, Action<ReadOnlySpan<byte>> visit)
    {
        if (type is Chunk.Whole or Chunk.First)
        {
            if (inRecord) Damage(at);
            (inRecord, recordBytes) = (type is Chunk.First, 0);
            if (type is Chunk.Whole) visit(content);
        }
        // Where the beginning was damaged the rest is passed over: it was counted then.
        if (type is Chunk.Whole || !inRecord) return;
        if (recordBytes + content.Length > BytesMax)
        {
            Damage(at);
            return;
        }
        if (recordBytes + content.Length > record.Length) Array.Resize(ref record, Math.Max(recordBytes + content.Length, Math.Min(BytesMax, record.Length * 2)));
        content.CopyTo(record.AsSpan(recordBytes));
        recordBytes += content.Length;
        if (type is not Chunk.Last) return;
        inRecord = false;
        visit(record.AsSpan(0, recordBytes));
    }

    private void Damage(long at)
    {
        if (FirstDamage < 0) FirstDamage = at;
        Damaged++;
        inRecord = false;
    }

    private static bool IsHeader(ReadOnlySpan<byte> begin) => begin.Length >= HeaderBytes && begin[..4].SequenceEqual(":W&B"u8) && BinaryPrimitives.ReadUInt16LittleEndian(begin[4..]) == 0xBEE1;

    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(n =>
    {
        var c = (uint)n;
        for (var bit = 0; bit < 8; bit++) c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
        return c;
    })];
}
