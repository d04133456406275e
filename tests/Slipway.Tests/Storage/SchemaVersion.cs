using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Slipway.Server;
using Slipway.Storage;

namespace Slipway.Tests.Storage;

/// <summary>
/// A folder Versions/N: what databases held when N was the newest schema, as one SQLite file, one dump of PostgreSQL and one backup, with the blobs they
/// refer to, the answers that were given from them, and the digests of the schema steps that had run.
/// </summary>
internal sealed partial class SchemaVersion(string folder)
{
    /// <summary>Where the versions are kept.</summary>
    public static string Root { get; } = Path.Combine(Repository.Root, "tests", "Slipway.Tests", "Storage", "Versions");

    /// <summary>The kept versions, oldest first.</summary>
    public static IEnumerable<int> Kept => Directory.Exists(Root) ? Directory.GetDirectories(Root).Select(path => int.Parse(Path.GetFileName(path))).Order() : [];

    /// <summary>The steps of this binary: `Capability/step` and a digest of its SQL, whatever its comments and spaces.</summary>
    public static IReadOnlyDictionary<string, string> StepsNow { get; } =
        (from schema in Schemas.InLayerOrder()
         from step in schema.Steps.Select((sql, index) => ($"{schema.Capability}/{index + 1}", Digest(sql)))
         select step).ToDictionary();

    /// <summary>The folder of a version, whether it is there or not.</summary>
    public static SchemaVersion Of(int number) => new(Path.Combine(Root, number.ToString()));

    public string Sqlite => Path.Combine(folder, "sqlite.db");

    public string Postgres => Path.Combine(folder, "postgres.sql");

    /// <summary>What `slipway backup` wrote of the SQLite file.</summary>
    public string Backup => Path.Combine(folder, "slipway.backup");

    public string Blobs => Path.Combine(folder, "blobs");

    /// <summary>What was asked, and answered, when the version was written.</summary>
    public string Answers(Dialect dialect) => Path.Combine(folder, dialect is Dialect.Sqlite ? "sqlite.json" : "postgres.json");

    private string StepsPath => Path.Combine(folder, "steps.txt");

    /// <summary>The steps that had run, as in <see cref="StepsNow"/>.</summary>
    public IReadOnlyDictionary<string, string> Steps => File.ReadAllLines(StepsPath).Select(line => line.Split(' ')).ToDictionary(parts => parts[0], parts => parts[1]);

    /// <summary>Writes what both databases hold with this binary's steps.</summary>
    public async Task Write()
    {
        await Write(Dialect.Sqlite);
        await Write(Dialect.Postgres);
        await File.WriteAllLinesAsync(StepsPath, StepsNow.Select(step => $"{step.Key} {step.Value}"));
    }

    /// <summary>Fills a new database, keeps it, and keeps beside it what a server on a copy answers.</summary>
    public async Task Write(Dialect dialect)
    {
        IReadOnlyList<Question> questions;
        await using (var server = await StillServer.Start(dialect))
        {
            questions = await new SchemaContent(server).Fill();
            StillServer.CopyFolder(Path.Combine(server.Data, "blobs"), Blobs);
            if (dialect is Dialect.Postgres) await File.WriteAllTextAsync(Postgres, Dump(server.Parts.Options.Database!["postgres:".Length..]));
            await server.Stop();
            if (dialect is Dialect.Sqlite) Vacuum(Path.Combine(server.Data, "slipway.db"));
        }
        await using var kept = await StillServer.Open(dialect, this);
        await (await SchemaAnswers.Ask(kept, questions)).Save(Answers(dialect));
        if (dialect is Dialect.Postgres) return;
        await using var unchanged = await StillServer.Open(dialect, this);
        Assert.Null((await Installation.Backup(unchanged.Parts, Backup, null, default)).Problem);
    }

    private void Vacuum(string database)
    {
        using (var connection = new SqliteConnection(database, readOnly: false)) connection.Script("VACUUM");
        File.Copy(database, Sqlite);
    }

    /// <summary>As statements that any client may send to any later PostgreSQL: pg_dump's settings and psql's commands are left out.</summary>
    private static string Dump(string database) =>
        "SELECT pg_catalog.set_config('search_path', '', false);\n" + Preamble().Replace(PostgresServer.Shared().Dump(database), "").Trim() + "\n";

    private static string Digest(string sql) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Spaces().Replace(Comment().Replace(sql, ""), " ").Trim())));

    [GeneratedRegex(@"^(--.*|\\.*|SET .*|SELECT pg_catalog\.set_config.*)?\n", RegexOptions.Multiline)]
    private static partial Regex Preamble();

    [GeneratedRegex("--.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
