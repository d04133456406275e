using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Slipway;

/// <summary>CRC-32C (Castagnoli), as iSCSI and ext4 use it: the processor has an instruction for it. Segments, backups, ingest requests and the relay's spool carry it.</summary>
public static class Crc32C
{
    /// <summary>The checksum of the bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words) crc = BitOperations.Crc32C(crc, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        foreach (var one in bytes[(words.Length * 8)..]) crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }
}
