using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Slipway.Engines;

/// <summary>
/// A native library this process needs, and where to look for it: a path set by the user, the folder the build fills
/// (<c>runtimes/RID/native</c>), the application's folder, where the .NET host or npm put packages, then the system's own search.
/// </summary>
/// <remarks>A library stays loaded for the life of the process: neither engine survives being unloaded with threads of its own running.</remarks>
public sealed class EngineLibrary
{
    private readonly Lazy<(nint Handle, string Path)> loaded;
    private readonly string[] fileNames;

    // Of ONNX Runtime alone: npm's name of the platform.
    private readonly string? npmPlatform;

    private EngineLibrary(string name, string variable, params string[] fileNames)
    {
        if (name == "ONNX Runtime") npmPlatform = OperatingSystem.IsWindows() ? "win32" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        Name = name;
        Variable = variable;
        this.fileNames = fileNames;
        loaded = new(() => Find(Candidates));
    }

    /// <summary>ONNX Runtime, 1.17 or later.</summary>
    public static EngineLibrary OnnxRuntime { get; } = new("ONNX Runtime", "SLIPWAY_ONNXRUNTIME",
        OperatingSystem.IsWindows() ? ["onnxruntime.dll"]
        : OperatingSystem.IsMacOS() ? ["libonnxruntime.1.dylib", "libonnxruntime.dylib"]
        : ["libonnxruntime.so.1", "libonnxruntime.so"]);

    /// <summary>DuckDB, 1.2 or later.</summary>
    public static EngineLibrary DuckDb { get; } = new("DuckDB", "SLIPWAY_DUCKDB",
        OperatingSystem.IsWindows() ? "duckdb.dll" : OperatingSystem.IsMacOS() ? "libduckdb.dylib" : "libduckdb.so");

    /// <summary>The engine's own name, for messages.</summary>
    public string Name { get; }

    /// <summary>The environment variable that names the library's file, or a folder that holds it.</summary>
    public string Variable { get; }

    /// <summary>The file that was loaded; a bare file name when the system's search found it.</summary>
    /// <exception cref="DllNotFoundException">It is nowhere; the message lists every place that was tried.</exception>
    public string Path => loaded.Value.Path;

    /// <summary>In which kind of place it was found: `path`, `application`, `application folder`, `vendor package`, `npm package` or `system`.</summary>
    /// <exception cref="DllNotFoundException">It is nowhere; the message lists every place that was tried.</exception>
    public string Origin => OriginOf(Path, Environment.GetEnvironmentVariable(Variable), AppContext.BaseDirectory);

    /// <summary>The loaded library's handle.</summary>
    /// <exception cref="DllNotFoundException">It is nowhere; the message lists every place that was tried.</exception>
    public nint Handle => loaded.Value.Handle;

    /// <summary>Every place that is looked at, in order.</summary>
    public IReadOnlyList<string> Candidates => [.. Places(Environment.GetEnvironmentVariable(Variable), AppContext.BaseDirectory)];

    /// <summary>Makes <c>[LibraryImport]</c>s of an assembly find this library under a short name.</summary>
    internal static void Resolve(Assembly assembly, string importName, EngineLibrary library)
    {
        Imports[importName] = library;
        if (Interlocked.Exchange(ref resolverSet, 1) == 0)
            NativeLibrary.SetDllImportResolver(assembly, (name, _, _) => Imports.TryGetValue(name, out var known) ? known.Handle : 0);
    }

    private static readonly ConcurrentDictionary<string, EngineLibrary> Imports = new();
    private static int resolverSet;

    internal IEnumerable<string> Places(string? explicitPath, string applicationFolder)
    {
        // A path that the user set is the only place: falling back to another version in silence would be worse than failing.
        if (!string.IsNullOrEmpty(explicitPath))
            return Directory.Exists(explicitPath) ? fileNames.Select(file => System.IO.Path.Combine(explicitPath, file)) : [explicitPath];
        var native = System.IO.Path.Combine(applicationFolder, "runtimes", PortableRid, "native");
        string[] folders = [native, applicationFolder, .. HostFolders(), .. NpmFolders(applicationFolder)];
        return [.. folders.SelectMany(_ => fileNames, System.IO.Path.Combine), .. fileNames];
    }

    internal static string OriginOf(string path, string? explicitPath, string applicationFolder)
    {
        if (!string.IsNullOrEmpty(explicitPath)) return "path";
        if (!System.IO.Path.IsPathRooted(path)) return "system";
        var folder = System.IO.Path.GetDirectoryName(path)!;
        if (folder == System.IO.Path.Combine(applicationFolder, "runtimes", PortableRid, "native")) return "application";
        if (folder == System.IO.Path.TrimEndingDirectorySeparator(applicationFolder)) return "application folder";
        return folder.Contains("onnxruntime-node", StringComparison.Ordinal) ? "npm package" : "vendor package";
    }

    // Where the .NET host looks for native files: while an application is developed, the folders of its packages.
    private static string[] HostFolders() =>
        ((string?)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES"))?.Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [];

    private string[] NpmFolders(string applicationFolder)
    {
        var package = System.IO.Path.Combine(applicationFolder, "node_modules", "onnxruntime-node", "bin");
        if (npmPlatform is null || !Directory.Exists(package)) return [];
        return [.. Directory.GetDirectories(package, "napi-v*").Select(version => System.IO.Path.Combine(version, npmPlatform, RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()))];
    }

    private static string PortableRid =>
        (OperatingSystem.IsWindows() ? "win-" : OperatingSystem.IsMacOS() ? "osx-" : "linux-") + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    internal (nint Handle, string Path) Find(IEnumerable<string> places)
    {
        var failures = new List<string>();
        foreach (var place in places)
        {
            if (System.IO.Path.IsPathRooted(place) && !File.Exists(place))
            {
                failures.Add($"{place}: no such file");
                continue;
            }
            try
            {
                return (NativeLibrary.Load(place), place);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                failures.Add($"{place}: {e.Message.Split('\n')[0]}");
            }
        }
        throw new DllNotFoundException(
            $"{Name} was not found for {PortableRid}. Tried:{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", failures)}{Environment.NewLine}" +
            $"Rebuild (the build installs it from native/package-lock.json), or set {Variable} to the library's file or folder.");
    }
}
