using System.Globalization;
using Slipway.Artifacts;
using Slipway.Jobs;
using Slipway.Sandbox;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>
/// Commands of policies: started when somebody asks for the gates, run by a job in the sandbox with the version's files, their result kept for just these files and
/// this version of the policy. The server itself runs none of it.
/// </summary>
internal sealed class GateCommandRuns(Database db, RegistryNews events, JobQueue jobs, ArtifactTree tree, SandboxRunner sandbox, TimeProvider clock)
{
    /// <summary>The kind of the jobs.</summary>
    public const string Kind = "gates.command";

    /// <summary>How much of the beginning, and of the end, of what a command said is kept, in characters.</summary>
    public const int ReportHalfChars = 16_384;

    /// <summary>The most bytes of files that a command is given.</summary>
    public const long FilesBytesMax = 4L << 30;

    private const int Running = 2, Ended = 3, Failed = 4;

    // What could not be run is tried anew when somebody asks again; what ended has its result.
    private const string Ask = """
        INSERT INTO gate_commands (model_id, version, policy_id, policy_version, check_id, files_digest, state, asked_by, asked_ms) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)
        ON CONFLICT (model_id, version, policy_id, policy_version, check_id, files_digest) DO UPDATE SET state = 1, problem = NULL, asked_by = excluded.asked_by, asked_ms = excluded.asked_ms, ended_ms = NULL
         WHERE gate_commands.state = 4 RETURNING id
        """;

    private const string Keep = "UPDATE gate_commands SET state = $2, exit_code = $3, report = $4, problem = $5, ended_ms = $6, duration_ms = $7 WHERE id = $1";

    /// <summary>The job.</summary>
    public JobHandler Handler => new(Kind, Run) { AtOnce = 2 };

    /// <summary>What a command said of a version's files, for the gates; null when it was never asked.</summary>
    public static CommandSaid? Said(Session session, CommandAsked asked) => session.First("""
        SELECT state, exit_code, report, problem, duration_ms FROM gate_commands WHERE model_id = $1 AND version = $2 AND policy_id = $3 AND policy_version = $4 AND check_id = $5 AND files_digest = $6
        """, static row => new CommandSaid(row.Int(0) >= Ended, row.LongOrNull(1), row.TextOrNull(2), row.TextOrNull(3), row.LongOrNull(4)),
        asked.Model, asked.Version, asked.Policy, asked.PolicyVersion, asked.Check, asked.FilesDigest);

    /// <summary>Starts what has no result, in the write of somebody who asks; <see cref="Hint"/> after the commit.</summary>
    public void Start(Session session, Caller caller, ModelVersionRow version, GateFindings findings)
    {
        var now = clock.GetUtcNow();
        foreach (var policy in findings.Policies)
            foreach (var check in policy.Policy.Checks.OfType<CommandPolicyCheck>())
            {
                if (findings.Facts!.Commands.GetValueOrDefault((policy.Id, check.Id)) is { } said && (!said.Ended || said.ExitCode is not null)) continue;
                if (session.Long(Ask, version.ModelId, version.Version, policy.Id, policy.Version, check.Id, findings.Facts.FilesDigest, caller.Actor, now.ToUnixTimeMilliseconds()) is not { } id) continue;
                jobs.Add(session, Kind, $"{Text(id)}.{Text(now.ToUnixTimeMilliseconds())}", "{}", now, attemptsMax: 3, JobPriority.High);
                events.Append(session, caller, "gate.command_started", version.Subject, EventData.Of(("name", version.Name), ("version", Text(version.Version)), ("policy", policy.Name), ("check", check.Id)));
            }
    }

    /// <summary>After the commit.</summary>
    public void Hint() => jobs.Hint();

    private sealed record Work(long Id, ModelVersionRow Version, long Workspace, string Uri, string Policy, CommandPolicyCheck? Check, string CheckId, List<ModelFile> Files, string FilesDigest);

    private async Task Run(Lease lease, CancellationToken ct)
    {
        if (!long.TryParse(lease.Name.AsSpan(0, Math.Max(0, lease.Name.IndexOf('.', StringComparison.Ordinal))), CultureInfo.InvariantCulture, out var id)) return;
        if (await db.Read(session => Find(session, id), ct) is not { } work) return; // the version or its model is gone
        await db.Write<Done>(session =>
        {
            session.Execute("UPDATE gate_commands SET state = $2 WHERE id = $1 AND state < 3", id, Running);
            return default(Done);
        }, ct);
        var ran = await Confined(work, ct);
        var (exit, report, took) = ran.Succeeded ? ran.Value : (null, null, TimeSpan.Zero);
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var saved = await db.Write<Done>(session =>
        {
            if (JobQueue.CheckLease(session, lease) is { } stale) return stale;
            if (session.Execute(Keep, id, exit is null ? Failed : Ended, exit, report, ran.Problem?.Message, now, (long)took.TotalMilliseconds) == 0) return default(Done);
            events.Append(session, Caller.System("gates") with { Workspace = work.Workspace }, "gate.command_ended", work.Version.Subject,
                EventData.Of(("name", work.Version.Name), ("version", Text(work.Version.Version)), ("policy", work.Policy), ("check", work.CheckId), ("exit_code", exit is { } code ? Text(code) : null), ("problem", ran.Problem?.Message)));
            return default(Done);
        }, ct);
        if (saved.Problem is { Status: not 409 } problem) throw new StorageException(problem);
    }

    private async Task<Outcome<(long? ExitCode, string? Report, TimeSpan Took)>> Confined(Work work, CancellationToken ct)
    {
        if (work.Check is not { } check) return Problem.Invalid("The policy no longer has this check.");
        var bytes = work.Files.Sum(static file => file.Size);
        if (bytes > FilesBytesMax) return Problem.Invalid($"The version's files have {bytes:N0} bytes, more than the {FilesBytesMax:N0} that a command is given.");
        var caller = Caller.System("gates") with { Workspace = work.Workspace };
        var time = TimeSpan.FromSeconds(check.TimeoutSeconds);
        var job = new SandboxJob(check.Run[0], [.. check.Run.Skip(1)])
        {
            Environment = new Dictionary<string, string> { ["SLIPWAY_MODEL"] = work.Version.Name, ["SLIPWAY_VERSION"] = Text(work.Version.Version), ["SLIPWAY_DIGEST"] = work.FilesDigest },
            Inputs = [.. work.Files.Select(file => SandboxInput.Of(file.Path, ct => Open(caller, work.Uri, file, ct)))],
            Limits = new SandboxLimits { WallTime = time, CpuTime = time },
            Network = check.Network,
        };
        var ran = await sandbox.Run(job, ct);
        if (ran.Problem is { } refused) return refused;
        var said = ran.Value.Stdout + (ran.Value.Stderr.Length == 0 ? "" : (ran.Value.Stdout.Length == 0 ? "" : "\n") + ran.Value.Stderr);
        if (ran.Value.Limit(job.Limits) is { } limit) said = limit + "\n" + said;
        // One that is killed for a limit has failed, whatever it answered.
        return (ran.Value.KilledBecause is not null && ran.Value.ExitCode == 0 ? 137 : ran.Value.ExitCode, Report(said), ran.Value.Took);
    }

    /// <summary>The beginning and the end of a text, without what databases do not hold.</summary>
    internal static string Report(string said)
    {
        var text = said.Replace("\0", "", StringComparison.Ordinal);
        if (text.Length <= 2 * ReportHalfChars) return text;
        // Not between the halves of a character.
        var from = char.IsHighSurrogate(text[ReportHalfChars - 1]) ? ReportHalfChars - 1 : ReportHalfChars;
        var to = text.Length - ReportHalfChars + (char.IsLowSurrogate(text[^ReportHalfChars]) ? 1 : 0);
        return $"{text[..from]}\n... {to - from:N0} characters are left out ...\n{text[to..]}";
    }

    private async Task<Outcome<Stream>> Open(Caller caller, string uri, ModelFile file, CancellationToken ct)
    {
        if (ArtifactPath.OfUri(uri) is not { Problem: null, Value: var root } || ArtifactPath.Parse(file.Path) is not { Problem: null, Value: var below } || root.Join(below) is not { Problem: null, Value: var path }) return Problem.Invalid($"'{file.Path}' does not lie on this server.");
        var found = await tree.Find(caller, path, ct);
        if (found.Problem is { } missing) return missing;
        return found.Value.Sha256 == file.Sha256 ? await tree.Open(found.Value, 0, null, ct) : Problem.Conflict($"'{file.Path}' is not what it was when the version was registered.");
    }

    private static Work? Find(Session session, long id)
    {
        var row = session.First("SELECT model_id, version, policy_id, policy_version, check_id, files_digest, state FROM gate_commands WHERE id = $1",
            static one => (Model: one.Long(0), Version: one.Long(1), Policy: one.Long(2), PolicyVersion: one.Long(3), Check: one.Text(4), Digest: one.Text(5), State: one.Int(6)), id);
        if (row.Check is null || row.State >= Ended || ModelVersions.Row(session, row.Model, row.Version) is not { } version) return null;
        var (workspace, name) = session.First("SELECT workspace_id, name FROM gate_policies WHERE id = $1", static one => (one.Long(0), one.Text(1)), row.Policy);
        var yaml = session.Text("SELECT yaml FROM gate_policy_versions WHERE policy_id = $1 AND version = $2", row.Policy, row.PolicyVersion);
        var check = yaml is null ? null : PolicyReader.Read(yaml).Policy?.Checks.OfType<CommandPolicyCheck>().FirstOrDefault(check => check.Id == row.Check);
        var uri = ModelSource.Files(session, Caller.System("gates") with { Workspace = workspace }, version.DownloadUri);
        return new Work(id, version, workspace, uri.Succeeded ? uri.Value : "", name!, check, row.Check, session.Query("SELECT path, size, sha256 FROM model_files WHERE version_no = $1 ORDER BY path", static one => new ModelFile(one.Text(0), one.Long(1), one.Text(2)), version.No), row.Digest);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
