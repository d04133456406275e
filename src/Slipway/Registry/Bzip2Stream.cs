namespace Slipway.Registry;

/// <summary>
/// Unpacks bzip2, one stream or several one after another, as joblib and tar write it; .NET has no reader. Believes nothing: whatever does not fit is an
/// <see cref="InvalidDataException"/>, and a block takes 4 MB of memory whatever it says.
/// Format: the bzip2 1.0 file format (blocks of Burrows-Wheeler transformed, move-to-front and Huffman coded bytes).
/// </summary>
internal sealed class Bzip2Stream(Stream packed) : Stream
{
    private const long BlockMagic = 0x314159265359, EndMagic = 0x177245385090;
    private const int BlockUnit = 100_000, GroupSymbols = 50, LengthMax = 20, SelectorsMax = 18_002, RunA = 0, RunB = 1;

    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(static one =>
    {
        var crc = (uint)one << 24;
        for (var bit = 0; bit < 8; bit++) crc = (crc & 0x80000000) != 0 ? crc << 1 ^ 0x04c11db7 : crc << 1;
        return crc;
    })];

    private readonly byte[] input = new byte[32 << 10];
    private int inputAt, inputEnd, bitCount;
    private ulong bits;

    // Each entry: the byte, and above it where the next one is.
    private int[] chain = [];
    private int at, left, last, equal, repeat;
    private uint blockCrc, streamCrc, expectedCrc;
    private bool inStream, inBlock, ended;

    private sealed record Code(int[] Limit, int[] Offset, int[] Symbols, int Shortest);

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var count = 0;
        for (; count < buffer.Length && Next() is >= 0 and var one; count++) buffer[count] = (byte)one;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    // Four equal bytes are followed by how many more of them there are.
    private int Next()
    {
        while (true)
        {
            if (repeat > 0)
            {
                repeat--;
                return Out(last);
            }
            while (left == 0)
                if (!NextBlock()) return -1;
            at = chain[at >> 8];
            var one = at & 0xff;
            left--;
            if (equal == 4)
            {
                (repeat, equal) = (one, 0);
                continue;
            }
            (equal, last) = (one == last ? equal + 1 : 1, one);
            return Out(one);
        }
    }

    private int Out(int one)
    {
        blockCrc = blockCrc << 8 ^ CrcTable[(int)(blockCrc >> 24) ^ one];
        return one;
    }

    private bool NextBlock()
    {
        if (ended) return false;
        if (inBlock)
        {
            inBlock = false;
            if (~blockCrc != expectedCrc) throw new InvalidDataException("A block of bzip2 does not have the check sum that it says.");
            streamCrc = (streamCrc << 1 | streamCrc >> 31) ^ expectedCrc;
        }
        while (true)
        {
            if (!inStream && !BeginStream()) return false;
            var magic = (long)Bits(24) << 24 | (uint)Bits(24);
            if (magic == BlockMagic) break;
            if (magic != EndMagic) throw new InvalidDataException("Neither a block nor the end of bzip2 stands where one should.");
            if ((uint)(Bits(16) << 16 | Bits(16)) != streamCrc) throw new InvalidDataException("A stream of bzip2 does not have the check sum that it says.");
            bitCount -= bitCount % 8;
            inStream = false;
        }
        expectedCrc = (uint)(Bits(16) << 16 | Bits(16));
        if (Bits(1) != 0) throw new InvalidDataException("A block of bzip2 is scrambled, as only versions before 1996 did.");
        var origin = Bits(24);
        Unravel(origin, ReadBlock());
        (blockCrc, last, equal, repeat, inBlock) = (uint.MaxValue, -1, 0, 0, true);
        return true;
    }

    private bool BeginStream()
    {
        if (!Ahead(8))
        {
            ended = true;
            return false;
        }
        if (Bits(8) != 'B' || Bits(8) != 'Z' || Bits(8) != 'h' || Bits(8) - '0' is not (>= 1 and <= 9 and var level)) throw new InvalidDataException("Something that is no bzip2 stands where a stream of it should begin.");
        if (chain.Length < level * BlockUnit) chain = new int[level * BlockUnit];
        (inStream, streamCrc) = (true, 0);
        return true;
    }

    /// <summary>Reads the symbols of a block into the low bytes of <see cref="chain"/>; answers how often each byte stands there.</summary>
    private int[] ReadBlock()
    {
        var used = new List<byte>();
        var ranges = Bits(16);
        for (var range = 0; range < 16; range++)
            if ((ranges & 0x8000 >> range) != 0)
                for (int map = Bits(16), one = 0; one < 16; one++)
                    if ((map & 0x8000 >> one) != 0) used.Add((byte)(range * 16 + one));
        if (used.Count == 0) throw new InvalidDataException("A block of bzip2 uses no byte.");
        var tables = Bits(3);
        var selectorCount = Bits(15);
        if (tables is < 2 or > 6 || selectorCount == 0) throw new InvalidDataException("A block of bzip2 has no tables.");
        var selectors = Selectors(tables, selectorCount);
        var codes = new Code[tables];
        for (var table = 0; table < tables; table++) codes[table] = ReadCode(used.Count + 2);
        return Symbols(used, selectors, codes);
    }

    private byte[] Selectors(int tables, int count)
    {
        var front = Enumerable.Range(0, tables).Select(static one => (byte)one).ToArray();
        var selectors = new byte[Math.Min(count, SelectorsMax)];
        for (var i = 0; i < count; i++)
        {
            var place = 0;
            while (Bits(1) != 0)
                if (++place >= tables) throw new InvalidDataException("A block of bzip2 selects a table that it does not have.");
            var chosen = front[place];
            front.AsSpan(0, place).CopyTo(front.AsSpan(1));
            front[0] = chosen;
            if (i < selectors.Length) selectors[i] = chosen;
        }
        return selectors;
    }

    private Code ReadCode(int symbols)
    {
        var lengths = new int[symbols];
        var length = Bits(5);
        for (var symbol = 0; symbol < symbols; symbol++)
        {
            while (true)
            {
                if (length is < 1 or > LengthMax) throw new InvalidDataException("A code of bzip2 is too long.");
                if (Bits(1) == 0) break;
                length += Bits(1) == 0 ? 1 : -1;
            }
            lengths[symbol] = length;
        }
        // Canonical codes: of each length the largest one, and what to take away to get the symbol's place.
        var (limit, offset, sorted) = (new int[LengthMax + 2], new int[LengthMax + 2], new int[symbols]);
        int code = 0, place = 0;
        for (var bitLength = 1; bitLength <= LengthMax; bitLength++)
        {
            offset[bitLength] = place - code;
            for (var symbol = 0; symbol < symbols; symbol++)
                if (lengths[symbol] == bitLength)
                {
                    sorted[place++] = symbol;
                    code++;
                }
            limit[bitLength] = code - 1;
            code <<= 1;
        }
        return new Code(limit, offset, sorted, lengths.Min());
    }

    private int[] Symbols(List<byte> used, byte[] selectors, Code[] codes)
    {
        var (counts, size, end) = (new int[256], 0, used.Count + 1);
        var front = used.ToArray();
        int group = -1, inGroup = 0, run = 0, weight = 1;
        while (true)
        {
            if (inGroup-- == 0)
            {
                if (++group >= selectors.Length) throw new InvalidDataException("A block of bzip2 is longer than its tables.");
                inGroup = GroupSymbols - 1;
            }
            var symbol = Symbol(codes[selectors[group]]);
            if (symbol is RunA or RunB)
            {
                // Digits 1 and 2 of a number to the base of 2.
                if (weight > chain.Length) throw new InvalidDataException("A run in a block of bzip2 is longer than the block.");
                run += weight << symbol;
                weight <<= 1;
                continue;
            }
            if (run > 0)
            {
                if (run > chain.Length - size) throw TooLong();
                counts[front[0]] += run;
                chain.AsSpan(size, run).Fill(front[0]);
                size += run;
                (run, weight) = (0, 1);
            }
            if (symbol == end) break;
            if (size == chain.Length) throw TooLong();
            var one = front[symbol - 1];
            front.AsSpan(0, symbol - 1).CopyTo(front.AsSpan(1));
            front[0] = one;
            counts[one]++;
            chain[size++] = one;
        }
        left = size;
        return counts;
    }

    private int Symbol(Code code)
    {
        var value = Bits(code.Shortest);
        for (var length = code.Shortest; length <= LengthMax; length++)
        {
            if (value <= code.Limit[length]) return value + code.Offset[length] is var place && (uint)place < (uint)code.Symbols.Length ? code.Symbols[place] : throw new InvalidDataException("A code of bzip2 means nothing.");
            value = value << 1 | Bits(1);
        }
        throw new InvalidDataException("A code of bzip2 means nothing.");
    }

    // The transform backwards: each byte is followed by where the next one stands.
    private void Unravel(int origin, int[] counts)
    {
        if (left == 0)
        {
            if (origin != 0) throw new InvalidDataException("An empty block of bzip2 begins somewhere.");
            return;
        }
        if (origin >= left) throw new InvalidDataException("A block of bzip2 begins behind its end.");
        var from = new int[256];
        for (int one = 0, sum = 0; one < 256; sum += counts[one++]) from[one] = sum;
        for (var i = 0; i < left; i++) chain[from[chain[i] & 0xff]++] |= i << 8;
        at = chain[origin] >> 8 << 8;
    }

    private bool Ahead(int count)
    {
        while (bitCount < count)
        {
            if (inputAt == inputEnd)
            {
                (inputAt, inputEnd) = (0, packed.Read(input, 0, input.Length));
                if (inputEnd == 0) return false;
            }
            bits = bits << 8 | input[inputAt++];
            bitCount += 8;
        }
        return true;
    }

    private int Bits(int count)
    {
        if (!Ahead(count)) throw new InvalidDataException("bzip2 ends before its end.");
        bitCount -= count;
        return (int)(bits >> bitCount & (1UL << count) - 1);
    }

    private static InvalidDataException TooLong() => new("A block of bzip2 is longer than it may be.");

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
