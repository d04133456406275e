namespace Slipway.Cli.Import.Wandb;

/// <summary>
/// What a log says about its run, gathered in a first reading: who it is, how it was configured, how it ended. Its points come in a second one.
/// Field numbers as in W&amp;B's wandb_internal.proto.
/// </summary>
internal sealed class WandbRun(ImportReport report, string path)
{
    /// <summary>The most config or summary keys, and the longest text of one, in bytes.</summary>
    public const int KeysMax = 20_000, TextBytesMax = 32_000;

    private readonly Dictionary<string, string> config = new(StringComparer.Ordinal), summary = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> tags = new(StringComparer.Ordinal);
    private readonly List<string> labels = [];

    public string Id { get; private set; } = "";

    public string Entity { get; private set; } = "";

    public string Project { get; private set; } = "";

    public string Name { get; private set; } = "";

    /// <summary>Unix milliseconds; 0 when the log does not say.</summary>
    public long StartMs { get; private set; }

    /// <summary>Null while the log says nothing of an end.</summary>
    public int? ExitCode { get; private set; }

    public int RuntimeSeconds { get; private set; }

    public IReadOnlyDictionary<string, string> Config => config;

    /// <summary>Last values by key, as JSON.</summary>
    public IReadOnlyDictionary<string, string> Summary => summary;

    public IReadOnlyDictionary<string, string> Tags
    {
        get
        {
            if (labels.Count > 0) tags["wandb.tags"] = string.Join(',', labels.Distinct());
            return tags;
        }
    }

    /// <summary>Reads one record.</summary>
    public void Read(ReadOnlySpan<byte> record)
    {
        var fields = new ProtoReader(record);
        while (fields.Next())
            switch (fields.Field)
            {
                case 3: Items(fields.Bytes, summary, keepJson: true); break;
                case 5: Items(fields.Bytes, config, keepJson: false); break;
                case 8 or 25: report.LeftOut("W&B artifacts", "their files are not in the offline log", path); break;
                case 9: report.LeftOut("alerts", "this server keeps none of other tools", path); break;
                case 17: Run(fields.Bytes); break;
                case 18: Exit(fields.Bytes); break;
                case 26: Environment(fields.Bytes); break;
            }
        if (fields.IsBroken) report.LeftOut("records", "not a message of W&B", path);
    }

    private void Run(ReadOnlySpan<byte> message)
    {
        var fields = new ProtoReader(message);
        while (fields.Next())
            switch (fields.Field)
            {
                case 1: Id = fields.Text(200); break;
                case 2: Entity = fields.Text(500); break;
                case 3: Project = fields.Text(500); break;
                case 4: Items(fields.Bytes, config, keepJson: false); break;
                case 5: Items(fields.Bytes, summary, keepJson: true); break;
                case 6: Tag("wandb.group", fields.Text(TextBytesMax)); break;
                case 7: Tag("wandb.job_type", fields.Text(TextBytesMax)); break;
                case 8: Name = fields.Text(2_000); break;
                case 9: Tag("mlflow.note.content", fields.Text(TextBytesMax)); break;
                case 10 when labels.Count < 1_000: labels.Add(fields.Text(500)); break;
                case 12: Tag("wandb.sweep", fields.Text(500)); break;
                case 13: Tag("wandb.host", fields.Text(500)); break;
                case 17: StartMs = Time(fields.Bytes); break;
                case 21: Git(fields.Bytes); break;
            }
    }

    private void Exit(ReadOnlySpan<byte> message)
    {
        ExitCode = 0; // proto3 leaves a zero out
        var fields = new ProtoReader(message);
        while (fields.Next())
            if (fields.Field == 1) ExitCode = (int)fields.Long;
            else if (fields.Field == 2) RuntimeSeconds = (int)Math.Clamp(fields.Long, 0, int.MaxValue);
    }

    private void Environment(ReadOnlySpan<byte> message)
    {
        var fields = new ProtoReader(message);
        while (fields.Next())
            switch (fields.Field)
            {
                case 1: Tag("wandb.os", fields.Text(500)); break;
                case 2: Tag("wandb.python", fields.Text(500)); break;
                case 6: Tag("mlflow.source.name", fields.Text(2_000)); break;
                case 9: Git(fields.Bytes); break;
                case 12: Tag("wandb.host", fields.Text(500)); break;
            }
    }

    private void Git(ReadOnlySpan<byte> message)
    {
        var fields = new ProtoReader(message);
        while (fields.Next())
            if (fields.Field == 1) Tag("mlflow.source.git.repoURL", fields.Text(2_000));
            else if (fields.Field == 2) Tag("mlflow.source.git.commit", fields.Text(200));
    }

    private void Tag(string key, string value)
    {
        if (value.Length > 0) tags[key] = value;
    }

    // ConfigRecord and SummaryRecord: update 1, remove 2; item: key 1, nested_key 2, value_json 16.
    private void Items(ReadOnlySpan<byte> message, Dictionary<string, string> into, bool keepJson)
    {
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            if (fields.Field is not (1 or 2)) continue;
            var item = WandbItem.Read(fields.Bytes);
            if (item.Key.Length == 0 || item.Key is "_wandb" || item.Key.StartsWith("_wandb.", StringComparison.Ordinal)) continue;
            if (fields.Field == 2) into.Remove(item.Key);
            else if (keepJson)
            {
                if (item.Json.Length <= TextBytesMax) Put(into, item.Key, System.Text.Encoding.UTF8.GetString(item.Json));
            }
            else if (!WandbJson.Flatten(item.Key, item.Json, (key, value) => Put(into, key, value)))
                report.LeftOut("config values", "not JSON, or larger than a value may be", $"{path}: {item.Key}");
        }
    }

    private void Put(Dictionary<string, string> into, string key, string value)
    {
        if (into.Count >= KeysMax && !into.ContainsKey(key)) report.LeftOut("config and summary values", $"a run has at most {KeysMax:N0}", $"{path}: {key}");
        else into[key] = value.Length <= TextBytesMax ? value : value[..TextBytesMax];
    }

    // google.protobuf.Timestamp: seconds 1, nanos 2
    internal static long Time(ReadOnlySpan<byte> message)
    {
        var (seconds, nanos) = (0L, 0L);
        var fields = new ProtoReader(message);
        while (fields.Next())
            if (fields.Field == 1) seconds = fields.Long;
            else if (fields.Field == 2) nanos = fields.Long;
        return seconds is >= 0 and < 253_402_300_800 && nanos is >= 0 and < 1_000_000_000 ? seconds * 1000 + nanos / 1_000_000 : 0;
    }
}

/// <summary>One key of a history, summary or config, with its value as JSON in place.</summary>
internal readonly ref struct WandbItem(string key, ReadOnlySpan<byte> json)
{
    /// <summary>Nested keys are joined by dots.</summary>
    public string Key { get; } = key;

    public ReadOnlySpan<byte> Json { get; } = json;

    public static WandbItem Read(ReadOnlySpan<byte> message, TextCache? cache = null)
    {
        string? key = null, nested = null;
        ReadOnlySpan<byte> json = default;
        var fields = new ProtoReader(message);
        while (fields.Next())
            switch (fields.Field)
            {
                case 1: key = cache is null ? fields.Text(2_000) : cache.Of(fields.Bytes); break;
                case 2 when (nested?.Length ?? 0) < 2_000: nested = nested is null ? fields.Text(500) : $"{nested}.{fields.Text(500)}"; break;
                case 16: json = fields.Bytes; break;
            }
        return new WandbItem(string.IsNullOrEmpty(key) ? nested ?? "" : key, json);
    }
}
