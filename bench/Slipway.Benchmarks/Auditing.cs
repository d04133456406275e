using System.Diagnostics;
using Slipway.Events;
using Slipway.Server;
using Slipway.Storage;
using EventLog = Slipway.Events.EventLog;

namespace Slipway.Benchmarks;

/// <summary>The event log: how fast it is checked, every hash and every anchored head.</summary>
internal static class Auditing
{
    public static async Task Measure(Results results, double share, string? postgres, string folder, int count)
    {
        await using var database = await Open(postgres, Path.Combine(folder, "audit.db"));
        if ((await Migrations.Apply(database, Schemas.InLayerOrder(), default)).Problem is { } problem) throw new InvalidOperationException(problem.Message);
        var events = new EventLog(database, TimeProvider.System);
        using var anchor = Anchor.Open(Path.Combine(folder, "audit"));
        var caller = new Caller(Caller.DefaultWorkspace, "ann@example.com", Right.All, "192.168.1.20");
        for (var written = 0; written < count; written += 2_000)
            await database.Write<Done>(session =>
            {
                for (var n = 0; n < 2_000; n++)
                    events.Append(session, caller, "run.logged", "run/0198c1f0a1b27c3d8e4f5a6b7c8d9e0f", """{"params":{"learning_rate":"0.001","depth":"6","objective":"binary"},"tags":{"stage":"trial"}}""");
                return default(Done);
            }, default);
        var started = Stopwatch.GetTimestamp();
        await new EventSealer(database, events, anchor, TimeProvider.System).SealAll(null, default);
        var sealing = count / Stopwatch.GetElapsedTime(started).TotalSeconds;
        var (best, cpu) = (0.0, 0.0);
        for (var n = 0; n < 3; n++)
        {
            started = Stopwatch.GetTimestamp();
            var used = Environment.CpuUsage.TotalTime;
            var report = await new AuditVerification(database, anchor).Verify(default);
            if (!report.Whole || report.Events < count) throw new InvalidOperationException(string.Join(' ', report.Findings));
            best = Math.Max(best, report.Events / Stopwatch.GetElapsedTime(started).TotalSeconds);
            cpu = Math.Max(cpu, report.Events / (Environment.CpuUsage.TotalTime - used).TotalSeconds);
        }
        results.Add($"audit verify over {Results.N(count)} events", $"{Results.N(best)} events/s", $"a second of one core: {Results.N(cpu)}; sealing: {Results.N(sealing)} events/s", $"> {Results.N(200_000 * share)} events/s", best > 200_000 * share);
    }

    // In PostgreSQL in a schema of its own: the server's log beside it has its own sealer.
    private static async Task<Database> Open(string? postgres, string file)
    {
        if (postgres is null) return Databases.Open("sqlite:" + file);
        await using var plain = Databases.Open(postgres);
        foreach (var statement in (string[])["DROP SCHEMA IF EXISTS audit_bench CASCADE", "CREATE SCHEMA audit_bench"])
            await plain.Write<int>(session => session.Execute(statement), default);
        return Databases.Open($"{postgres};Search Path=audit_bench");
    }
}
