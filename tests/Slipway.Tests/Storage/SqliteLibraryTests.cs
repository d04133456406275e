using System.Text.RegularExpressions;
using Slipway.Storage;

namespace Slipway.Tests.Storage;

/// <summary>Which SQLite runs. A process loads one, so that both are tested by running the stores' tests twice (`.ci/run`).</summary>
public sealed class SqliteLibraryTests
{
    private static readonly Version Bundled = new(3, 35, 5);

    [Fact]
    public void The_asked_for_library_is_loaded_else_the_newer_one()
    {
        var engine = Regex.Match(SqliteLibrary.Engine, @"^SQLite (\d+\.\d+\.\d+) \((.+)\)$");
        Assert.True(engine.Success, SqliteLibrary.Engine);
        var (version, from) = (Version.Parse(engine.Groups[1].Value), engine.Groups[2].Value);
        var wanted = Environment.GetEnvironmentVariable("SLIPWAY_SQLITE");
        if (wanted == "bundled") Assert.Equal((Bundled, "bundled"), (version, from));
        else if (wanted == "system") Assert.NotEqual("bundled", from);
        else Assert.True(from == "bundled" ? version == Bundled : version > Bundled, SqliteLibrary.Engine);
    }
}
