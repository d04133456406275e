namespace Slipway.Cli.Import.Wandb;

/// <summary>Turns history and system statistics of a log into points, in the second reading.</summary>
internal sealed class WandbPoints(ImportReport report, string path, long startMs)
{
    private readonly TextCache keys = new();
    private readonly Dictionary<string, string> systemKeys = [];
    private readonly List<(string Key, double Value)> row = [];
    private long statistics;

    /// <summary>Points that wait to be taken.</summary>
    public List<(string Key, long TimeMs, long Step, double Value)> Ready { get; } = [];

    /// <summary>The last step and time that the history had; the time is 0 before its first row.</summary>
    public long LastStep { get; private set; }

    public long LastMs { get; private set; } = startMs;

    /// <summary>Keys that had points.</summary>
    public HashSet<string> Seen { get; } = new(StringComparer.Ordinal);

    public void Read(ReadOnlySpan<byte> record)
    {
        var fields = new ProtoReader(record);
        while (fields.Next())
            if (fields.Field == 2) History(fields.Bytes);
            else if (fields.Field == 7) Statistics(fields.Bytes);
    }

    private void History(ReadOnlySpan<byte> message)
    {
        var (step, timeMs) = ((long?)null, (long?)null);
        row.Clear();
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            if (fields.Field == 2)
            {
                step = 0; // proto3 leaves a zero out
                var inner = new ProtoReader(fields.Bytes);
                while (inner.Next())
                    if (inner.Field == 1) step = inner.Long;
            }
            if (fields.Field != 1) continue;
            var item = WandbItem.Read(fields.Bytes, keys);
            var isNumber = WandbJson.TryNumber(item.Json, out var value);
            if (item.Key is "_step" && isNumber && Math.Abs(value) < 9e15) step ??= (long)value;
            else if (item.Key is "_timestamp" && isNumber && value is >= 0 and < 253_402_300_800) timeMs = (long)Math.Round(value * 1000);
            else if (item.Key is "_runtime" or "_step" or "_timestamp" or "_wandb" or "") continue;
            else if (isNumber) row.Add((item.Key, value));
            else Other(item);
        }
        if (fields.IsBroken) report.LeftOut("history rows", "not a message of W&B", path);
        (LastStep, LastMs) = (step ?? LastStep + 1, timeMs ?? LastMs);
        foreach (var (key, value) in row) Add(key, value);
    }

    // A mapping becomes a metric for each number in it; media, tables and texts stay behind.
    private void Other(WandbItem item)
    {
        if (item.Json.IndexOf("\"_type\""u8) >= 0)
        {
            report.LeftOut("media, tables and histograms in the history", "only numbers become metrics; files of the run are uploaded", $"{path}: {item.Key}");
            return;
        }
        var (before, other) = (row.Count, 0);
        var known = item.Json.Length > 0 && item.Json[0] == '{' && WandbJson.Flatten(item.Key, item.Json, (key, text) =>
        {
            if (WandbJson.TryNumber(System.Text.Encoding.UTF8.GetBytes(text), out var value) && row.Count - before < 10_000) row.Add((key, value));
            else other++;
        });
        if (!known || other > 0) report.LeftOut("texts and lists in the history", "only numbers become metrics", $"{path}: {item.Key}", Math.Max(1, other));
    }

    // StatsRecord: timestamp 2, item 3 { key 1, value_json 16 }
    private void Statistics(ReadOnlySpan<byte> message)
    {
        var timeMs = LastMs;
        var fields = new ProtoReader(message);
        while (fields.Next())
            if (fields.Field == 2) timeMs = WandbRun.Time(fields.Bytes);
            else if (fields.Field == 3)
            {
                var item = WandbItem.Read(fields.Bytes, keys);
                if (item.Key.Length == 0 || !WandbJson.TryNumber(item.Json, out var value)) continue;
                if (!systemKeys.TryGetValue(item.Key, out var key) && systemKeys.Count < 10_000) systemKeys[item.Key] = key = "system/" + item.Key;
                if (key is not null) Ready.Add((key, timeMs, statistics, value));
            }
        statistics++;
    }

    private void Add(string key, double value)
    {
        if (Seen.Count < 1_000_000) Seen.Add(key);
        Ready.Add((key, LastMs, LastStep, value));
    }
}
