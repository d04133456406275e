using System.Text;
using Slipway.Tracking;

namespace Slipway.Client.Logs;

/// <summary>Gathers records of one log into an ingest request: points in columns by key, so that they take few bytes and the server little time.</summary>
internal sealed class IngestBatch
{
    /// <summary>A request is full with so many points: about 1 MB, a twentieth of a second at a server's full speed.</summary>
    public const int PointsMax = 100_000;

    /// <summary>Of other records.</summary>
    public const int ItemsMax = 2_000;

    private const int ItemBytesMax = 4 * 1024 * 1024;

    /// <summary>Columns are kept for the next batch, unless there are more keys than this.</summary>
    private const int KeysKept = 2_000;

    private readonly IngestWriter writer = new();
    private readonly Dictionary<string, Column> columns = new(StringComparer.Ordinal);
    private readonly List<Column> used = [];
    private Column?[] byNumber = new Column?[64];
    private string run = "";
    private long first;
    private int points;

    /// <summary>One past the last record.</summary>
    public long Next { get; set; }

    /// <summary>The first record.</summary>
    public long First => first;

    /// <summary>Points and items so far.</summary>
    public int Count => points + writer.Items;

    /// <summary>Whether it should be sent before more is added.</summary>
    public bool IsFull => points >= PointsMax || writer.Items >= ItemsMax || writer.Length >= ItemBytesMax || used.Count >= IngestFormat.TextsMax - ItemsMax - 2;

    /// <summary>Starts over.</summary>
    public void Begin(Guid log, string run, long ordinal)
    {
        foreach (var column in used) column.Count = 0;
        used.Clear();
        if (columns.Count > KeysKept)
        {
            columns.Clear();
            byNumber.AsSpan().Clear();
        }
        points = 0;
        first = Next = ordinal;
        writer.Begin(new IngestHeader(log, ordinal, ordinal));
        this.run = run;
    }

    /// <summary>The run itself, and the tags it begins with.</summary>
    public void Add(LogSheet sheet, bool withTags)
    {
        writer.Run(run);
        // The name where it is known: a server that was restored may have given the id to another one.
        writer.AddBegin(first, sheet.StartedMs, sheet.Experiment is null ? sheet.ExperimentId : null, sheet.Experiment, sheet.Name, null);
        foreach (var (key, value) in withTags ? sheet.Tags ?? [] : []) writer.AddTag(first, key, value);
        Next = first + 1;
    }

    /// <summary>A record; <see cref="Next"/> is its ordinal.</summary>
    public void Add(in LogRecord record)
    {
        if (record.Kind is not LogKind.Point) writer.Run(run);
        switch (record.Kind)
        {
            case LogKind.Point:
                var column = Of(record.Key, record.KeyNumber);
                if (column.Count == 0) used.Add(column);
                column.Add(record.TimeMs, record.Step, record.Value);
                points++;
                break;
            case LogKind.Param:
                writer.AddParam(Next, Encoding.UTF8.GetString(record.Name), Encoding.UTF8.GetString(record.Text));
                break;
            case LogKind.Tag:
                writer.AddTag(Next, Encoding.UTF8.GetString(record.Name), Encoding.UTF8.GetString(record.Text));
                break;
            case LogKind.End:
                writer.AddState(Next, record.Status switch { RunStatus.Running => 1, RunStatus.Scheduled => 2, RunStatus.Finished => 3, RunStatus.Failed => 4, _ => 5 }, record.Status is RunStatus.Running or RunStatus.Scheduled ? null : record.TimeMs);
                break;
        }
        Next++;
    }

    /// <summary>The request; valid until <see cref="Begin"/>.</summary>
    public ReadOnlyMemory<byte> End()
    {
        if (used.Count > 0) writer.Run(run);
        foreach (var column in used) writer.AddPoints(column.Key, column.Times.AsSpan(0, column.Count), column.Steps.AsSpan(0, column.Count), column.Values.AsSpan(0, column.Count));
        return writer.End(Next);
    }

    // A segment names a key once, with one string: that it is the same object says that it is the same key.
    private Column Of(string key, int number)
    {
        if (number < byNumber.Length && byNumber[number] is { } cached && ReferenceEquals(cached.Seen, key)) return cached;
        if (!columns.TryGetValue(key, out var column)) columns.Add(key, column = new Column(key));
        column.Seen = key;
        if (number >= byNumber.Length) Array.Resize(ref byNumber, Math.Max(number + 1, 2 * byNumber.Length));
        return byNumber[number] = column;
    }

    private sealed class Column(string key)
    {
        public string Key { get; } = key;

        public string? Seen;

        public long[] Times = new long[64], Steps = new long[64];

        public double[] Values = new double[64];

        public int Count;

        public void Add(long timeMs, long step, double value)
        {
            if (Count == Times.Length)
            {
                Array.Resize(ref Times, 2 * Count);
                Array.Resize(ref Steps, 2 * Count);
                Array.Resize(ref Values, 2 * Count);
            }
            (Times[Count], Steps[Count], Values[Count]) = (timeMs, step, value);
            Count++;
        }
    }
}
