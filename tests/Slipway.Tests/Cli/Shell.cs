using System.Diagnostics;
using Slipway.Cli;

namespace Slipway.Tests.Cli;

/// <summary>What a command said and how it ended.</summary>
internal sealed record Said(int Code, string Output, string Error);

/// <summary>Runs the command line: in this process for speed, or the built executable for what only a process shows.</summary>
internal static class Shell
{
    /// <summary>The executable as the build left it beside this test's own output.</summary>
    public static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, "..", "..", "Slipway.Cli", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/', '\\')),
        OperatingSystem.IsWindows() ? "slipway.exe" : "slipway");

    public static async Task<Said> Run(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.Run(args, new Terminal(output, error));
        return new Said(code, output.ToString(), error.ToString());
    }

    public static Process Start(params string[] args) => Process.Start(new ProcessStartInfo(Executable, args)
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        Environment = { ["TERM"] = "xterm-256color", ["SLIPWAY_URL"] = null, ["MLFLOW_TRACKING_URI"] = null },
    })!;

    public static async Task<Said> RunProcess(params string[] args)
    {
        using var process = Start(args);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new Said(process.ExitCode, await output, await error);
    }
}
