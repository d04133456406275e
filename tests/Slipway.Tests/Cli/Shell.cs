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

    public static Task<Said> Run(params string[] args) => RunWith("", null, args);

    /// <summary>Runs with something on standard input, or with a person who types.</summary>
    public static async Task<Said> RunWith(string input, string? typed, params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        using var keys = (typed ?? "").GetEnumerator();
        ConsoleKeyInfo Key() => keys.MoveNext() ? keys.Current switch
        {
            '\n' => new('\n', ConsoleKey.Enter, false, false, false),
            '\b' => new('\b', ConsoleKey.Backspace, false, false, false),
            '\u0003' => new('\u0003', ConsoleKey.C, false, false, true),
            var other => new(other, ConsoleKey.None, false, false, false),
        } : throw new InvalidOperationException("Nobody types any more.");
        var code = await CommandLine.Run(args, new Terminal(output, error) { Input = new StringReader(input), Keys = typed is null ? null : Key });
        return new Said(code, output.ToString(), error.ToString());
    }

    public static Process Start(params string[] args) => Start(null, args);

    /// <summary>Starts with further environment variables; those of whoever runs the tests do not count.</summary>
    public static Process Start(IReadOnlyDictionary<string, string>? environment, params string[] args) => StartIn("", environment, args);

    /// <summary>Starts in a folder.</summary>
    public static Process StartIn(string folder, IReadOnlyDictionary<string, string>? environment, params string[] args)
    {
        var start = new ProcessStartInfo(Executable, args) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SLIPWAY_", StringComparison.Ordinal) || name.StartsWith("MLFLOW_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        start.Environment["TERM"] = "xterm-256color";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static Task<Said> RunProcess(params string[] args) => RunProcess(null, "", args);

    public static async Task<Said> RunProcess(IReadOnlyDictionary<string, string>? environment, string input, params string[] args)
    {
        using var process = Start(environment, args);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new Said(process.ExitCode, await output, await error);
    }
}
