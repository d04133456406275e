using System.Text.Json;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Tests.Storage;

public sealed class SchemaVersionsOnSqlite() : SchemaVersionTests(Dialect.Sqlite);

public sealed class SchemaVersionsOnPostgres() : SchemaVersionTests(Dialect.Postgres);

/// <summary>Databases of every schema version that ever landed are opened by this binary, migrated, and read.</summary>
public abstract class SchemaVersionTests(Dialect dialect)
{
    public static TheoryData<int> Kept => [.. SchemaVersion.Kept];

    [Theory]
    [MemberData(nameof(Kept))]
    public async Task A_kept_version_is_migrated_with_its_content_intact(int version) =>
        await Check(await StillServer.Open(dialect, SchemaVersion.Of(version)), SchemaVersion.Of(version).Answers(dialect));

    [Theory]
    [MemberData(nameof(Kept))]
    public async Task A_kept_backup_is_restored_with_its_content_intact(int version) =>
        await Check(await StillServer.Restore(dialect, SchemaVersion.Of(version)), SchemaVersion.Of(version).Answers(Dialect.Sqlite));

    /// <summary>What writes a version is itself tested, long before it is needed.</summary>
    [Fact]
    public async Task A_version_written_today_is_read_as_kept_ones_are()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-version-").FullName;
        try
        {
            var version = new SchemaVersion(folder);
            await version.Write(dialect);
            await Check(await StillServer.Open(dialect, version), version.Answers(dialect));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Check(StillServer opened, string answers)
    {
        await using var server = opened;
        var steps = await server.Parts.Database.Read(session => session.Query("SELECT capability, step FROM schema_steps", row => $"{row.Text(0)}/{row.Int(1)}"), default);
        Assert.Equal(SchemaVersion.StepsNow.Keys.Order(StringComparer.Ordinal), steps.Order(StringComparer.Ordinal));

        var then = await SchemaAnswers.Load(answers);
        Assert.NotEmpty(then.Questions);
        then.AssertStillGivenBy(await SchemaAnswers.Ask(server, then.Questions));
        var before = await Audit(server);
        Assert.True(before.Events > 0);

        // The work that was left undone is done, and changes no answer.
        await server.Upkeep();
        then.AssertStillGivenBy(await SchemaAnswers.Ask(server, then.Questions));
        var job = (await server.Parts.Jobs.Claim("reader", [SchemaContent.JobKind], default)).Value;
        Assert.Equal(("waits", """{"of":"a kept version"}""", 1), (job?.Name, job?.Payload, job?.Attempts));

        // And life goes on: ids are new, what is old takes new content.
        var old = await Experiments(server);
        var added = (string)(await server.Ok("POST", "/api/2.0/mlflow/experiments/create", """{"name":"after the migration"}"""))["experiment_id"]!;
        Assert.True(long.Parse(added) > old.Max(), $"Experiment {added} after {string.Join(", ", old)}.");
        var runs = (await server.Ok("POST", "/api/2.0/mlflow/runs/search", $$"""{"experiment_ids":[{{string.Join(',', old.Select(id => $"\"{id}\""))}}]}"""))["runs"]!.AsArray();
        Assert.NotEmpty(runs);
        foreach (var run in runs)
            await server.Ok("POST", "/api/2.0/mlflow/runs/log-batch",
                $$"""{"run_id":"{{run!["info"]!["run_id"]}}","metrics":[{"key":"loss","value":0,"timestamp":1}],"params":[{"key":"new","value":"1"}],"tags":[{"key":"new","value":"1"}]}""");
        await server.Upkeep();
        var after = await Audit(server);
        Assert.True(after.Events + after.Unsealed > before.Events + before.Unsealed && after.Events >= before.Events);
    }

    private static async Task<long[]> Experiments(StillServer server) =>
        [.. (await server.Ok("POST", "/api/2.0/mlflow/experiments/search", """{"view_type":"ALL","max_results":1000}"""))["experiments"]!.AsArray().Select(one => long.Parse((string)one!["experiment_id"]!))];

    private static async Task<AuditReport> Audit(StillServer server)
    {
        using var anchor = Anchor.Open(Path.Combine(server.Data, "upkeep"));
        var report = await new AuditVerification(server.Parts.Database, anchor).Verify(default);
        Assert.True(report.Whole, JsonSerializer.Serialize(report.Findings));
        return report;
    }
}

/// <summary>Holds whoever changes the schema to a new step and a new kept version.</summary>
public sealed class SchemaStepTests
{
    private const string Command = "SLIPWAY_WRITE_SCHEMA_VERSION=1 dotnet test tests/Slipway.Tests --filter FullyQualifiedName~SchemaStepTests";

    [Fact]
    public async Task Every_step_is_in_a_kept_version_and_none_changed_since()
    {
        var newest = SchemaVersion.Kept.LastOrDefault();
        if (Environment.GetEnvironmentVariable("SLIPWAY_WRITE_SCHEMA_VERSION") == "1" && Unkept(newest).Any()) await SchemaVersion.Of(++newest).Write();
        foreach (var version in SchemaVersion.Kept)
            foreach (var (step, digest) in SchemaVersion.Of(version).Steps)
                Assert.True(SchemaVersion.StepsNow.GetValueOrDefault(step) == digest, $"Step {step} is not what it was when schema version {version} was kept. Databases ran it as it was: leave it, and put the change in a new step.");
        Assert.True(!Unkept(newest).Any(), $"No kept schema version holds step {string.Join(", ", Unkept(newest))}. Write one and commit it: {Command}");
    }

    private static IEnumerable<string> Unkept(int version) => version == 0 ? SchemaVersion.StepsNow.Keys : SchemaVersion.StepsNow.Keys.Except(SchemaVersion.Of(version).Steps.Keys);
}
