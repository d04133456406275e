using System.Buffers.Binary;

namespace Slipway.Registry;

/// <summary>What a content is, by its first bytes.</summary>
internal enum FileForm
{
    /// <summary>Something else, or a pickle without a header.</summary>
    Other,
    /// <summary>A pickle that says so (protocol 2 and later).</summary>
    Pickle,
    /// <summary>A zip archive: also PyTorch's, numpy's npz, Keras's.</summary>
    Zip,
    /// <summary>gzip.</summary>
    Gzip,
    /// <summary>zlib, as joblib packs.</summary>
    Zlib,
    /// <summary>bzip2, as joblib packs when it is asked to.</summary>
    Bzip2,
    /// <summary>A tar archive.</summary>
    Tar,
    /// <summary>An array of numpy.</summary>
    Npy,
    /// <summary>HDF5, as Keras keeps models.</summary>
    Hdf5,
    /// <summary>Packed in a way that is not read here.</summary>
    Packed,
    /// <summary>A program or a native library.</summary>
    Program,
}

/// <summary>Tells contents apart.</summary>
internal static class FileKind
{
    private static readonly (byte[] Magic, string Name)[] Unreadable =
    [
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "xz"), ([0x5d, 0x00, 0x00], "lzma"), ([0x04, 0x22, 0x4d, 0x18], "lz4"), ([0x28, 0xb5, 0x2f, 0xfd], "zstd"),
        ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "7z"), ([0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], "rar"), ([0x1f, 0x9d], "compress"), ([0x1f, 0xa0], "compress"), ([0x4d, 0x53, 0x43, 0x46], "cab"),
    ];

    /// <summary>By at least 512 bytes of its beginning, where there are that many.</summary>
    public static FileForm Of(ReadOnlySpan<byte> head)
    {
        if (head.Length >= 2 && head[0] == 0x80 && head[1] <= 5) return FileForm.Pickle;
        if (head.StartsWith("PK\x03\x04"u8) || head.StartsWith("PK\x05\x06"u8) || head.StartsWith("PK\x07\x08"u8)) return FileForm.Zip;
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b])) return FileForm.Gzip;
        if (head.StartsWith("BZh"u8)) return FileForm.Bzip2;
        if (head.StartsWith((ReadOnlySpan<byte>)[0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'])) return FileForm.Npy;
        if (head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'H', (byte)'D', (byte)'F', 0x0d, 0x0a, 0x1a, 0x0a])) return FileForm.Hdf5;
        if (PackedName(head) is not null) return FileForm.Packed;
        if (head.StartsWith("\x7f"u8) && head[1..].StartsWith("ELF"u8) || head.StartsWith("MZ"u8) && head.Length > 64 && head[2..64].ContainsAnyInRange((byte)0, (byte)8) || IsMachO(head)) return FileForm.Program;
        if (IsTar(head)) return FileForm.Tar;
        // Method 8, a window of at most 32 KiB, and a check that leaves no remainder: one text in some thousands looks like that, and then does not unpack.
        if (head.Length >= 2 && (head[0] & 0x0f) == 8 && head[0] >> 4 <= 7 && head[0] == 0x78 && (head[0] << 8 | head[1]) % 31 == 0) return FileForm.Zlib;
        return FileForm.Other;
    }

    /// <summary>The name of a packing that is not read here; null for all else.</summary>
    public static string? PackedName(ReadOnlySpan<byte> head)
    {
        foreach (var (magic, name) in Unreadable)
            if (head.StartsWith(magic)) return name;
        return null;
    }

    /// <summary>By the check sum of its first header: the older forms have no magic word.</summary>
    private static bool IsTar(ReadOnlySpan<byte> head)
    {
        if (head.Length < 512 || head[0] == 0) return false;
        var (sum, said) = (0L, 0L);
        for (var i = 0; i < 512; i++) sum += i is >= 148 and < 156 ? ' ' : head[i];
        foreach (var digit in head[148..156])
            if (digit is >= (byte)'0' and <= (byte)'7') said = said * 8 + digit - '0';
            else if (said > 0) break;
        return said > 0 && sum == said;
    }

    private static bool IsMachO(ReadOnlySpan<byte> head) => head.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(head) is 0xfeedface or 0xfeedfacf or 0xcefaedfe or 0xcffaedfe;
}
