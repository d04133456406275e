using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Artifacts;
using Slipway.Jobs;
using Slipway.Sandbox;
using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Registry;

/// <summary>
/// Computes an evaluation: takes the version's files and the dataset out of the blobs, each compared with its recorded digest on the way, lets the scoring program loose on them in the sandbox, and
/// publishes what it says in the write that ends the job.
/// </summary>
internal sealed class EvaluationJob(Database db, ArtifactTree tree, SandboxRunner sandbox, RegistryNews events, TimeProvider clock)
{
    /// <summary>What the scoring program may use.</summary>
    public static readonly SandboxLimits Limits = new()
    {
        WallTime = TimeSpan.FromHours(1),
        CpuTime = TimeSpan.FromHours(4),
        MemoryBytes = 4L << 30,
        Processes = 128,
        FileBytes = 8L << 30,
        DiskBytes = 16L << 30,
        ResultBytes = 1 << 20,
    };

    /// <summary>What DuckDB may use of it.</summary>
    private const string DuckMemory = "512MB";

    private const int Threads = 2;

    private const string Begin = "UPDATE model_evaluations SET status = 2, problem = NULL WHERE id = $1 AND status <> 3";

    private const string End = """
        UPDATE model_evaluations SET status = $2, problem = $3, task = $4, rows = $5, engines = $6, duration_ms = $7, computed_ms = $8 WHERE id = $1
        """;

    private const string InsertMetric = "INSERT INTO model_evaluation_metrics (evaluation_id, metric, value, low, high, error) VALUES ($1, $2, $3, $4, $5, $6)";

    private sealed record Work(EvaluationRow Row, ModelVersionRow Version, EvalDatasetRow Data, ArtifactPath Root, List<ModelFile> Files, string? Mlmodel);

    /// <summary>One at a time: a machine that scores two models at once is done with neither.</summary>
    public JobHandler Handler => new(ModelEvaluations.JobKind, Run) { AtOnce = 1 };

    private async Task Run(Lease lease, CancellationToken ct)
    {
        var id = long.Parse(lease.Name, CultureInfo.InvariantCulture);
        var begun = await db.Write<Work?>(session => JobQueue.CheckLease(session, lease) is { } stale ? stale : Prepare(session, id), ct);
        if (begun.Problem is { Status: 409 }) return;
        if (begun.Problem is { } away) throw new StorageException(away);
        if (begun.Value is not { } work) return; // the version went meanwhile, or it was done before the job was gone
        var scored = work.Root.IsRoot ? Problem.Invalid("The version's files do not lie on this server any more.") : await Score(work, ct);
        // What may pass is tried again; what is wrong with the files stays wrong.
        if (scored.Problem is { Status: >= 500 and not 501 } passing) throw new IOException(passing.Message);
        await Publish(lease, work, scored.Problem is { } failed ? new ScoringResult(failed.Message) : scored.Value);
    }

    private static Outcome<Work?> Prepare(Session session, long id)
    {
        if (session.Execute(Begin, id) == 0 || ModelEvaluations.Find(session, id) is not { } row || ModelVersions.OfNo(session, row.VersionNo) is not { } version || EvalDatasets.Find(session, row.DatasetNo) is not { } data) return (Work?)null;
        var uri = ModelSource.Files(session, System(row.Workspace), version.DownloadUri);
        var root = uri.Succeeded && ArtifactPath.OfUri(uri.Value) is { Problem: null, Value: var path } ? path : ArtifactPath.Root;
        return new Work(row, version, data, root, Packages.Recorded(session, version.No), session.Text("SELECT mlmodel FROM model_packages WHERE version_no = $1", version.No));
    }

    private async Task<Outcome<ScoringResult>> Score(Work work, CancellationToken ct)
    {
        var mlmodel = work.Mlmodel is { } json ? (JsonObject)JsonNode.Parse(json)! : null;
        if (ModelFileOf(work.Files, mlmodel) is not { } model)
            return Problem.Invalid($"Version {work.Version.Version} of '{work.Version.Name}' holds {(work.Files.Any(IsOnnx) ? "more than one" : "no")} ONNX model: Slipway scores ONNX models only. Log the model as ONNX beside its other flavors, or keep to claimed metrics.");
        var caller = System(work.Row.Workspace);
        List<SandboxInput> inputs = [];
        foreach (var file in work.Files)
        {
            var path = ArtifactPath.Parse(file.Path) is { Problem: null, Value: var below } ? work.Root.Join(below) : Problem.Invalid($"'{file.Path}' is no path.");
            if (path.Problem is { } odd) return odd;
            var found = await Pinned(caller, path.Value, file.Sha256, $"'{file.Path}' of version {work.Version.Version} of '{work.Version.Name}'", ct);
            if (found.Problem is { } changed) return changed;
            inputs.Add(Input("model/" + file.Path, found.Value));
        }
        var data = await Pinned(caller, ArtifactPath.Parse(work.Data.Path).Value, work.Data.Digest, $"The file of the evaluation dataset '{work.Data.Name}', version {work.Data.Version},", ct);
        if (data.Problem is { } moved) return moved;
        var name = "data/data." + work.Data.Format;
        inputs.Add(Input(name, data.Value));
        var plan = new ScoringPlan("model/" + model, name, work.Data.Format, work.Data.Target, work.Data.IdColumn, work.Data.WeightColumn, ColumnsOf(mlmodel), work.Row.MetricsAsked.Length == 0 ? [] : work.Row.MetricsAsked.Split(','), DuckMemory, Threads);
        inputs.Add(SandboxInput.Of(ScoringPlan.File, JsonSerializer.SerializeToUtf8Bytes(plan, ScoringJson.Default.ScoringPlan)));
        var ran = await sandbox.Run(Job(inputs), ct);
        if (ran.Problem is { } notRun) return notRun;
        var result = ran.Value;
        if (result.Limit(Limits) is { } limit) return Problem.Invalid("Scoring was ended: " + limit);
        if (result.ExitCode == 0 && result.Results.TryGetValue(ScoringResult.File, out var bytes)) return JsonSerializer.Deserialize(bytes, ScoringJson.Default.ScoringResult)!;
        return Problem.Invalid($"The scoring program ended with {result.ExitCode} and no result{(result.ExitCode > 128 ? ": the model's file or the data crashed its reader" : "")}. It said: {SearchText.Cut(result.Stderr.Trim())}");
    }

    private async Task<Outcome<Artifact>> Pinned(Caller caller, ArtifactPath path, string sha256, string what, CancellationToken ct)
    {
        var found = await tree.Find(caller, path, ct);
        if (found.Problem is { Status: 404 }) return Problem.Invalid($"{what} is not there any more.");
        if (found.Problem is { } away) return away;
        return found.Value.Sha256 == sha256 ? found.Value : Changed(what, sha256, found.Value.Sha256);
    }

    /// <summary>A file for the sandbox, whose bytes are compared with their digest as they are read.</summary>
    private SandboxInput Input(string name, Artifact artifact) => new(name, async (to, ct) =>
    {
        var opened = await tree.Open(artifact, 0, null, ct);
        if (opened.Problem is { } lost) return lost;
        await using var from = opened.Value;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 18];
        for (int read; (read = await from.ReadAsync(buffer, ct)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            await to.WriteAsync(buffer.AsMemory(0, read), ct);
        }
        var digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        return digest == artifact.Sha256 ? null : Changed($"The content of '{artifact.Path}'", artifact.Sha256, digest);
    });

    private async Task Publish(Lease lease, Work work, ScoringResult result)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var done = result.Problem is null;
        var written = await db.Write<Done>(session =>
        {
            if (JobQueue.Finish(session, lease) is { } stale) return stale;
            if (ModelVersions.OfNo(session, work.Version.No) is null) return default(Done);
            session.Execute(End, work.Row.Id, (int)(done ? WorkStatus.Done : WorkStatus.Failed), result.Problem?.Replace('\0', ' '), result.Task, done ? result.Rows : (long?)null, result.Engines, result.DurationMs, now);
            session.ExecuteMany(InsertMetric, result.Metrics ?? [], (row, metric) => row.Add(work.Row.Id).Add(metric.Metric).Add(metric.Value).Add(metric.Low).Add(metric.High).Add(metric.Error));
            var caller = System(work.Row.Workspace);
            events.Append(session, caller, done ? "model_evaluation.done" : "model_evaluation.failed", work.Version.Subject, EventData.Of(("name", work.Version.Name), ("version", RegisteredModels.Text(work.Version.Version)), ("evaluation", RegisteredModels.Text(work.Row.Id)),
                ("dataset", work.Row.Dataset), ("dataset_digest", work.Row.DatasetDigest), ("model_digest", work.Row.ModelDigest), ("problem", result.Problem), ("metrics", Summary(result))));
            events.Tell(session, caller, WebhookKind.EvaluationFinished, ("name", work.Version.Name), ("version", RegisteredModels.Text(work.Version.Version)), ("evaluation", RegisteredModels.Text(work.Row.Id)), ("dataset", work.Row.Dataset),
                ("status", done ? "DONE" : "FAILED"), ("problem", result.Problem));
            return default(Done);
        }, CancellationToken.None);
        events.Hint();
        if (written.Problem is { Status: not 409 } away) throw new StorageException(away);
    }

    private static string? Summary(ScoringResult result) => result.Metrics is not { } metrics ? null : string.Join(' ', metrics.Select(static metric => $"{metric.Metric}={metric.Value.ToString("R", CultureInfo.InvariantCulture)}"));

    private static string? ModelFileOf(List<ModelFile> files, JsonObject? mlmodel)
    {
        if ((mlmodel?["flavors"] as JsonObject)?["onnx"] is JsonObject onnx && onnx["data"] is JsonValue named && named.GetValueKind() is JsonValueKind.String && files.Exists(file => file.Path == (string?)named)) return (string?)named;
        return files.FindAll(IsOnnx) is [var only] ? only.Path : null;
    }

    private static bool IsOnnx(ModelFile file) => file.Path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>The columns of a signature that names all of them.</summary>
    private static string[]? ColumnsOf(JsonObject? mlmodel) => mlmodel is not null && MlmodelFile.Describe(mlmodel).Inputs is { Length: > 0 } inputs && Array.TrueForAll(inputs, static one => one.Name is not null && one.Shape is null) ? [.. inputs.Select(static one => one.Name!)] : null;

    private static SandboxJob Job(List<SandboxInput> inputs)
    {
        var own = Path.Combine(AppContext.BaseDirectory, "slipway" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        // Started as a tool of .NET the process is dotnet, and the program a library.
        var (program, first) = File.Exists(own) ? (own, (string[])[]) : (Environment.ProcessPath!, [Path.Combine(AppContext.BaseDirectory, "slipway.dll")]);
        var variables = new Dictionary<string, string> { ["DOTNET_EnableDiagnostics"] = "0", ["DOTNET_gcServer"] = "0", ["DOTNET_GCHeapHardLimit"] = "0x40000000", ["DOTNET_NOLOGO"] = "1", ["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = "/tmp" };
        List<string> folders = [Path.GetDirectoryName(program)!, AppContext.BaseDirectory];
        var runtime = RuntimeEnvironment.GetRuntimeDirectory();
        if (runtime.IndexOf("/shared/Microsoft.NETCore.App/", StringComparison.Ordinal) is var shared and >= 0)
        {
            variables["DOTNET_ROOT"] = runtime[..shared];
            folders.Add(runtime[..shared]);
        }
        foreach (var engine in (string[])["SLIPWAY_ONNXRUNTIME", "SLIPWAY_DUCKDB"])
            if (Environment.GetEnvironmentVariable(engine) is { Length: > 0 } place)
            {
                variables[engine] = place;
                folders.Add(Directory.Exists(place) ? place : Path.GetDirectoryName(Path.GetFullPath(place))!);
            }
        return new SandboxJob(program, [.. first, ScoringProgram.Command]) { Environment = variables, Folders = folders, Inputs = inputs, Results = [ScoringResult.File], Limits = Limits };
    }

    private static Caller System(long workspace) => Caller.System("evaluations") with { Workspace = workspace };

    private static Problem Changed(string what, string expected, string got) =>
        Problem.Invalid($"{what} is not what it was when it was registered: expected SHA-256 {expected}, got {got}. Nothing was scored. Register the changed file as a version of its own.");
}
