using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Slipway.Cli.Track;

/// <summary>What a small program says that is asked on the side: bounded in bytes and in time, and no matter when it is not there.</summary>
internal static class ToolOutput
{
    /// <summary>Enough for the packages of the largest environments, in bytes.</summary>
    public const int BytesMax = 4 << 20;

    /// <summary>A cold disk takes its time; a program that hangs is not waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What it prints; null when it is absent, fails, says too much or takes too long.</summary>
    /// <param name="program">The file's full path.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="folder">Where it works.</param>
    /// <param name="ct">Ends the waiting.</param>
    public static async Task<string?> Read(string program, IEnumerable<string> args, string folder, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        try
        {
            var start = new ProcessStartInfo(program, args) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
            using var process = Process.Start(start)!;
            try
            {
                process.StandardInput.Close();
                _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                var buffer = new byte[BytesMax];
                var length = await process.StandardOutput.BaseStream.ReadAtLeastAsync(buffer, BytesMax, throwOnEndOfStream: false, limit.Token);
                if (length == BytesMax) return null;
                await process.WaitForExitAsync(limit.Token);
                return process.ExitCode == 0 ? Encoding.UTF8.GetString(buffer, 0, length) : null;
            }
            finally
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception absent) when (absent is Win32Exception or IOException or InvalidOperationException or OperationCanceledException)
        {
            return null;
        }
    }
}
