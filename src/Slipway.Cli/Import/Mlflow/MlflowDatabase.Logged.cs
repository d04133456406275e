using System.Security.Cryptography;
using System.Text;
using Slipway.Tracking;

namespace Slipway.Cli.Import.Mlflow;

internal sealed partial class MlflowDatabase
{
    private const int ProfileCharsMax = Dataset.ProfileCharsMax;

    public override IEnumerable<KeyValuePair<string, string>> Params(MlflowRun run) =>
        db.Rows("SELECT \"key\", value FROM params WHERE run_uuid = $1 ORDER BY \"key\"", run.Id).Select(row => KeyValuePair.Create(Text(row, 0) ?? "", Text(row, 1) ?? ""));

    public override IEnumerable<KeyValuePair<string, string>> Tags(MlflowRun run) =>
        db.Rows("SELECT \"key\", value FROM tags WHERE run_uuid = $1 ORDER BY \"key\"", run.Id).Select(row => KeyValuePair.Create(Text(row, 0) ?? "", Text(row, 1) ?? ""));

    public override IEnumerable<MlflowPoint> Points(MlflowRun run)
    {
        var keys = new TextCache();
        var isNan = Has("metrics", "is_nan") ? "CASE WHEN is_nan THEN 1 ELSE 0 END" : "0";
        foreach (var row in db.Rows($"SELECT \"key\", \"timestamp\", {Column("metrics", "step", "0")}, value, {isNan} FROM metrics WHERE run_uuid = $1", run.Id))
        {
            var (unreadable, nan) = (row.IsNull(0) || row.IsNull(1), row.Long(4) != 0);
            if (unreadable || (row.IsNull(3) && !nan))
            {
                Report.LeftOut("metric points", "a field of the row is empty", $"run {run.Id}");
                continue;
            }
            if (keys.Of(row.Utf8(0)) is not { } key)
            {
                Report.LeftOut("metric points", "the name is too long to be one", $"run {run.Id}");
                continue;
            }
            yield return new MlflowPoint(key, row.Long(1), row.Long(2), Value(nan ? 0 : row.Double(3), nan));
        }
    }

    public override MlflowLinks Links(MlflowRun run)
    {
        if (!Has("inputs", "source_id")) return MlflowLinks.None;
        var datasets = new List<DatasetInput>();
        if (Has("datasets", "dataset_uuid"))
        {
            var used = db.Rows("""
                SELECT i.input_uuid, d.name, d.digest, d.dataset_source_type, d.dataset_source, d.dataset_schema, d.dataset_profile
                  FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id
                 WHERE i.destination_type = 'RUN' AND i.destination_id = $1 AND i.source_type = 'DATASET' ORDER BY d.name, d.digest
                """, run.Id).Select(row => (Input: Text(row, 0) ?? "", Dataset: new Dataset(Text(row, 1), Text(row, 2), Text(row, 3), Text(row, 4), Text(row, 5, Dataset.SchemaCharsMax), Text(row, 6, ProfileCharsMax)))).Take(LogInputs.DatasetsMax).ToList();
            foreach (var (input, dataset) in used)
            {
                InputTag[] tags = Has("input_tags", "input_uuid")
                    ? [.. db.Rows("SELECT name, value FROM input_tags WHERE input_uuid = $1 ORDER BY name", input).Select(row => new InputTag(Text(row, 0), Text(row, 1))).Take(DatasetInput.TagsMax)]
                    : [];
                datasets.Add(new DatasetInput(tags, dataset));
            }
        }
        var read = db.Rows("SELECT destination_id FROM inputs WHERE source_type = 'RUN_INPUT' AND source_id = $1 AND destination_type = 'MODEL_INPUT'", run.Id)
            .Select(row => new ModelInput(Text(row, 0))).Take(LogInputs.ModelsMax).ToList();
        var written = db.Rows($"SELECT destination_id, {Column("inputs", "step", "0")} FROM inputs WHERE source_type = 'RUN_OUTPUT' AND source_id = $1 AND destination_type = 'MODEL_OUTPUT'", run.Id)
            .Select(row => new ModelOutput(Text(row, 0), row.LongOrNull(1) ?? 0)).Take(LogInputs.ModelsMax).ToList();
        return new MlflowLinks(datasets, read, written);
    }

    public override string Measure(MlflowRun run)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (key, value) in Tags(run)) hash.AppendData(Encoding.UTF8.GetBytes($"{key}\0{value}\0"));
        var points = db.Long("SELECT count(*) FROM metrics WHERE run_uuid = $1", run.Id) ?? 0;
        var logged = db.Long("SELECT count(*) FROM params WHERE run_uuid = $1", run.Id) ?? 0;
        var links = Has("inputs", "source_id") ? db.Long("SELECT count(*) FROM inputs WHERE destination_id = $1 OR source_id = $1", run.Id) ?? 0 : 0;
        return $"{points} points, {logged} params, {links} links, tags {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}";
    }
}
