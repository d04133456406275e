using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Slipway.Registry;

namespace Slipway.Tests.Registry;

/// <summary>Pickles and archives as bytes, for what no library writes.</summary>
internal static class Pickles
{
    /// <summary>Texts are taken letter by letter as bytes, so that opcodes and their arguments are written as they are.</summary>
    public static byte[] Of(params object[] parts) => [.. parts.SelectMany(static part => part switch
    {
        string text => Encoding.Latin1.GetBytes(text),
        byte[] bytes => bytes,
        int one => [(byte)one],
        _ => throw new ArgumentException(part.ToString()),
    })];

    /// <summary>A short text of protocol 4.</summary>
    public static byte[] Text(string text) => Of(0x8c, (int)(byte)text.Length, text);

    /// <summary>Imports and calls with a text, by the opcode of protocol 4.</summary>
    public static byte[] Call(string module, string name, string argument = "id") => Of(0x80, 4, Text(module), Text(name), 0x93, Text(argument), 0x85, "R.");

    /// <summary>What the scan says of one file.</summary>
    public static ScannedFile Scan(byte[] content, string name = "model.pkl", ScanLimits? limits = null) => FileScan.Run(name, new MemoryStream(content), limits);

    /// <summary>What the scan comes down to.</summary>
    public static string Status(byte[] content, string name = "model.pkl") => ModelScan.StatusOf(Scan(content, name).Findings ?? []);

    public static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name, content.Length > 100 ? CompressionLevel.SmallestSize : CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        return stream.ToArray();
    }

    public static byte[] Tar(params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, leaveOpen: true))
            foreach (var (name, content) in entries) tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        return stream.ToArray();
    }

    public static byte[] Gzip(byte[] content) => Pack(content, static into => new GZipStream(into, CompressionLevel.SmallestSize));

    public static byte[] Zlib(byte[] content) => Pack(content, static into => new ZLibStream(into, CompressionLevel.SmallestSize));

    private static byte[] Pack(byte[] content, Func<Stream, Stream> by)
    {
        using var stream = new MemoryStream();
        using (var packed = by(stream)) packed.Write(content);
        return stream.ToArray();
    }
}
