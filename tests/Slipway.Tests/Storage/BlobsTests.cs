using System.Buffers;
using System.Security.Cryptography;
using Slipway.Storage;

namespace Slipway.Tests.Storage;

/// <summary>What every blob store must do; one sealed class per store runs it.</summary>
public abstract class BlobsTests
{
    /// <summary>Larger than any internal buffer and part, and no multiple of one.</summary>
    private const int Large = 17 * 1024 * 1024 + 13;

    /// <summary>The store under test, empty for this class's instance.</summary>
    public abstract IBlobs Blobs { get; }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    [InlineData(16 * 1024 + 1)]
    [InlineData(BlobWriter.BufferBytes * 2)]
    [InlineData(Large)]
    public async Task Put_and_open_give_the_same_bytes_and_their_digest(int size)
    {
        var content = Bytes(size);
        var id = BlobId.New();

        var stored = await Blobs.Put(id, new Trickle(content), default);

        Assert.Null(stored.Problem);
        Assert.Equal(size, stored.Value.Size);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), stored.Value.Sha256);
        Assert.Equal(content, await Read(id, 0, null));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(SealedFrames.PlainBytes)]
    [InlineData(Large)]
    public async Task Sealed_content_is_the_same_bytes_whole_and_in_a_range(int size)
    {
        var (content, id, key) = (Bytes(size), BlobId.New(), Bytes(SealedFrames.KeyBytes));
        var stored = await Blobs.PutSealed(id, new Trickle(content), key, default);
        Assert.Equal(new Stored(size, Convert.ToHexStringLower(SHA256.HashData(content))), stored.Value);
        foreach (var (offset, length) in new[] { (0, size), (size / 3, size / 2), (size, 0) })
        {
            await using var opened = (await Blobs.OpenSealed(id, size, key, offset, length, default)).Value;
            using var read = new MemoryStream();
            await opened.CopyToAsync(read);
            Assert.Equal(content.AsSpan(offset, Math.Min(length, size - offset)).ToArray(), read.ToArray());
        }
    }

    [Theory]
    [InlineData(0, 1L, 1)]
    [InlineData(0, null, 1000)]
    [InlineData(999, null, 1)]
    [InlineData(1000, null, 0)]
    [InlineData(10, 20L, 20)]
    [InlineData(10, 0L, 0)]
    [InlineData(990, 50L, 10)]
    public async Task Open_reads_a_range_and_no_further_than_the_end(int offset, long? length, int expected)
    {
        var content = Bytes(1000);
        var id = await Stored(content);

        Assert.Equal(content.AsSpan(offset, expected).ToArray(), await Read(id, offset, length));
    }

    [Fact]
    public async Task Open_refuses_an_offset_beyond_the_end()
    {
        var id = await Stored(Bytes(10));
        var opened = await Blobs.Open(id, 11, null, default);
        Assert.Equal(400, opened.Problem?.Status);
        Assert.Contains("10 bytes", opened.Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_of_an_absent_blob_is_a_problem_and_not_an_exception() =>
        Assert.Equal(404, (await Blobs.Open(BlobId.New(), 0, null, default)).Problem?.Status);

    [Fact]
    public async Task Remove_removes_and_repeats_harmlessly()
    {
        var id = await Stored(Bytes(10));
        await Blobs.Remove(id, default);
        await Blobs.Remove(id, default);
        Assert.Equal(404, (await Blobs.Open(id, 0, null, default)).Problem?.Status);
        Assert.DoesNotContain(await Listed(null), entry => entry.Id == id);
    }

    [Fact]
    public async Task List_goes_through_all_in_the_order_of_ids_and_resumes_after_one()
    {
        var ids = new List<BlobId>();
        for (var i = 0; i < 30; i++) ids.Add(await Stored(Bytes(i)));
        ids.Sort();

        Assert.Equal(ids, (await Listed(null)).Select(entry => entry.Id));
        var rest = await Listed(ids[11]);
        Assert.Equal(ids[12..], rest.Select(entry => entry.Id));
        Assert.Equal(Enumerable.Range(0, 30).Sum(), (await Listed(null)).Sum(entry => entry.Size));
        Assert.All(rest, entry => Assert.InRange(entry.Written, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    [InlineData(Large)]
    public async Task Put_of_a_stream_that_breaks_leaves_nothing_behind(int after)
    {
        var id = BlobId.New();
        await Assert.ThrowsAsync<EndOfStreamException>(() => Blobs.Put(id, new Breaking(after), default));
        Assert.Equal(404, (await Blobs.Open(id, 0, null, default)).Problem?.Status);
        Assert.Empty(await Listed(null));
        Assert.Equal(0, await Blobs.RemoveUnfinished(DateTimeOffset.UtcNow.AddHours(1), default));
    }

    [Fact]
    public async Task Put_that_is_cancelled_leaves_nothing_behind()
    {
        using var stop = new CancellationTokenSource();
        var id = BlobId.New();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Blobs.Put(id, new Breaking(Large, stop), stop.Token));
        Assert.Equal(404, (await Blobs.Open(id, 0, null, default)).Problem?.Status);
        Assert.Equal(0, await Blobs.RemoveUnfinished(DateTimeOffset.UtcNow.AddHours(1), default));
    }

    [Fact]
    public async Task Puts_at_once_do_not_mix()
    {
        var contents = Enumerable.Range(0, 16).Select(i => Bytes(200_000 + i)).ToArray();
        var ids = await Task.WhenAll(contents.Select(content => Task.Run(() => Stored(content))));
        for (var i = 0; i < ids.Length; i++) Assert.Equal(contents[i], await Read(ids[i], 0, null));
    }

    protected async Task<BlobId> Stored(byte[] content)
    {
        var id = BlobId.New();
        var stored = await Blobs.Put(id, new MemoryStream(content), default);
        Assert.Null(stored.Problem);
        return id;
    }

    protected async Task<List<BlobEntry>> Listed(BlobId? after)
    {
        var entries = new List<BlobEntry>();
        await foreach (var entry in Blobs.List(after, default)) entries.Add(entry);
        return entries;
    }

    protected static byte[] Bytes(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }

    private async Task<byte[]> Read(BlobId id, long offset, long? length)
    {
        var opened = await Blobs.Open(id, offset, length, default);
        Assert.Null(opened.Problem);
        await using var stream = opened.Value;
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    /// <summary>Gives its bytes in uneven pieces, as a network does.</summary>
    private sealed class Trickle(byte[] content) : MemoryStream(content)
    {
        private int turn;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 1 + turn++ * 7919 % 65_536)], cancellationToken);
    }

    /// <summary>A client that goes away after some bytes: by an exception, or by cancelling.</summary>
    private sealed class Breaking(long after, CancellationTokenSource? stop = null) : ReadOnlyStream
    {
        private long left = after;

        public override int Read(Span<byte> buffer)
        {
            if (left == 0 && stop is null) throw new EndOfStreamException("The client went away.");
            if (left == 0) stop!.Cancel();
            stop?.Token.ThrowIfCancellationRequested();
            var count = (int)Math.Min(left, buffer.Length);
            buffer[..count].Fill(7);
            left -= count;
            return count;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));
    }
}
