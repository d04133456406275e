namespace Slipway.Client;

public sealed partial class ArtifactsClient
{
    private const int CopyBytes = 128 * 1024;

    /// <summary>Uploads a file, streamed. The artifact appears when all of it arrived, and replaces one of that name.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="file">The file on this machine.</param>
    /// <param name="path">Its name among the artifacts; null for the file's own.</param>
    /// <param name="ct">Cancels the upload; nothing appears then.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public async Task UploadAsync(string runId, string file, string? path = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        var address = await Address(runId, path ?? Path.GetFileName(file), ct).ConfigureAwait(false);
        await Put(address, () => new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan), true, ct).ConfigureAwait(false);
    }

    /// <summary>Uploads what a stream holds from where it stands. A stream that can seek is sent again when a try fails; another is not.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="content">Read to its end, not disposed.</param>
    /// <param name="path">Its name among the artifacts.</param>
    /// <param name="ct">Cancels the upload; nothing appears then.</param>
    public async Task UploadAsync(string runId, Stream content, string path, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        var address = await Address(runId, path, ct).ConfigureAwait(false);
        var start = content.CanSeek ? content.Position : 0;
        await Put(address, () =>
        {
            if (content.CanSeek) content.Position = start;
            return new KeptOpen(content);
        }, content.CanSeek, ct).ConfigureAwait(false);
    }

    /// <summary>Uploads every file of a folder, <see cref="FilesAtOnce"/> at a time. Links are followed, as a copy would.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="folder">The folder on this machine.</param>
    /// <param name="path">A folder among the artifacts; null for the top.</param>
    /// <param name="ct">Cancels the upload; files that arrived stay.</param>
    /// <returns>The number of files.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public async Task<int> UploadFolderAsync(string runId, string folder, string? path = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        var prefix = string.IsNullOrEmpty(path) ? "" : ArtifactName.Checked(path) + "/";
        await Parallel.ForEachAsync(files, new ParallelOptions { MaxDegreeOfParallelism = FilesAtOnce, CancellationToken = ct }, async (file, stop) =>
            await UploadAsync(runId, file, prefix + Path.GetRelativePath(folder, file).Replace('\\', '/'), stop).ConfigureAwait(false)).ConfigureAwait(false);
        return files.Length;
    }

    /// <summary>Uploads a file to a location that an answer of the server named: a logged model's.</summary>
    internal Task UploadBelowAsync(string uri, string file, string path, CancellationToken ct) =>
        Put(AddressBelow(uri, ArtifactName.Checked(path), "the model"), () => new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan), true, ct);

    private async Task Put(string address, Func<Stream> open, bool again, CancellationToken ct)
    {
        using var answer = await transport.Send(() => new HttpRequestMessage(HttpMethod.Put, address) { Content = new StreamContent(open(), CopyBytes) },
            idempotent: again, timeout: null, ct).ConfigureAwait(false);
    }

    /// <summary>Requests dispose their content; the caller's stream outlives them.</summary>
    private sealed class KeptOpen(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => inner.CanSeek;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => inner.Position = value; }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override int Read(Span<byte> buffer) => inner.Read(buffer);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => inner.ReadAsync(buffer, offset, count, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }
    }
}
