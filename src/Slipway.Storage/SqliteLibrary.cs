using System.Runtime.InteropServices;
using SQLitePCL;

namespace Slipway.Storage;

/// <summary>
/// Picks the SQLite library: the system's when it is newer than the bundled one, else the bundled one.
/// SLIPWAY_SQLITE=bundled or =system decides otherwise (tests run on both).
/// </summary>
internal static unsafe class SqliteLibrary
{
    /// <summary>The oldest version whose SQL the stores use (RETURNING, UPDATE FROM).</summary>
    public const int OldestVersion = 3_035_000;

    private static readonly string[] SystemNames = ["libsqlite3.so.0", "libsqlite3.dylib", "winsqlite3.dll"];
    private static readonly Lazy<(string Engine, nint Handle)> Loaded = new(Load);

    /// <summary>For people: version and where it came from. Loads the library at the first call.</summary>
    public static string Engine => Loaded.Value.Engine;

    /// <summary>The loaded library.</summary>
    public static nint Handle => Loaded.Value.Handle;

    private static (string Engine, nint Handle) Load()
    {
        var wanted = Environment.GetEnvironmentVariable("SLIPWAY_SQLITE");
        var (handle, name) = wanted == "bundled" ? (0, "bundled") : FindSystem();
        if (handle == 0 && wanted == "system") throw new DllNotFoundException("SLIPWAY_SQLITE=system, but the system has no SQLite library (Debian: apt-get install libsqlite3-0).");
        if (handle != 0 && wanted != "system" && VersionOf(handle) <= VersionOf(Bundled())) (handle, name) = (0, "bundled");
        if (handle == 0) handle = Bundled();
        var provider = typeof(SQLite3Provider_e_sqlite3);
        NativeLibrary.SetDllImportResolver(provider.Assembly, (library, assembly, path) => library == "e_sqlite3" ? handle : 0);
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        if (raw.sqlite3_libversion_number() < OldestVersion)
            throw new NotSupportedException($"SQLite {raw.sqlite3_libversion().utf8_to_string()} is too old: 3.35 or newer is needed.");
        return ($"SQLite {raw.sqlite3_libversion().utf8_to_string()} ({name})", handle);
    }

    private static nint Bundled() => NativeLibrary.Load("e_sqlite3", typeof(SQLite3Provider_e_sqlite3).Assembly, DllImportSearchPath.AssemblyDirectory);

    private static (nint Handle, string Name) FindSystem()
    {
        foreach (var name in SystemNames)
            if (NativeLibrary.TryLoad(name, out var handle)) return (handle, name);
        return (0, "bundled");
    }

    private static int VersionOf(nint library) => ((delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(library, "sqlite3_libversion_number"))();
}
