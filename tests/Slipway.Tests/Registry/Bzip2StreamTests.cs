using System.Text;
using Slipway.Registry;

namespace Slipway.Tests.Registry;

/// <summary>bzip2 as other programs wrote it (Python's bz2, base64 here), and as nobody should.</summary>
public sealed class Bzip2StreamTests
{
    private const string Hello = "QlpoOTFBWSZTWctS5WcAAAVRAAAQQAQCRKAAISQxCGAvGETHFReLuSKcKEhlqXKzgA==", Blocks = "QlpoMTFBWSZTWVoLN+QAQRcBADgAIAAwzAUppqpCB1UhA1UhA8xQVkmU1laCzfkAEEXAQA4ACAAMMwFKaaqQgdVIQNVIQPMUFZJlNZWgs35ABBFwEAOAAgADDMBSmmqkIHVSEDVSEDzFBWSZTWbCfGSYAAAkBADgAIAAwzAmqaYrisV4u5IpwoSF5+Cy6A==", Zeros = "QlpoMTFBWSZTWXnTnkgAB6jAQMAAAAIACCAAMMwJqmmVJDapSQ8XckU4UJB5055I", Empty = "QlpoORdyRThQkAAAAAA=", Two = "QlpoOTFBWSZTWc+6oLQAAAGRAEAAAgGgACGaaDNNDLxdyRThQkM+6oLQQlpoOTFBWSZTWc3cjZoAAACBgAAAhIAgACGYGYRhdyRThQkM3cjZoA==",
        Every = "QlpoOTFBWSZTWba17pUAAAB/////////////////////////////////////////////sADFUgAAAAAAAAAAAAAAAAAAAAABMAmAAAAAAAAAAAAAAEwABMAEmAAmAAJgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAkwAEwABMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPwCAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ent8fX5/gIGCg4SFhoeIiYqLjI2Oj5CRkpWWl5iZmpucnZ6foKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr/AwcLDxMXGxcbHyMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5ufo6err7O3u7/Dx8vP09fb3+Pn6+/z9F3JFOFCQtrXulQ=",
        Evil = "QlpoOTFBWSZTWRW887IAABNTwHhQQAOQQAsi/GBCACAAMU0aANAABT1RoaZpB6TGnqkBUB2RRWCpMT5DYa2jXWxxdMnhCCfxdyRThQkBW887IA==";

    private static byte[] Unpack(byte[] packed, int piece = 70_000)
    {
        using var stream = new Bzip2Stream(new MemoryStream(packed));
        using var whole = new MemoryStream();
        var buffer = new byte[piece];
        for (int read; (read = stream.Read(buffer)) > 0;) whole.Write(buffer, 0, read);
        return whole.ToArray();
    }

    private static byte[] Bytes(string base64) => Convert.FromBase64String(base64);

    [Fact]
    public void What_others_packed_is_unpacked()
    {
        foreach (var piece in (int[])[1, 7, 70_000])
        {
            Assert.Equal("hello, hello, hello\n", Encoding.ASCII.GetString(Unpack(Bytes(Hello), piece)));
            Assert.Equal("one two", Encoding.ASCII.GetString(Unpack(Bytes(Two), piece)));
            Assert.Equal(Enumerable.Range(0, 256).Select(static one => (byte)one), Unpack(Bytes(Every), piece));
            Assert.Empty(Unpack(Bytes(Empty), piece));
        }
        // Several blocks of a stream, and runs as long as there are.
        Assert.Equal(Enumerable.Repeat("abc"u8.ToArray(), 100_000).SelectMany(static one => one), Unpack(Bytes(Blocks)));
        Assert.Equal(new byte[1_000_000], Unpack(Bytes(Zeros)));
    }

    [Fact]
    public void Whatever_is_changed_or_cut_is_noticed_and_nothing_else_is_thrown()
    {
        foreach (var packed in (byte[][])[Bytes(Hello), Bytes(Two), Bytes(Blocks), Bytes(Every)])
        {
            var whole = Unpack(packed);
            for (var at = 0; at < packed.Length; at++)
                for (var bit = 0; bit < 8; bit++)
                {
                    var odd = (byte[])[.. packed];
                    odd[at] ^= (byte)(1 << bit);
                    byte[]? got = null;
                    try
                    {
                        got = Unpack(odd);
                    }
                    catch (InvalidDataException)
                    {
                        continue;
                    }
                    // A level or a bit between streams may change nothing of what is in it.
                    Assert.Equal(whole, got);
                }
            for (var length = 0; length < packed.Length; length++)
                if (length is not 0) Assert.True(Throws(packed[..length]) || whole.AsSpan().StartsWith(Unpack(packed[..length])));
        }
        Assert.True(Throws([.. Bytes(Hello), .. "behind it"u8]));
        Assert.True(Throws([.. "BZh9"u8, .. new byte[100]]));
        bool Throws(byte[] odd)
        {
            try
            {
                Unpack(odd);
                return false;
            }
            catch (InvalidDataException)
            {
                return true;
            }
        }
    }

    [Fact]
    public void Noise_behind_a_header_ends_quickly()
    {
        var random = new Random(11);
        for (var i = 0; i < 2_000; i++)
        {
            var noise = new byte[random.Next(10, 400)];
            random.NextBytes(noise);
            byte[] packed = [.. "BZh9"u8, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, .. noise];
            Assert.Throws<InvalidDataException>(() => Unpack(packed));
        }
    }

    [Fact]
    public void A_pickle_in_it_is_found()
    {
        foreach (var name in (string[])["model.pkl", "model.joblib", "anything"])
        {
            var finding = Assert.Single(Pickles.Scan(Bytes(Evil), name).Findings ?? [], static one => one.Severity == ModelScan.Unsafe);
            Assert.Contains("system", finding.Name, StringComparison.Ordinal);
        }
        Assert.Contains(Pickles.Scan([.. Bytes(Evil)[..^4]], "model.pkl").Findings!, static one => one.What.Contains("cannot be unpacked to its end", StringComparison.Ordinal));
        Assert.Null(Pickles.Scan(Bytes(Hello), "notes.bz2").Findings);
    }
}
