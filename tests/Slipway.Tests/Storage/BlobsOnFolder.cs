using System.Diagnostics;
using Slipway.Storage;

namespace Slipway.Tests.Storage;

public sealed class BlobsOnFolder : BlobsTests, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-blobs-").FullName;
    private readonly FolderBlobs blobs;

    public BlobsOnFolder() => blobs = new FolderBlobs(Path.Combine(folder, "blobs"));

    public override IBlobs Blobs => blobs;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_blob_is_one_file_under_the_root_readable_by_its_owner_alone()
    {
        var id = await Stored(Bytes(1000));
        var file = Assert.Single(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        Assert.Equal(blobs.PathOf(id), file);
        Assert.StartsWith(Path.Combine(folder, "blobs", id.ToString()[..2]) + Path.DirectorySeparatorChar, file, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_killed_upload_leaves_a_part_that_no_listing_shows_and_the_sweep_removes_by_age()
    {
        var whole = await Stored(Bytes(1000));
        var killed = BlobId.New();
        Directory.CreateDirectory(Path.GetDirectoryName(blobs.PathOf(killed))!);
        var part = blobs.PathOf(killed) + FolderBlobs.PartEnding;
        await File.WriteAllBytesAsync(part, Bytes(500));
        var now = DateTimeOffset.UtcNow;
        File.SetLastWriteTimeUtc(part, now.AddHours(-25).UtcDateTime);

        Assert.Equal(whole, Assert.Single(await Listed(null)).Id);
        Assert.Equal(0, await blobs.RemoveUnfinished(now.AddHours(-26), default));
        Assert.Equal(1, await blobs.RemoveUnfinished(now.AddHours(-24), default));
        Assert.False(File.Exists(part));
        Assert.Equal(whole, Assert.Single(await Listed(null)).Id);
    }

    [Fact]
    public async Task A_sweep_spares_an_upload_that_still_grows()
    {
        var content = new Pausing();
        var put = blobs.Put(BlobId.New(), content, default);
        await content.Reached;
        Assert.Equal(0, await blobs.RemoveUnfinished(DateTimeOffset.UtcNow.AddHours(-1), default));
        content.Finish();
        Assert.Null((await put).Problem);
    }

    [Fact]
    public async Task Foreign_files_in_the_folder_are_not_listed()
    {
        await Stored(Bytes(1));
        Directory.CreateDirectory(Path.Combine(folder, "blobs", "aa"));
        await File.WriteAllTextAsync(Path.Combine(folder, "blobs", "aa", "README"), "by hand");
        Assert.Single(await Listed(null));
    }

    [Fact]
    public async Task A_full_disk_is_a_507_and_leaves_nothing_behind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Mounting a small file system needs root on Linux.");
        var small = Path.Combine(folder, "small");
        Directory.CreateDirectory(small);
        Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small);
        try
        {
            var onSmall = new FolderBlobs(Path.Combine(small, "blobs"));
            var fits = BlobId.New();
            Assert.Null((await onSmall.Put(fits, new MemoryStream(Bytes(300_000)), default)).Problem);

            var full = await onSmall.Put(BlobId.New(), new MemoryStream(Bytes(3_000_000)), default);

            Assert.Equal(507, full.Problem?.Status);
            Assert.Equal([onSmall.PathOf(fits)], Directory.GetFiles(small, "*", SearchOption.AllDirectories));
            Assert.Null((await onSmall.Put(BlobId.New(), new MemoryStream(Bytes(300_000)), default)).Problem);
        }
        finally
        {
            Run("umount", "-l", small);
        }
    }

    private static void Run(string program, params string[] args)
    {
        using var process = Process.Start(program, args);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>Some bytes, then a wait until told to go on.</summary>
    private sealed class Pausing : ReadOnlyStream
    {
        private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int turn;

        public Task Reached => reached.Task;

        public void Finish() => go.SetResult();

        public override int Read(Span<byte> buffer) => throw new NotSupportedException();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (turn++ == 0) return buffer.Length;
            reached.TrySetResult();
            await go.Task;
            return 0;
        }
    }
}
