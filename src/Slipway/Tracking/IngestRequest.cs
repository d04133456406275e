namespace Slipway.Tracking;

/// <summary>An ingest request, read and encoded for the log of points, so that the transaction only writes. Immutable once parsed: a write may run twice.</summary>
internal sealed class IngestRequest
{
    private readonly Dictionary<string, IngestedRun> byId = new(StringComparer.Ordinal);

    private IngestRequest(IngestHeader header) => Header = header;

    /// <summary>Which records of which log.</summary>
    public IngestHeader Header { get; }

    /// <summary>What there is of each run, by run id: rows are locked in one order by every writer.</summary>
    public IReadOnlyList<IngestedRun> Runs { get; private set; } = [];

    /// <summary>What could be told to be wrong without the database.</summary>
    public IngestRejections Rejected { get; } = new();

    /// <summary>About how many bytes the write carries.</summary>
    public long Bytes => Runs.Sum(static run => run.Points.Sum(static batch => (long)batch.Payload.Length) + run.TextBytes);

    /// <summary>Reads a request whole, or says what is wrong with it.</summary>
    public static Outcome<IngestRequest> Parse(ReadOnlySpan<byte> body)
    {
        if (IngestReader.Open(body, out var reader) is { } refused) return refused;
        var request = new IngestRequest(reader.Header);
        using var points = new IngestPoints();
        IngestedRun? run = null;
        while (reader.Read())
        {
            if (reader.Kind is IngestKind.Run)
            {
                if (request.Go(reader.Name, out run) is { } bad) return bad;
                continue;
            }
            if (run is null) return Problem.Invalid("The ingest request is malformed: what was logged stands before the run it belongs to.");
            if (reader.Kind is IngestKind.Points) points.Add(ref reader, run);
            else run.Add(ref reader);
        }
        if (reader.Problem is { } malformed) return malformed;
        points.Build(request.Rejected);
        request.Runs = [.. request.byId.Values.OrderBy(static of => of.RunId, StringComparer.Ordinal)];
        return request;
    }

    private Problem? Go(string runId, out IngestedRun? run)
    {
        if (byId.TryGetValue(runId, out run)) return null;
        if (byId.Count == IngestFormat.RunsMax) return Problem.Invalid($"An ingest request holds at most {IngestFormat.RunsMax} runs.");
        byId.Add(runId, run = new IngestedRun(runId, byId.Count));
        return null;
    }
}

/// <summary>What a request holds of one run.</summary>
internal sealed class IngestedRun(string runId, int place)
{
    public string RunId { get; } = runId;

    /// <summary>Its place in the request.</summary>
    public int Place { get; } = place;

    /// <summary>Points, encoded.</summary>
    public List<MetricBatch> Points { get; } = [];

    /// <summary>In the order of the request.</summary>
    public List<IngestedPair> Params { get; } = [];

    /// <summary>In the order of the request.</summary>
    public List<IngestedPair> Tags { get; } = [];

    /// <summary>How it is to be made, or null.</summary>
    public IngestedBeginning? Beginning { get; private set; }

    /// <summary>Changes of its state, in the order of the request.</summary>
    public List<(long Record, int Status, long? EndMs)> States { get; } = [];

    /// <summary>About how many bytes of text there are.</summary>
    public long TextBytes { get; private set; }

    /// <summary>True when there are points and nothing else.</summary>
    public bool PointsAlone => Params.Count + Tags.Count + States.Count == 0 && Beginning is null;

    /// <summary>Keeps the section at hand.</summary>
    public void Add(ref IngestReader reader)
    {
        switch (reader.Kind)
        {
            case IngestKind.Param or IngestKind.Tag:
                (reader.Kind is IngestKind.Param ? Params : Tags).Add(new(reader.Record, reader.Name, reader.Value));
                TextBytes += reader.Name.Length + reader.Value.Length;
                break;
            case IngestKind.Begin:
                var (id, experiment, name, user) = reader.Beginning;
                Beginning ??= new IngestedBeginning(reader.Record, reader.TimeMs ?? 0, id, experiment, name, user);
                break;
            default:
                States.Add((reader.Record, reader.Status, reader.TimeMs));
                break;
        }
    }
}

/// <summary>A param or tag, with the number of its record.</summary>
internal readonly record struct IngestedPair(long Record, string Key, string Value);

/// <summary>How a run is to be made.</summary>
internal sealed record IngestedBeginning(long Record, long StartMs, string ExperimentId, string ExperimentName, string Name, string User);

/// <summary>What was refused for good: counted, the first ones listed.</summary>
internal sealed class IngestRejections
{
    private readonly List<IngestRejected> listed = [];

    public int Count { get; private set; }

    public IngestRejected[]? Listed => listed.Count == 0 ? null : [.. listed];

    public void Add(string runId, string? key, Problem problem)
    {
        if (++Count <= IngestFormat.RejectedMax) listed.Add(new(runId, key is { Length: > 300 } ? key[..300] : key, problem.Code, problem.Message));
    }

    public void Add(IngestRejections others)
    {
        Count += others.Count;
        listed.AddRange(others.listed.Take(IngestFormat.RejectedMax - listed.Count));
    }
}
