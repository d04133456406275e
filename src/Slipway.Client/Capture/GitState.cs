using System.Diagnostics;
using System.Text;

namespace Slipway.Client.Capture;

/// <summary>Which code ran: as git knows it. Everything is null where there is no repository or no git.</summary>
/// <param name="Commit">40 hexadecimal digits.</param>
/// <param name="Branch">Null on a detached head.</param>
/// <param name="Remote">Where `origin` lies, without a name or password.</param>
/// <param name="Diff">What is not committed, in tracked files; empty when nothing is.</param>
/// <param name="DiffIsCut">The difference is longer than what is kept.</param>
internal sealed record GitState(string? Commit, string? Branch, string? Remote, byte[] Diff, bool DiffIsCut)
{
    /// <summary>The longest difference that is kept, in bytes.</summary>
    public const int DiffBytesMax = 1024 * 1024;

    /// <summary>A repository on a slow disk is not waited for longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Looks at the repository that a folder lies in; null when it lies in none.</summary>
    public static async Task<GitState?> Read(string folder, CancellationToken ct)
    {
        if (Text(await Git(folder, 200, ct, "rev-parse", "HEAD").ConfigureAwait(false)) is not { Length: 40 } commit) return null;
        var branch = Text(await Git(folder, 1_000, ct, "symbolic-ref", "--short", "-q", "HEAD").ConfigureAwait(false));
        var remote = Text(await Git(folder, 4_000, ct, "config", "--get", "remote.origin.url").ConfigureAwait(false));
        // As `git apply` takes it, whatever is configured: `slipway reproduce` does. No colours, no external programs that a repository's configuration could name.
        var diff = await Git(folder, DiffBytesMax + 1, ct, "-c", "core.fsmonitor=false", "-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false", "-c", "diff.relative=false",
            "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--binary", "--full-index", "HEAD").ConfigureAwait(false) ?? [];
        var cut = diff.Length > DiffBytesMax;
        return new GitState(commit, branch is "" ? null : branch, remote is { Length: > 0 } ? Secrets.WithoutPassword(remote) : null, cut ? diff[..DiffBytesMax] : diff, cut);
    }

    private static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes).Trim();

    /// <summary>What git prints, up to so many bytes; null when it fails, is not there, or takes too long.</summary>
    private static async Task<byte[]?> Git(string folder, int bytesMax, CancellationToken ct, params string[] args)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        try
        {
            var start = new ProcessStartInfo("git", ["-C", folder, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
            start.Environment["GIT_OPTIONAL_LOCKS"] = "0"; // Only looking: the index stays as it is.
            start.Environment["GIT_TERMINAL_PROMPT"] = "0";
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
            try
            {
                var buffer = new byte[bytesMax];
                var length = await process.StandardOutput.BaseStream.ReadAtLeastAsync(buffer, bytesMax, throwOnEndOfStream: false, limit.Token).ConfigureAwait(false);
                if (length == bytesMax) return buffer;
                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
                return process.ExitCode == 0 ? buffer[..length] : null;
            }
            finally
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception absent) when (absent is System.ComponentModel.Win32Exception or IOException or InvalidOperationException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }
}
