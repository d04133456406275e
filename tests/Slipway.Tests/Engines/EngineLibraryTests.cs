using Slipway.Engines;

namespace Slipway.Tests.Engines;

public sealed class EngineLibraryTests
{
    [Fact]
    public void Both_engines_are_found_where_the_build_puts_them()
    {
        foreach (var library in new[] { EngineLibrary.OnnxRuntime, EngineLibrary.DuckDb })
        {
            Assert.NotEqual(0, library.Handle);
            Assert.StartsWith(Path.Combine(AppContext.BaseDirectory, "runtimes"), library.Path);
        }
    }

    [Fact]
    public void A_path_the_user_set_is_the_only_place_looked_at()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-engines").FullName;
        try
        {
            Assert.Equal(["/opt/ort/my.so"], EngineLibrary.OnnxRuntime.Places("/opt/ort/my.so", "/app"));
            Assert.All(EngineLibrary.OnnxRuntime.Places(folder, "/app"), place => Assert.StartsWith(folder, place));
            Assert.StartsWith(Path.Combine("/app", "runtimes"), EngineLibrary.OnnxRuntime.Places(null, "/app").First());
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    [Fact]
    public void A_missing_engine_names_every_place_that_was_tried()
    {
        var e = Assert.Throws<DllNotFoundException>(() => EngineLibrary.DuckDb.Find(["/nowhere/libduckdb.so", "/nowhere/else/libduckdb.so"]));
        Assert.Contains("/nowhere/libduckdb.so: no such file", e.Message);
        Assert.Contains("/nowhere/else/libduckdb.so", e.Message);
        Assert.Contains("SLIPWAY_DUCKDB", e.Message);
    }
}
