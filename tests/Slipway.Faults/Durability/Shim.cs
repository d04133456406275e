using System.Diagnostics;

namespace Slipway.Faults.Durability;

/// <summary>Builds shim/record.c with the machine's compiler, once a run, and preloads it into a process.</summary>
internal static class Shim
{
    private static readonly Lazy<string?> Built = new(Build);

    /// <summary>The library; skips the test by name where there is no C compiler or no Linux, unless they are required.</summary>
    public static string Library()
    {
        if (Built.Value is { } library) return library;
        Assert.False(Environment.GetEnvironmentVariable("SLIPWAY_TESTS_REQUIRE_SERVERS") == "1", "A C compiler is required and not installed (Debian: apt-get install gcc libc6-dev).");
        Assert.Skip("No C compiler (Debian: apt-get install gcc libc6-dev) or not Linux: what reaches the disk cannot be recorded.");
        return "";
    }

    /// <summary>Makes a process, when started, record what it does under <paramref name="root"/>.</summary>
    public static void Into(ProcessStartInfo start, string root, string log, string skip = "")
    {
        start.Environment["LD_PRELOAD"] = Library();
        start.Environment["SLIPWAY_SHIM_ROOT"] = root;
        start.Environment["SLIPWAY_SHIM_LOG"] = log;
        start.Environment["SLIPWAY_SHIM_SKIP"] = skip;
    }

    private static string? Build()
    {
        if (!OperatingSystem.IsLinux()) return null;
        var library = Path.Combine(Directory.CreateTempSubdirectory("slipway-shim-").FullName, "record.so");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(Path.GetDirectoryName(library)!, recursive: true);
        foreach (var compiler in new[] { "cc", "gcc", "clang" })
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo(compiler, ["-shared", "-fPIC", "-O1", "-o", library, Path.Combine(AppContext.BaseDirectory, "shim", "record.c"), "-pthread"])
                {
                    RedirectStandardError = true,
                })!;
                var said = process.StandardError.ReadToEnd();
                process.WaitForExit();
                return process.ExitCode == 0 ? library : throw new InvalidOperationException($"{compiler} could not build shim/record.c: {said}");
            }
            catch (System.ComponentModel.Win32Exception)
            {
                continue; // not this one
            }
        }
        return null;
    }
}
