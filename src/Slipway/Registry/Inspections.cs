using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Slipway.Artifacts;
using Slipway.Jobs;
using Slipway.Sandbox;
using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Registry;

/// <summary>What is learned of a version's files after it was registered: a job for each version gives them to a child in the sandbox, and keeps what that says.</summary>
internal sealed partial class Inspections(Database db, RegistryNews news, JobQueue jobs, ArtifactTree tree, SandboxRunner sandbox, TimeProvider clock, InspectionRules rules, ILogger<Inspections> log)
{
    /// <summary>The kind of its jobs.</summary>
    public const string Kind = "registry.inspect";

    /// <summary>What one child is given at once: the disk that an inspection takes is this, or the largest file.</summary>
    private const long BatchBytes = 1L << 30;

    private const int BatchFiles = 1_000;

    /// <summary>ONNX models of a version that are opened, and the largest, in bytes, with its weights.</summary>
    private const int OnnxFilesMax = 20;

    private const long OnnxBytesMax = 2L << 30;

    private const string Begin = """
        INSERT INTO model_inspections (version_no, status, findings) VALUES ($1, $2, 0)
        ON CONFLICT (version_no) DO UPDATE SET status = excluded.status
        """;

    private const string Keep = "UPDATE model_inspections SET status = $2, findings = $3, finished_ms = $4, remark = $5, report = $6, onnx = $7 WHERE version_no = $1";

    /// <summary>How a job is run.</summary>
    public JobHandler Handler => new(Kind, Run) { AtOnce = 2 };

    /// <summary>Asks for a look, in the write that made the version or that asks again.</summary>
    public Problem? Ask(Session session, long no)
    {
        session.Execute(Begin, no, ModelScan.Pending);
        var name = no.ToString(CultureInfo.InvariantCulture);
        return jobs.Add(session, Kind, name, "{}", clock.GetUtcNow(), attemptsMax: 3);
    }

    /// <summary>Looks again.</summary>
    public async Task<Outcome<ModelScan>> Again(Caller caller, ModelVersionRef request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var version = RegistryCheck.Version(request.Version);
        if (version.Problem is { } badVersion) return badVersion;
        var asked = await db.Write<ModelScan>(session =>
        {
            if (ModelVersions.Find(session, caller, request.Name!, version.Value, session.Dialect.ForUpdate(), out var row) is { } refused) return refused;
            if (session.Long("SELECT files FROM model_packages WHERE version_no = $1", row.No) is not > 0) return Problem.Invalid($"Nothing was recorded of version {row.Version} of '{row.Name}', so there is nothing to look into. Register it anew from files on this server.");
            if (Ask(session, row.No) is { } full) return full;
            news.Append(session, caller, "model_version.inspection_asked", row.Subject, EventData.Of(("name", row.Name), ("version", RegisteredModels.Text(row.Version))));
            return new ModelScan { Status = ModelScan.Pending };
        }, ct);
        jobs.Hint();
        return asked;
    }

    /// <summary>What is known of a version, for its package.</summary>
    public static (ModelScan Scan, OnnxSummary[]? Onnx) Of(Session session, long no)
    {
        var (scan, onnx) = (new ModelScan { Status = ModelScan.NotScanned, Remark = "Its files do not lie on this server, or it is older than the scan." }, (OnnxSummary[]?)null);
        session.Each("SELECT status, finished_ms, remark, report, onnx FROM model_inspections WHERE version_no = $1", row =>
        {
            scan = row.TextOrNull(3) is { } report && row.Text(0) != ModelScan.Pending ? JsonSerializer.Deserialize(report, RegistryJson.Default.ModelScan)! : new ModelScan { Status = row.Text(0), FinishedMs = row.LongOrNull(1), Remark = row.TextOrNull(2) };
            onnx = row.TextOrNull(4) is { } models ? JsonSerializer.Deserialize(models, RegistryJson.Default.OnnxSummaryArray) : null;
            return false;
        }, no);
        return (scan, onnx);
    }

    /// <summary>What gates ask: the status alone; null for a version that nobody looked into.</summary>
    public static ScanState? State(Session session, ModelVersionRow version)
    {
        ScanState? state = null;
        session.Each("SELECT status, findings, remark, finished_ms FROM model_inspections WHERE version_no = $1", row =>
        {
            state = new ScanState(row.Text(0), row.Long(1), row.TextOrNull(2), row.LongOrNull(3));
            return false;
        }, version.No);
        return state;
    }

    /// <summary>Null while a version may be used as far as the installation's rule says, else the refusal.</summary>
    public Problem? Blocked(Session session, ModelVersionRow version)
    {
        if (!rules.BlockUnsafe || version.IsPrompt) return null;
        var state = State(session, version);
        var status = state?.Status ?? ModelScan.NotScanned;
        if (status == ModelScan.Clean) return null;
        var again = $"slipway models inspect {version.Name} {version.Version}";
        return Problem.Conflict(status switch
        {
            ModelScan.Pending => $"The files of version {version.Version} of '{version.Name}' are being looked into; this installation uses clean versions only (registry.unsafe is block). Try again in a moment; {again} says how far it is.",
            ModelScan.NotScanned => $"The files of version {version.Version} of '{version.Name}' were not looked into ({state?.Remark ?? "they do not lie on this server, or it is older than the scan"}), and this installation uses clean versions only (registry.unsafe is block). Register it from files on this server, or: {again} --again",
            _ => $"The files of version {version.Version} of '{version.Name}' are {status} ({state!.Findings} findings), and this installation uses clean versions only (registry.unsafe is block). What was found: {again}",
        });
    }

    /// <summary>Forgets what was learned of versions that go.</summary>
    public static void Erase(Session session, string versions, params ReadOnlySpan<Arg> args)
    {
        session.Execute($"DELETE FROM model_inspections WHERE version_no IN ({versions})", args);
        session.Execute($"DELETE FROM model_signatures WHERE version_no IN ({versions})", args);
    }

    /// <summary>The job: looks, and keeps what it saw.</summary>
    public async Task Run(Lease lease, CancellationToken ct)
    {
        if (!long.TryParse(lease.Name, CultureInfo.InvariantCulture, out var no)) return;
        var work = await db.Read(session => Find(session, no), ct);
        if (work is null) return; // deleted meanwhile
        var (scan, onnx) = (new ModelScan { Status = ModelScan.NotScanned }, (OnnxSummary[]?)null);
        if (await sandbox.Refusal() is { } refused) scan = scan with { Remark = refused.Message };
        else
        {
            try
            {
                (scan, onnx) = await Look(work, ct);
            }
            catch (Exception failed) when (failed is not OperationCanceledException && lease.Attempts >= lease.AttemptsMax)
            {
                scan = scan with { Remark = failed.Message };
            }
        }
        await Save(lease, work, scan with { FinishedMs = clock.GetUtcNow().ToUnixTimeMilliseconds() }, onnx, ct);
    }

    private sealed record Work(long No, ModelVersionRow Version, long Workspace, string Uri, string? Named, List<ModelFile> Files);

    /// <summary>What stands in the way of an inspection and may pass: the job is tried again.</summary>
    private sealed class InspectionException(string message) : Exception(message);

    private static Work? Find(Session session, long no)
    {
        var at = session.First("SELECT model_id, version, workspace_id FROM model_versions WHERE no = $1", static row => (Model: row.Long(0), Version: row.Long(1), Workspace: row.Long(2)), no);
        if (at.Version == 0 || ModelVersions.Row(session, at.Model, at.Version) is not { } row) return null;
        var caller = Caller.System("inspection") with { Workspace = at.Workspace };
        var uri = ModelSource.Files(session, caller, row.DownloadUri);
        return new Work(no, row, at.Workspace, uri.Succeeded ? uri.Value : "", MlmodelFile.OnnxFile(session.Text("SELECT mlmodel FROM model_packages WHERE version_no = $1", no)), Packages.Recorded(session, no));
    }

    private async Task<(ModelScan Scan, OnnxSummary[]? Onnx)> Look(Work work, CancellationToken ct)
    {
        var (findings, leftOut, mechanism) = (new List<ModelFinding>(), 0L, (await sandbox.Means()).Name);
        var waiting = new Queue<ModelFile>(work.Files);
        while (waiting.Count > 0)
        {
            List<ModelFile> batch = [waiting.Dequeue()];
            for (var bytes = batch[0].Size; waiting.TryPeek(out var next) && batch.Count < BatchFiles && bytes + next.Size <= BatchBytes; bytes += next.Size) batch.Add(waiting.Dequeue());
            foreach (var one in await Scan(work, batch, ct))
            {
                leftOut += one.LeftOut;
                foreach (var finding in one.Findings ?? [])
                    if (findings.Count < ModelScan.FindingsMax) findings.Add(finding);
                    else leftOut++;
            }
        }
        var scan = new ModelScan
        {
            Status = ModelScan.StatusOf(findings),
            Files = work.Files.Count,
            Bytes = work.Files.Sum(static file => file.Size),
            Mechanism = mechanism,
            Findings = findings.Count == 0 ? null : [.. findings],
            LeftOut = leftOut == 0 ? null : leftOut,
        };
        List<OnnxSummary> models = [];
        foreach (var file in work.Files.Where(file => file.Path == work.Named || file.Path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)).Take(OnnxFilesMax)) models.Add(await Open(work, file, ct));
        return (scan, models.Count == 0 ? null : [.. models]);
    }

    /// <summary>Scans files in a child. One that ends the child is a finding, and the others are given to another child.</summary>
    private async Task<List<ScannedFile>> Scan(Work work, List<ModelFile> files, CancellationToken ct)
    {
        List<ScannedFile> scanned = [];
        // The child works through them in this order, so that the first without a line is the one that ended it.
        List<ModelFile> left = [.. files.OrderBy(static file => file.Path, StringComparer.Ordinal)];
        while (left.Count > 0)
        {
            var bytes = left.Sum(static file => file.Size);
            var time = TimeSpan.FromSeconds(120 + bytes / (16 << 20));
            var limits = new SandboxLimits { WallTime = time * 4, CpuTime = time, MemoryBytes = 1536L << 20, FileBytes = 5L << 30, DiskBytes = 5L << 30, ResultBytes = 32L << 20 };
            var ran = await Run(work, Inspector.Job(rules.Program, ["scan"], limits), left, ct);
            var said = Inspector.Lines(ran.Results.GetValueOrDefault(Inspector.Report), RegistryJson.Default.ScannedFile);
            scanned.AddRange(said);
            left.RemoveAll(file => said.Exists(one => one.File == file.Path));
            if (left.Count == 0) break;
            if (ran.ExitCode is 126 or 127 || ran.ExitCode != 0 && ran.KilledBecause is null && said.Count == 0 && ran.Stderr.Contains("No such file", StringComparison.Ordinal)) throw new InspectionException($"The scanner could not be started: {Cut(ran.Stderr)}");
            var culprit = left[0];
            scanned.Add(new ScannedFile(culprit.Path, culprit.Size, [new ModelFinding(culprit.Path, null, null, ModelScan.Suspicious, $"It ended the scan. {ran.Limit(limits) ?? $"The scanner failed with {ran.ExitCode}: {Cut(ran.Stderr)}"}")], 0));
            left.RemoveAt(0);
            if (scanned.Count(static one => one.Findings is [{ What: var what }] && what.StartsWith("It ended the scan.", StringComparison.Ordinal)) < 5 || left.Count == 0) continue;
            scanned.AddRange(left.Select(static file => new ScannedFile(file.Path, file.Size, [new ModelFinding(file.Path, null, null, ModelScan.Suspicious, "It was not looked into: five files before it ended the scan.")], 0)));
            break;
        }
        return scanned;
    }

    private async Task<OnnxSummary> Open(Work work, ModelFile file, CancellationToken ct)
    {
        var folder = file.Path.LastIndexOf('/') is var slash and >= 0 ? file.Path[..(slash + 1)] : "";
        // Weights may lie in files beside the model.
        List<ModelFile> needed = [file, .. work.Files.Where(other => other != file && other.Path.StartsWith(folder, StringComparison.Ordinal) && !other.Path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))];
        if (file.Size > OnnxBytesMax) return new OnnxSummary { File = file.Path, Bytes = file.Size, Error = $"It has more than {OnnxBytesMax:N0} bytes, and is not opened here." };
        while (needed.Sum(static one => one.Size) > OnnxBytesMax && needed.Count > 1) needed.RemoveAt(needed.Count - 1);
        var limits = new SandboxLimits { WallTime = TimeSpan.FromMinutes(5), CpuTime = TimeSpan.FromMinutes(2), MemoryBytes = (1L << 30) + 3 * file.Size, Processes = 100 };
        var ran = await Run(work, Inspector.Job(rules.Program, ["onnx", file.Path], limits), needed, ct);
        return Inspector.Lines(ran.Results.GetValueOrDefault(Inspector.Report), RegistryJson.Default.OnnxSummary) is [var summary, ..] ? summary
            : new OnnxSummary { File = file.Path, Bytes = file.Size, Error = $"It ended the program that opened it. {ran.Limit(limits) ?? $"That answered {ran.ExitCode}: {Cut(ran.Stderr)}"}" };
    }

    private async Task<SandboxResult> Run(Work work, SandboxJob job, List<ModelFile> files, CancellationToken ct)
    {
        var caller = Caller.System("inspection") with { Workspace = work.Workspace };
        var ran = await sandbox.Run(job with { Inputs = [.. files.Select(file => SandboxInput.Of(file.Path, ct => OpenFile(caller, work.Uri, file, ct)))] }, ct);
        return ran.Problem is { } problem ? throw new InspectionException(problem.Message) : ran.Value;
    }

    private async Task<Outcome<Stream>> OpenFile(Caller caller, string uri, ModelFile file, CancellationToken ct)
    {
        if (ArtifactPath.OfUri(uri) is not { Problem: null, Value: var root } || ArtifactPath.Parse(file.Path) is not { Problem: null, Value: var below } || root.Join(below) is not { Problem: null, Value: var path }) return Problem.Invalid($"'{file.Path}' does not lie on this server.");
        var found = await tree.Find(caller, path, ct);
        if (found.Problem is { } missing) return missing;
        if (found.Value.Sha256 != file.Sha256) return Problem.Conflict($"'{file.Path}' is not what it was when the version was registered.");
        return await tree.Open(found.Value, 0, null, ct);
    }

    private async Task Save(Lease lease, Work work, ModelScan scan, OnnxSummary[]? onnx, CancellationToken ct)
    {
        var caller = Caller.System("inspection") with { Workspace = work.Workspace };
        var findings = (scan.Findings?.Length ?? 0) + (scan.LeftOut ?? 0);
        var saved = await db.Write<Done>(session =>
        {
            // The job ends in the same write: whoever asks for another look from then on gets a job of its own.
            if (JobQueue.Finish(session, lease) is { } stale) return stale;
            var kept = session.Execute(Keep, work.No, scan.Status, findings, scan.FinishedMs, scan.Remark, JsonSerializer.Serialize(scan, RegistryJson.Default.ModelScan), onnx is null ? null : JsonSerializer.Serialize(onnx, RegistryJson.Default.OnnxSummaryArray));
            if (kept == 0) return default(Done); // deleted meanwhile
            var (version, count) = (RegisteredModels.Text(work.Version.Version), RegisteredModels.Text(findings));
            news.Append(session, caller, "model_version.inspected", work.Version.Subject, EventData.Of(("name", work.Version.Name), ("version", version), ("status", scan.Status), ("findings", count)));
            news.Tell(session, caller, WebhookKind.VersionInspected, ("name", work.Version.Name), ("version", version), ("status", scan.Status), ("findings", count));
            return default(Done);
        }, ct);
        news.Hint();
        if (saved.Problem is { } problem) throw new StorageException(problem);
        Inspected(work.Version.Name, work.Version.Version, scan.Status, findings);
    }

    private static string Cut(string text) => text.Trim() is { Length: > 300 } longer ? longer[..300] + "..." : text.Trim();

    [LoggerMessage(LogLevel.Information, "Looked into the files of version {Version} of '{Name}': {Status}, {Findings} findings.")]
    private partial void Inspected(string name, long version, string status, long findings);
}

/// <summary>What an installation says about inspections.</summary>
/// <param name="BlockUnsafe">True: versions that are not clean are not used.</param>
/// <param name="Program">The program that has the hidden command; null for this process's own.</param>
internal sealed record InspectionRules(bool BlockUnsafe, string? Program = null);
