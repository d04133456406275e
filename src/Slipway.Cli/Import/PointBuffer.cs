namespace Slipway.Cli.Import;

/// <summary>One metric's points in columns, as they wait to be sent.</summary>
internal sealed class PointColumns(string key)
{
    public string Key { get; } = key;

    public List<long> Steps { get; } = [];

    public List<long> Times { get; } = [];

    public List<double> Values { get; } = [];
}

/// <summary>Points of one run, gathered by metric until a request is full.</summary>
internal sealed class PointBuffer
{
    /// <summary>24 bytes each here, some ten in a request.</summary>
    public const int PointsMax = 100_000;

    /// <summary>Fewer than the texts that one request may hold.</summary>
    public const int KeysMax = 10_000;

    private readonly Dictionary<string, PointColumns> columns = new(StringComparer.Ordinal);
    private PointColumns? last;

    public int Count { get; private set; }

    public IReadOnlyCollection<PointColumns> Columns => columns.Values;

    public bool IsFull => Count >= PointsMax || columns.Count >= KeysMax;

    public void Add(string key, long timeMs, long step, double value)
    {
        if (last is null || (!ReferenceEquals(last.Key, key) && last.Key != key))
            if (!columns.TryGetValue(key, out last)) columns.Add(key, last = new PointColumns(key));
        last.Steps.Add(step);
        last.Times.Add(timeMs);
        last.Values.Add(value);
        Count++;
    }

    public void Clear()
    {
        // The columns' memory is kept for the same keys, unless there are very many of them.
        if (columns.Count > 1_000) columns.Clear();
        foreach (var one in columns.Values)
        {
            one.Steps.Clear();
            one.Times.Clear();
            one.Values.Clear();
        }
        (Count, last) = (0, null);
    }
}
