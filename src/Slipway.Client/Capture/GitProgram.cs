using System.Diagnostics;

namespace Slipway.Client.Capture;

/// <summary>What git printed.</summary>
/// <param name="Code">Its exit code; -1 when it was ended because it had printed as much as was asked for.</param>
/// <param name="Output">Up to so many bytes.</param>
/// <param name="Error">What it complained about.</param>
internal sealed record GitOutput(int Code, byte[] Output, string Error);

/// <summary>Runs git for looking at a repository that somebody else may have written.</summary>
internal static class GitProgram
{
    // A repository's, or a user's, configuration must neither run programs nor change how a difference is written.
    private static readonly string[] Plain =
    [
        "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false", "-c", "diff.relative=false",
        "-c", "color.ui=never", "-c", "core.quotePath=true",
    ];

    /// <summary>How a difference is written so that `git apply` takes it whatever is configured.</summary>
    public static string[] Diff { get; } = ["diff", "--no-color", "--no-ext-diff", "--no-textconv", "--binary", "--full-index", "HEAD"];

    /// <summary>Runs it; null when it is not there or takes too long.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="bytesMax">The most that is read.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="args">What it is asked.</param>
    /// <param name="index">Another index than the repository's, or null.</param>
    /// <param name="input">What it is given to read, or null.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task<GitOutput?> Run(string folder, int bytesMax, TimeSpan patience, string[] args, string? index, byte[]? input, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(patience);
        try
        {
            var start = new ProcessStartInfo("git", ["-C", folder, .. Plain, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
            start.Environment["GIT_OPTIONAL_LOCKS"] = "0"; // Only looking: the index stays as it is.
            start.Environment["GIT_TERMINAL_PROMPT"] = "0";
            start.Environment["LC_ALL"] = "C";
            if (index is not null) start.Environment["GIT_INDEX_FILE"] = index;
            using var process = Process.Start(start)!;
            try
            {
                var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
                var feeding = Feed(process, input);
                var output = new MemoryStream();
                var buffer = new byte[64 << 10];
                while (output.Length < bytesMax && await process.StandardOutput.BaseStream.ReadAsync(buffer, limit.Token).ConfigureAwait(false) is > 0 and var read)
                    output.Write(buffer, 0, Math.Min(read, bytesMax - (int)output.Length));
                if (output.Length == bytesMax) return new GitOutput(-1, output.ToArray(), "");
                await feeding.ConfigureAwait(false);
                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
                return new GitOutput(process.ExitCode, output.ToArray(), await errors.ConfigureAwait(false));
            }
            finally
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception absent) when (absent is System.ComponentModel.Win32Exception or IOException or InvalidOperationException || absent is OperationCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task Feed(Process process, byte[]? input)
    {
        try
        {
            if (input is not null) await process.StandardInput.BaseStream.WriteAsync(input).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read all: its exit code says why.
        }
    }
}
