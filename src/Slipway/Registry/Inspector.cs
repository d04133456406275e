using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Slipway.Sandbox;

namespace Slipway.Registry;

/// <summary>
/// The child that looks into files: this same program, with the hidden command `inspect-model`. It reads what lies in `in/` and writes a line for each file to `out/report.jsonl`, so that what it found is not lost when a
/// later file ends it.
/// </summary>
internal static class Inspector
{
    /// <summary>The hidden command's name.</summary>
    public const string Command = "inspect-model";

    /// <summary>What it leaves.</summary>
    public const string Report = "report.jsonl";

    /// <summary>The environment variable that says where ONNX Runtime lies, if it was set for the server.</summary>
    private const string OnnxVariable = "SLIPWAY_ONNXRUNTIME";

    /// <summary>A job that scans, or looks at an ONNX model.</summary>
    /// <param name="program">The program; null for this process's own.</param>
    /// <param name="arguments">`scan`, or `onnx` and a file.</param>
    /// <param name="limits">What it may use.</param>
    public static SandboxJob Job(string? program, IReadOnlyList<string> arguments, SandboxLimits limits)
    {
        var (file, first) = program is not null ? (program, []) : Find();
        var runtime = RuntimeEnvironment.GetRuntimeDirectory();
        var shared = runtime.IndexOf("/shared/Microsoft.NETCore.App/", StringComparison.Ordinal);
        var variables = new Dictionary<string, string>
        {
            ["DOTNET_EnableDiagnostics"] = "0", // no socket for debuggers
            ["DOTNET_gcServer"] = "0",
            ["DOTNET_GCHeapHardLimit"] = "0x" + (limits.MemoryBytes / 4 * 3).ToString("x", CultureInfo.InvariantCulture),
            ["DOTNET_TieredPGO"] = "0",
            ["DOTNET_NOLOGO"] = "1",
            ["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = "/tmp",
        };
        List<string> folders = [Path.GetDirectoryName(file)!, AppContext.BaseDirectory];
        if (shared >= 0)
        {
            variables["DOTNET_ROOT"] = runtime[..shared];
            folders.Add(runtime[..shared]);
        }
        if (Environment.GetEnvironmentVariable(OnnxVariable) is { Length: > 0 } onnx)
        {
            variables[OnnxVariable] = onnx;
            folders.Add(Directory.Exists(onnx) ? onnx : Path.GetDirectoryName(Path.GetFullPath(onnx))!);
        }
        return new SandboxJob(file, [.. first, Command, .. arguments]) { Environment = variables, Folders = folders, Results = [Report], Limits = limits };
    }

    /// <summary>What the child does: its whole work.</summary>
    public static void Run(IReadOnlyList<string> arguments, string folder)
    {
        using var report = new StreamWriter(Path.Combine(folder, "out", Report)) { AutoFlush = true };
        var root = Path.Combine(folder, "in");
        if (arguments is ["onnx", var name])
        {
            report.WriteLine(JsonSerializer.Serialize(OnnxLook.Run(name, Path.Combine(root, name)), RegistryJson.Default.OnnxSummary));
            return;
        }
        var left = ModelScan.FindingsMax;
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            var scanned = FileScan.Run(Path.GetRelativePath(root, path), content);
            // The worst first, so that what is left out is the least.
            var kept = scanned.Findings?.OrderBy(static finding => finding.Severity == ModelScan.Unsafe ? 0 : 1).Take(Math.Max(left, 1)).ToArray();
            left = Math.Max(0, left - (kept?.Length ?? 0));
            report.WriteLine(JsonSerializer.Serialize(scanned with { Findings = kept, LeftOut = scanned.LeftOut + (scanned.Findings?.Length ?? 0) - (kept?.Length ?? 0) }, RegistryJson.Default.ScannedFile));
        }
    }

    /// <summary>The lines of a report; one that was cut by the child's end is no line.</summary>
    public static List<T> Lines<T>(byte[]? report, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class
    {
        List<T> read = [];
        foreach (var line in System.Text.Encoding.UTF8.GetString(report ?? []).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                if (JsonSerializer.Deserialize(line, type) is { } one) read.Add(one);
            }
            catch (JsonException)
            {
                break;
            }
        }
        return read;
    }

    private static (string File, string[] First) Find()
    {
        var ending = OperatingSystem.IsWindows() ? ".exe" : "";
        var own = Path.Combine(AppContext.BaseDirectory, "slipway" + ending);
        if (File.Exists(own)) return (own, []);
        // A tool of .NET, or `dotnet slipway.dll`: the library, and who runs it.
        return (Environment.ProcessPath!, [Path.Combine(AppContext.BaseDirectory, "slipway.dll")]);
    }
}
