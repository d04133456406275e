using System.Text;
using Slipway.Client.Logs;

namespace Slipway.Client;

/// <summary>Text that grows while a run lasts and becomes an artifact when it ends. Bounded; never throws for troubles of the disk.</summary>
internal sealed class RunText : IDisposable
{
    /// <summary>The most that is kept, in bytes.</summary>
    public const long BytesMax = 10 * 1024 * 1024;

    private readonly Lock gate = new();
    private readonly string file;
    private StreamWriter? writer;
    private long left = BytesMax;

    private RunText(string file)
    {
        this.file = file;
        try
        {
            writer = new StreamWriter(new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read), new UTF8Encoding(false));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // There is no disk for it: then there is no such artifact.
        }
    }

    /// <summary>Begins a text that the run uploads when it ends.</summary>
    public static RunText Attach(ActiveRun run, string artifact)
    {
        var text = new RunText(Path.Combine(Path.GetTempPath(), $"slipway-text-{Guid.NewGuid():N}"));
        run.AtEnd(() => text.Upload(run, artifact));
        return text;
    }

    /// <summary>Adds to it, up to the limit.</summary>
    public void Write(ReadOnlySpan<char> part)
    {
        lock (gate)
        {
            if (writer is null || left <= 0) return;
            try
            {
                writer.Write(part);
                if ((left -= Encoding.UTF8.GetByteCount(part)) <= 0) writer.Write($"\n[cut after {BytesMax >> 20} MB]\n");
            }
            catch (IOException)
            {
                left = 0; // A full disk is no reason to disturb who writes.
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            try
            {
                writer?.Dispose();
            }
            catch (IOException)
            {
                // The same.
            }
            writer = null;
        }
    }

    private async Task Upload(ActiveRun run, string artifact)
    {
        Dispose();
        try
        {
            if (File.Exists(file)) await run.LogArtifactAsync(file, artifact).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is SlipwayException or IOException or UnauthorizedAccessException)
        {
            // Nothing depends on it.
        }
        LogFolder.TryDelete(file);
    }
}
