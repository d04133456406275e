using System.Security.Cryptography;
using Slipway.Storage;

namespace Slipway.Tests.Storage;

/// <summary>Sealed content on a real folder: what was put comes back in any range, and nothing else ever does.</summary>
public sealed class SealedBlobsTests : IDisposable
{
    private const int Frame = SealedFrames.PlainBytes;

    private static readonly byte[] Key = [.. Enumerable.Range(1, SealedFrames.KeyBytes).Select(static i => (byte)i)];

    private readonly string folder = Directory.CreateTempSubdirectory("slipway-sealed-").FullName;
    private readonly FolderBlobs blobs;
    private readonly Random random = new(20260821);

    public SealedBlobsTests() => blobs = new FolderBlobs(folder);

    public static TheoryData<int> Sizes => [0, 1, 15, 16, 17, Frame - 1, Frame, Frame + 1, 2 * Frame - 1, 2 * Frame, 2 * Frame + 1, 5 * Frame + 4711];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task Any_size_comes_back_whole_and_in_any_range(int size)
    {
        var (id, content) = await Put(size);
        Assert.Equal(SealedFrames.SealedSize(size), new FileInfo(blobs.PathOf(id)).Length);
        Assert.Equal(content, await Read(id, size, 0, null));
        int[] borders = [0, 1, Frame - 1, Frame, Frame + 1, 2 * Frame, size - 1, size];
        var offsets = borders.Concat(Enumerable.Range(0, 20).Select(_ => random.Next(size + 1))).Where(offset => offset >= 0 && offset <= size).Distinct();
        foreach (var offset in offsets)
            foreach (var length in new long?[] { null, 0, 1, Frame, random.Next(size + 1), size + 10, long.MaxValue })
            {
                var until = length is { } asked && asked < size - offset ? offset + (int)asked : size;
                Assert.Equal(content[offset..until], await Read(id, size, offset, length));
            }
        Assert.Equal(400, (await blobs.OpenSealed(id, size, Key, size + 1, null, default)).Problem?.Status);
    }

    [Fact]
    public async Task Size_and_digest_are_those_of_the_content_and_the_store_holds_none_of_it()
    {
        var content = new byte[3 * Frame];
        Array.Fill(content, (byte)'a');
        var id = BlobId.New();
        var stored = (await blobs.PutSealed(id, new Slow(content, random), Key, default)).Value;
        Assert.Equal(new Stored(content.Length, Convert.ToHexStringLower(SHA256.HashData(content))), stored);
        var raw = await File.ReadAllBytesAsync(blobs.PathOf(id));
        Assert.Equal(-1, raw.AsSpan().IndexOf("aaaa"u8));
        // The same content under another id shares nothing: each blob has a key of its own.
        var again = BlobId.New();
        await blobs.PutSealed(again, new MemoryStream(content), Key, default);
        Assert.NotEqual(raw, await File.ReadAllBytesAsync(blobs.PathOf(again)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(2 * Frame)]
    [InlineData(2 * Frame + 100)]
    public async Task Any_flipped_bit_is_found(int size)
    {
        var (id, _) = await Put(size);
        var path = blobs.PathOf(id);
        var good = await File.ReadAllBytesAsync(path);
        for (var round = 0; round < 60; round++)
        {
            var bad = good.ToArray();
            bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(path, bad);
            await Assert.ThrowsAsync<StorageException>(() => Read(id, size, 0, null));
        }
    }

    [Fact]
    public async Task Frames_that_are_cut_off_exchanged_or_repeated_are_found()
    {
        const int size = 3 * Frame;
        var (id, _) = await Put(size);
        var path = blobs.PathOf(id);
        var good = await File.ReadAllBytesAsync(path);
        byte[] Sealed(params int[] frames) => [.. frames.SelectMany(frame => good[(frame * SealedFrames.FrameBytes)..((frame + 1) * SealedFrames.FrameBytes)])];
        foreach (var bad in new[] { [], good[..^1], good[1..], Sealed(0, 1), Sealed(1, 0, 2), Sealed(0, 0, 2), Sealed(0, 2, 1), Sealed(0, 1, 1) })
        {
            await File.WriteAllBytesAsync(path, bad);
            await Assert.ThrowsAsync<StorageException>(async () => await Read(id, size, 0, null));
        }
        // Whoever also shortens the row's size gains nothing: the last frame is marked as such.
        await File.WriteAllBytesAsync(path, Sealed(0, 1));
        await Assert.ThrowsAsync<StorageException>(() => Read(id, 2 * Frame, 0, null));
    }

    [Fact]
    public async Task A_blob_in_anothers_place_and_another_key_do_not_open()
    {
        var (id, _) = await Put(100);
        var (other, _) = await Put(100);
        File.Copy(blobs.PathOf(other), blobs.PathOf(id), overwrite: true);
        await Assert.ThrowsAsync<StorageException>(() => Read(id, 100, 0, null));
        var wrong = (await blobs.OpenSealed(other, 100, new byte[SealedFrames.KeyBytes], 0, null, default)).Value;
        await Assert.ThrowsAsync<StorageException>(() => wrong.CopyToAsync(Stream.Null));
    }

    [Fact]
    public async Task A_range_reads_only_the_frames_it_lies_in()
    {
        const int size = 10 * Frame;
        var (id, content) = await Put(size);
        var path = blobs.PathOf(id);
        var bytes = await File.ReadAllBytesAsync(path);
        // Every frame but the third is destroyed, and nobody notices who does not ask for them.
        for (var i = 0; i < bytes.Length; i++)
            if (i / SealedFrames.FrameBytes != 2) bytes[i] = 0;
        await File.WriteAllBytesAsync(path, bytes);
        Assert.Equal(content[(2 * Frame)..(3 * Frame)], await Read(id, size, 2 * Frame, Frame));
        await Assert.ThrowsAsync<StorageException>(() => Read(id, size, 2 * Frame, Frame + 1));
    }

    private async Task<(BlobId Id, byte[] Content)> Put(int size)
    {
        var content = new byte[size];
        random.NextBytes(content);
        var id = BlobId.New();
        var stored = await blobs.PutSealed(id, new Slow(content, random), Key, default);
        Assert.Equal(size, stored.Value.Size);
        return (id, content);
    }

    private async Task<byte[]> Read(BlobId id, long size, long offset, long? length)
    {
        var opened = await blobs.OpenSealed(id, size, Key, offset, length, default);
        if (opened.Problem is { } problem) throw new StorageException(problem);
        await using var content = opened.Value;
        using var read = new MemoryStream();
        await content.CopyToAsync(read, 1 + random.Next(100_000));
        return read.ToArray();
    }

    /// <summary>Gives out its bytes in pieces of any size, as a network does.</summary>
    private sealed class Slow(byte[] content, Random random) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 1 + random.Next(50_000))], cancellationToken);
    }
}
