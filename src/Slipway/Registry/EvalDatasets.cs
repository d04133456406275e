using Slipway.Artifacts;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>A version of an evaluation dataset, as scoring needs it.</summary>
internal sealed record EvalDatasetRow(long No, string Name, long Version, string Digest, string Format, long Size, string Source, string Path, string Target, string? IdColumn, string? WeightColumn, string? Description, string CreatedBy, long CreatedMs);

/// <summary>
/// Data that models are scored on, pinned: a version is a file by its digest and what its columns mean, and never changes. They belong to the workspace
/// and to no model, so adding one takes the right to change models anywhere in it.
/// </summary>
internal sealed class EvalDatasets(Database db, ArtifactTree tree, RegistryNews events, TimeProvider clock)
{
    /// <summary>Where uploads lie in the workspace's tree of artifacts.</summary>
    private const string UploadFolder = TrackedArtifacts.RegistryFolder + "/eval-datasets/";

    private const string Columns = "SELECT no, name, version, digest, format, size, source, path, target, id_column, weight_column, description, created_by, created_ms FROM eval_datasets";

    private const string Insert = """
        INSERT INTO eval_datasets (workspace_id, name, version, digest, format, size, source, path, run_id, target, id_column, weight_column, description, created_by, created_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT (workspace_id, name, version) DO NOTHING
        """;

    private const string Names = """
        SELECT name, max(version) FROM eval_datasets WHERE workspace_id = $1 AND name > $2 GROUP BY name ORDER BY name LIMIT $3
        """;

    /// <summary>Stores a file that a version may be made of.</summary>
    public async Task<Outcome<EvalDatasetUploaded>> Upload(Caller caller, string? name, string? file, Stream content, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.WriteModels) is { } denied) return denied;
        if (RegistryCheck.NewName(name) is { } badName) return badName;
        if (string.IsNullOrEmpty(file)) return Problem.Missing("file");
        if (FormatOf(file) is null) return Unknown(file);
        var path = ArtifactPath.Parse($"{UploadFolder}{Guid.CreateVersion7(clock.GetUtcNow()):N}/{file}");
        if (path.Problem is { } badPath) return badPath;
        if (file.Contains('/', StringComparison.Ordinal)) return Problem.Invalid("file: expected a name without folders.");
        var stored = await tree.Put(caller with { Acting = Right.None }, path.Value, content, ct);
        return stored.Problem is { } failed ? failed : new EvalDatasetUploaded("mlflow-artifacts:/" + path.Value.Text, stored.Value.Sha256, stored.Value.Size);
    }

    /// <summary>Pins a file as the next version; the same content with the same columns as the newest is that one.</summary>
    public async Task<Outcome<EvalDatasetAnswer>> Add(Caller caller, AddEvalDataset request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.WriteModels) is { } denied) return denied;
        if (RegistryCheck.NewName(request.Name) is { } badName) return badName;
        if (WireCheck.Required(request.Source, "source", ModelVersion.SourceCharsMax) is { } badSource) return badSource;
        if (WireCheck.Required(request.Target, "target", EvalDataset.ColumnCharsMax) is { } badTarget) return badTarget;
        if (WireCheck.Text(request.IdColumn, "id_column", EvalDataset.ColumnCharsMax) is { } badId) return badId;
        if (WireCheck.Text(request.WeightColumn, "weight_column", EvalDataset.ColumnCharsMax) is { } badWeight) return badWeight;
        if (WireCheck.Text(request.Description, "description", RegisteredModel.DescriptionCharsMax) is { } badText) return badText;
        var (id, weight) = (NullIfEmpty(request.IdColumn), NullIfEmpty(request.WeightColumn));
        if (request.Target == id || request.Target == weight || id is not null && id == weight) return Problem.Invalid("target, id_column and weight_column must be different columns.");
        if (FormatOf(request.Source!) is not { } format) return Unknown(request.Source!);
        var located = await db.Read(session => Locate(session, caller, request.Source!), ct);
        if (located.Problem is { } lost) return lost;
        var found = await tree.Find(caller with { Acting = Right.None }, located.Value.Path, ct);
        if (found.Problem is { } missing) return missing;
        if (found.Value.Size > EvalDataset.BytesMax) return Problem.TooLarge($"An evaluation dataset holds at most {EvalDataset.BytesMax:N0} bytes, this file {found.Value.Size:N0}.");
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<EvalDatasetAnswer>(session =>
        {
            while (true)
            {
                var newest = Newest(session, caller.Workspace, request.Name!);
                if (newest is not null && (newest.Digest, newest.Target, newest.IdColumn, newest.WeightColumn, newest.Path) == (found.Value.Sha256, request.Target!, id, weight, located.Value.Path.Text)) return Answer(newest);
                var version = (newest?.Version ?? 0) + 1;
                if (version > EvalDataset.VersionsMax) return Problem.Invalid($"An evaluation dataset has at most {EvalDataset.VersionsMax:N0} versions. Use another name.");
                // Two who add at once: the second one looks again.
                if (session.Execute(Insert, caller.Workspace, request.Name, version, found.Value.Sha256, format, found.Value.Size, request.Source, located.Value.Path.Text, located.Value.Run, request.Target, id, weight,
                    NullIfEmpty(request.Description), caller.Actor, now) == 0) continue;
                events.Append(session, caller, "eval_dataset.added", "eval_dataset/" + request.Name, EventData.Of(("name", request.Name), ("version", RegisteredModels.Text(version)), ("digest", found.Value.Sha256), ("source", request.Source), ("target", request.Target)));
                return Answer(Newest(session, caller.Workspace, request.Name!)!);
            }
        }, ct);
    }

    /// <summary>One page of datasets by name, each with its newest version.</summary>
    public async Task<Outcome<EvalDatasetsPage>> List(Caller caller, ListEvalDatasets request, CancellationToken ct)
    {
        if (caller.Needs(Right.ReadModels) is { } denied) return denied;
        var size = request.MaxResults is null or 0 ? 100 : request.MaxResults.Value;
        if (size is < 1 or > 1_000) return Problem.Invalid("max_results must be between 1 and 1000.");
        if (request.PageToken?.Contains('\0', StringComparison.Ordinal) is true) return Problem.Invalid("Invalid page token. Send the next_page_token of the last answer unchanged.");
        return await db.Read<Outcome<EvalDatasetsPage>>(session =>
        {
            var names = session.Query(Names, static row => (Name: row.Text(0), Version: row.Long(1)), caller.Workspace, request.PageToken ?? "", size + 1);
            var page = names.Take(size).ToList();
            var rows = session.Query($"{Columns} WHERE workspace_id = $1 AND name {session.Dialect.InTexts("$2")}", Read, caller.Workspace, Arg.Texts([.. page.Select(static one => one.Name)])).ToLookup(static row => (row.Name, row.Version));
            return new EvalDatasetsPage([.. page.Select(one => new EvalDataset(one.Name, [.. rows[one].Select(Record)]))], names.Count > size ? names[size - 1].Name : null);
        }, ct);
    }

    /// <summary>One dataset with its versions, the newest first, at most 1,000.</summary>
    public async Task<Outcome<EvalDatasetAnswer>> Get(Caller caller, EvalDatasetRef request, CancellationToken ct)
    {
        if (caller.Needs(Right.ReadModels) is { } denied) return denied;
        if (RegistryCheck.Name(request.Name) is { } bad) return bad;
        var rows = await db.Read(session => session.Query(Columns + " WHERE workspace_id = $1 AND name = $2 ORDER BY version DESC LIMIT 1000", Read, caller.Workspace, request.Name), ct);
        return rows.Count == 0 ? Missing(request.Name!) : new EvalDatasetAnswer(new EvalDataset(request.Name, [.. rows.Select(Record)]));
    }

    /// <summary>The newest version of a name, or the newest with this digest.</summary>
    public static EvalDatasetRow? Newest(Session session, long workspace, string name, string? digest = null) => digest is null
        ? session.First(Columns + " WHERE workspace_id = $1 AND name = $2 ORDER BY version DESC LIMIT 1", Read, workspace, name)
        : session.First(Columns + " WHERE workspace_id = $1 AND name = $2 AND digest = $3 ORDER BY version DESC LIMIT 1", Read, workspace, name, digest);

    /// <summary>The version of a key.</summary>
    public static EvalDatasetRow? Find(Session session, long no) => session.First(Columns + " WHERE no = $1", Read, no);

    /// <summary>The digest of the newest version of a name, or null when there is none.</summary>
    public static string? NewestDigest(Session session, long workspace, string name) => Newest(session, workspace, name)?.Digest;

    /// <summary>Which of these runs hold the file of a dataset, and which: those are not deleted for good.</summary>
    public static IEnumerable<(string Id, string By)> Holding(Session session, IReadOnlyCollection<string> runs) => runs.Count == 0 ? []
        : session.Query($"SELECT run_id, name FROM eval_datasets WHERE run_id {session.Dialect.InTexts("$1")} ORDER BY no", static row => (row.Text(0), "eval_dataset/" + row.Text(1)), Arg.Texts(runs));

    /// <summary>404.</summary>
    public static Problem Missing(string name) => Problem.NotFound($"There is no evaluation dataset '{SearchText.Cut(name)}'. Add it: slipway eval-datasets add NAME FILE --target COLUMN.");

    private static Outcome<(ArtifactPath Path, string? Run)> Locate(Session session, Caller caller, string source)
    {
        if (SourceText.CheckRemote(source) is { } tricked && SourceText.RunOf(source) is null) return tricked;
        var files = ModelSource.Files(session, caller with { Acting = Right.None }, source);
        if (files.Problem is { } gone) return gone;
        var path = ArtifactPath.OfUri(files.Value);
        return path.Problem is { } elsewhere ? elsewhere : (path.Value, SourceText.RunOf(source));
    }

    private static string? FormatOf(string name) => Path.GetExtension(name).ToLowerInvariant() switch { ".csv" => "csv", ".parquet" => "parquet", ".jsonl" or ".ndjson" => "jsonl", _ => null };

    private static Problem Unknown(string file) => Problem.Invalid($"'{SearchText.Cut(file)}': expected a name that ends in .csv, .parquet, .jsonl or .ndjson.");

    private static EvalDatasetAnswer Answer(EvalDatasetRow row) => new(new EvalDataset(row.Name, [Record(row)]));

    private static EvalDatasetVersion Record(EvalDatasetRow row) => new(row.Version, row.Digest, row.Format, row.Size, row.Source, row.Target, row.IdColumn, row.WeightColumn, row.Description, row.CreatedBy, row.CreatedMs);

    private static EvalDatasetRow Read(Row row) => new(row.Long(0), row.Text(1), row.Long(2), row.Text(3), row.Text(4), row.Long(5), row.Text(6), row.Text(7), row.Text(8), row.TextOrNull(9), row.TextOrNull(10), row.TextOrNull(11), row.Text(12), row.Long(13));

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
