using System.Buffers.Binary;
using System.Formats.Tar;
using System.Text;
using Slipway.Registry;
using static Slipway.Tests.Registry.Pickles;

namespace Slipway.Tests.Registry;

/// <summary>Archives that lie about themselves, bombs, and what real libraries write.</summary>
public sealed class ArchiveScanTests
{
    private static readonly byte[] Evil = Call("posix", "system");

    private static string Said(byte[] content, string name = "model.zip") => string.Join('\n', (Scan(content, name).Findings ?? []).Select(static finding => $"{finding.Severity} {finding.Inside}: {finding.What}"));

    private static byte[] With(byte[] content, int at, int value, int bytes = 2)
    {
        content = [.. content];
        if (bytes == 2) BinaryPrimitives.WriteUInt16LittleEndian(content.AsSpan(at), (ushort)value);
        else BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(at), value);
        return content;
    }

    private static int Directory(byte[] zip) => zip.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x50, 0x4b, 0x01, 0x02]);

    [Fact]
    public void Directory_and_headers_must_agree()
    {
        var zip = Zip(("archive/data.pkl", Evil), ("archive/version", "3\n"u8.ToArray()));
        Assert.DoesNotContain("differ", Said(zip), StringComparison.Ordinal);
        var directory = zip.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x50, 0x4b, 0x01, 0x02]);
        // The name in the header, the packing in the directory, the flag of encryption in either: each made one scanner or another give up, and PyTorch read on.
        var name = (byte[])[.. zip];
        name[30] = (byte)'x';
        Assert.Contains("Its header calls it 'xrchive/data.pkl'", Said(name), StringComparison.Ordinal);
        Assert.Contains("how it is packed", Said(With(zip, directory + 10, 8)), StringComparison.Ordinal);
        foreach (var at in (int[])[6, directory + 8]) Assert.Contains("marked as encrypted", Said(With(zip, at, zip[at] | 1)), StringComparison.Ordinal);
        // In each the pickle is looked at all the same.
        foreach (var odd in (byte[][])[name, With(zip, 6, zip[6] | 1), With(zip, 14, 0x1234)]) Assert.Contains("posix.system", Said(odd), StringComparison.Ordinal);
        Assert.Contains("beyond the archive", Said(With(zip, directory + 42, 0x7fffff00, 4)), StringComparison.Ordinal);
        Assert.Contains("no header where the directory says", Said(With(zip, directory + 42, 5, 4)), StringComparison.Ordinal);
        Assert.Contains("says that it has 9 entries", Said(With(zip, zip.Length - 12, 9)), StringComparison.Ordinal);
        Assert.Contains("longer than the archive", Said(With(zip, directory + 20, 0x00ffffff, 4)), StringComparison.Ordinal);
        Assert.Contains("by method 97", Said(With(With(zip, directory + 10, 97), 8, 97)), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_twice_hidden_bytes_and_what_surrounds_an_archive_are_told()
    {
        Assert.Contains("this name twice", Said(Zip(("a.pkl", [1]), ("a.pkl", Evil))), StringComparison.Ordinal);
        Assert.Contains("this name twice", Said(Zip(("a.pkl", [1]), ("A.PKL", Evil))), StringComparison.Ordinal);
        var zip = Zip(("a", "hello"u8.ToArray()));
        Assert.Equal("", Said(zip));
        Assert.Contains("stands before", Said([.. "hello, hello"u8, .. zip]), StringComparison.Ordinal);
        Assert.Contains("behind the archive's end", Said([.. zip, .. "hello, hello"u8]), StringComparison.Ordinal);
        Assert.Contains("has no directory", Said(zip[..^30]), StringComparison.Ordinal);
        var directory = Directory(zip);
        // An entry that the directory does not have, and readers that go from header to header see.
        var hidden = Zip(("b.pkl", Evil));
        byte[] spliced = [.. hidden[..Directory(hidden)], .. zip];
        Assert.NotEqual("", Said(spliced));
        byte[] between = [.. zip[..directory], .. new byte[100], .. zip[directory..]];
        Assert.Contains("belong to none", Said(With(between, between.Length - 6, directory + 100, 4)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("/etc/passwd")]
    [InlineData("..\\evil")]
    [InlineData("C:\\evil")]
    public void Names_that_leave_the_folder_are_unsafe(string name)
    {
        Assert.Contains("unsafe", Said(Zip((name, [1]))), StringComparison.Ordinal);
        Assert.Contains("unsafe", Said(Tar((name, [1])), "model.tar"), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_and_devices_in_archives_are_told()
    {
        using var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "link") { LinkName = "/etc/passwd" });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "hard") { LinkName = "../x" });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.Fifo, "pipe"));
        }
        var said = Said(stream.ToArray(), "m.tar");
        Assert.Contains("unsafe link: It is a link to '/etc/passwd'", said, StringComparison.Ordinal);
        Assert.Contains("unsafe hard", said, StringComparison.Ordinal);
        Assert.Contains("suspicious pipe", said, StringComparison.Ordinal);
        var zip = Zip(("link", "/etc/passwd"u8.ToArray()));
        var directory = Directory(zip);
        zip[directory + 5] = 3;
        Assert.Contains("unsafe link: It is a link", Said(With(zip, directory + 40, 0xa1ff)), StringComparison.Ordinal);
    }

    [Fact]
    public void Bombs_end_at_limits()
    {
        var zeros = new byte[300 << 20];
        Assert.Contains("300 times its size", Said(Gzip(zeros), "bomb.gz"), StringComparison.Ordinal);
        Assert.Contains("300 times its size", Said(Zip(("bomb", zeros))), StringComparison.Ordinal);
        var nested = Evil;
        for (var i = 0; i < 12; i++) nested = Zip(("x.zip", nested));
        Assert.Contains("nested more than 8 deep", Said(nested), StringComparison.Ordinal);
        Assert.Contains("more than 1,000,000 bytes", string.Join(' ', Scan(Gzip([.. Enumerable.Range(0, 2_000_000).Select(static i => (byte)(i * i >> 7))]), "a.gz", new ScanLimits { UnpackedBytes = 1_000_000 }).Findings!.Select(static one => one.What)), StringComparison.Ordinal);
        Assert.Contains("more than 10 entries", string.Join(' ', Scan(Zip([.. Enumerable.Range(0, 20).Select(static i => ($"f{i}", (byte[])[1]))]), "a.zip", new ScanLimits { Entries = 10 }).Findings!.Select(static one => one.What)), StringComparison.Ordinal);
        // Overlapping entries, which unpack the same bytes again and again
        var zip = Zip(("a", Encoding.ASCII.GetBytes(new string('x', 99))), ("b", [1, 2, 3]));
        Assert.Contains("overlap", Said(With(zip, zip.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x50, 0x4b, 0x01, 0x02]) + 20, 120, 4)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_looked_into_is_named()
    {
        foreach (var (magic, name) in new (byte[], string)[] { ([0x5d, 0, 0, 0x80], "lzma"), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "xz"), ([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "7z"), ([0x04, 0x22, 0x4d, 0x18], "lz4"), ([0x28, 0xb5, 0x2f, 0xfd], "zstd") })
            Assert.Contains($"packed as {name}", Said([.. magic, .. new byte[100]], "m.joblib"), StringComparison.Ordinal);
        Assert.Contains("program or native library", Said([0x7f, (byte)'E', (byte)'L', (byte)'F', .. new byte[100]], "ops.so"), StringComparison.Ordinal);
        Assert.Contains("Lambda layer", Said(Zip(("config.json", Encoding.UTF8.GetBytes("{\"layers\": [{\"class_name\": \"Lambda\", \"config\": {}}]}"))), "m.keras"), StringComparison.Ordinal);
        Assert.Contains("WriteFile", Said("\u0008\u0001 xx WriteFile"u8.ToArray(), "saved_model.pb"), StringComparison.Ordinal);
        Assert.Contains("cannot be unpacked", Said([.. Gzip(new byte[10_000])[..12], .. Enumerable.Repeat((byte)0xff, 50)], "a.gz"), StringComparison.Ordinal);
    }

    [Fact]
    public void No_archive_makes_the_scan_fail()
    {
        var random = new Random(5);
        byte[][] seeds = [Zip(("a/data.pkl", Evil), ("b", new byte[300])), Tar(("a.pkl", Evil)), Gzip(Evil), Zlib(Evil), Gzip(Tar(("z.zip", Zip(("m.pkl", Evil)))))];
        for (var i = 0; i < 6_000; i++)
        {
            byte[] content = [.. seeds[random.Next(seeds.Length)]];
            for (var change = random.Next(1, 8); change > 0; change--) content[random.Next(content.Length)] = random.Next(3) == 0 ? (byte)0xff : (byte)random.Next(256);
            if (random.Next(4) == 0) content = content[..random.Next(content.Length)];
            Scan(content, "fuzz.bin", new ScanLimits { UnpackedBytes = 10 << 20 });
        }
    }
}
