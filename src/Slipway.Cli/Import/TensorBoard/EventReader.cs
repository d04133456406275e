namespace Slipway.Cli.Import.TensorBoard;

/// <summary>What one event said, as far as it is imported.</summary>
/// <param name="Tag">The metric, or the param.</param>
/// <param name="TimeMs">Unix milliseconds.</param>
/// <param name="Step">The training step.</param>
/// <param name="Value">The number; of a param unused.</param>
/// <param name="Text">The param's value; null for a point.</param>
internal readonly record struct EventItem(string Tag, long TimeMs, long Step, double Value, string? Text = null);

/// <summary>
/// Turns the events of one file into points and params. What a tag is (its plugin) is said with its first value only, so that it is remembered.
/// Hostile content yields nothing or reports; it never throws.
/// </summary>
internal sealed class EventReader(ImportReport report, string name)
{
    /// <summary>The most tags whose kind is remembered for one file.</summary>
    public const int TagsMax = 100_000;

    private const string SessionStart = "_hparams_/session_start_info";

    private readonly TextCache texts = new();
    private readonly Dictionary<string, string> plugins = new(StringComparer.Ordinal);

    /// <summary>The first and last time that an event had, in Unix milliseconds; 0 before the first event.</summary>
    public long FirstMs { get; private set; }

    public long LastMs { get; private set; }

    /// <summary>Reads one record's event into the list.</summary>
    public void Read(ReadOnlySpan<byte> record, List<EventItem> into)
    {
        var (wall, step) = (0.0, 0L);
        ReadOnlySpan<byte> summary = default;
        var fields = new ProtoReader(record);
        while (fields.Next())
            switch (fields.Field)
            {
                case 1: wall = fields.Double; break;
                case 2: step = fields.Long; break;
                case 5: summary = fields.Bytes; break;
                case 4 or 9: report.LeftOut("graphs", "a picture of the model's code; keep the event file to look at it"); break;
            }
        if (fields.IsBroken)
        {
            report.LeftOut("events", "not a message of TensorBoard", name);
            return;
        }
        // Seconds since 1970 as a double; years before 1970 and after 9999 are damage.
        var timeMs = wall is >= 0 and < 253_402_300_800 ? (long)Math.Round(wall * 1000) : -1;
        if (timeMs < 0)
        {
            report.LeftOut("events", "the time is no time between 1970 and 9999", name);
            return;
        }
        FirstMs = FirstMs == 0 || timeMs < FirstMs ? timeMs : FirstMs;
        LastMs = Math.Max(LastMs, timeMs);
        var values = new ProtoReader(summary);
        while (values.Next())
            if (values.Field == 1) Value(values.Bytes, timeMs, step, into);
        if (values.IsBroken) report.LeftOut("values", "a summary that is not whole", name);
    }

    private void Value(ReadOnlySpan<byte> message, long timeMs, long step, List<EventItem> into)
    {
        var (tag, simple, hasSimple, kind) = ((string?)null, 0.0, false, "");
        ReadOnlySpan<byte> tensor = default, metadata = default;
        var fields = new ProtoReader(message);
        while (fields.Next())
            switch (fields.Field)
            {
                case 1: tag = texts.Of(fields.Bytes); break;
                case 2: (simple, hasSimple) = (fields.Double, true); break;
                case 3 or 5: kind = "histograms"; break;
                case 4: kind = "images"; break;
                case 6: kind = "sounds"; break;
                case 8: tensor = fields.Bytes; kind = "tensors"; break;
                case 9: metadata = fields.Bytes; break;
            }
        if (fields.IsBroken || tag is null)
        {
            report.LeftOut("values", fields.IsBroken ? "not a message of TensorBoard" : "without a tag, or with one that is too long", name);
            return;
        }
        var plugin = Plugin(tag, metadata, out var content);
        if (hasSimple) into.Add(new EventItem(tag, timeMs, step, simple));
        else if (tag == SessionStart || plugin is "hparams") Params(content, timeMs, into);
        else if (kind is "tensors" && plugin is "scalars" or "" && EventValue.TryScalar(tensor, out var value)) into.Add(new EventItem(tag, timeMs, step, value));
        else if (kind.Length > 0) report.LeftOut(plugin is "images" or "histograms" or "text" or "audio" or "pr_curves" or "mesh" or "graphs" ? plugin : kind, "only numbers become metrics; --with-files keeps the event files as artifacts", $"{name}: {tag}");
    }

    private string Plugin(string tag, ReadOnlySpan<byte> metadata, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (metadata.IsEmpty) return plugins.GetValueOrDefault(tag, "");
        var plugin = "";
        var fields = new ProtoReader(metadata);
        while (fields.Next())
        {
            if (fields.Field != 1) continue;
            var data = new ProtoReader(fields.Bytes);
            while (data.Next())
                if (data.Field == 1) plugin = data.Text(100);
                else if (data.Field == 2) content = data.Bytes;
        }
        if (plugins.Count >= TagsMax) plugins.Clear();
        return plugins[tag] = plugin;
    }

    // HParamsPluginData: session_start_info 3 { hparams 1: map<string, google.protobuf.Value> }
    private static void Params(ReadOnlySpan<byte> content, long timeMs, List<EventItem> into)
    {
        var data = new ProtoReader(content);
        while (data.Next())
        {
            if (data.Field != 3) continue;
            var start = new ProtoReader(data.Bytes);
            while (start.Next())
            {
                if (start.Field != 1) continue;
                var (key, value) = ("", (string?)null);
                var entry = new ProtoReader(start.Bytes);
                while (entry.Next())
                    if (entry.Field == 1) key = entry.Text(1_000);
                    else if (entry.Field == 2) value = Word(entry.Bytes);
                if (key.Length > 0 && value is not null) into.Add(new EventItem(key, timeMs, 0, 0, value));
            }
        }
    }

    // google.protobuf.Value: null 1, number 2, string 3, bool 4
    private static string? Word(ReadOnlySpan<byte> message)
    {
        var fields = new ProtoReader(message);
        while (fields.Next())
            switch (fields.Field)
            {
                case 1: return "None";
                case 2: return fields.Double.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
                case 3: return fields.Text(Tracking.Param.ValueCharsMax * 4);
                case 4: return fields.Long != 0 ? "True" : "False";
            }
        return null;
    }
}
