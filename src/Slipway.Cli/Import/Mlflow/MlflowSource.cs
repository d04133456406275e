using Slipway.Tracking;
using RunStatus = Slipway.Client.RunStatus;

namespace Slipway.Cli.Import.Mlflow;

/// <summary>
/// Where MLflow keeps what it tracked: a database or a folder of files. Everything is read a piece at a time, nothing is written, and nothing in it
/// is believed: a value that cannot be read is reported and left out. One reader at a time; <see cref="Another"/> makes one for a second reader.
/// </summary>
internal abstract class MlflowSource(ImportReport report) : IDisposable
{
    /// <summary>MLflow's own tag and field limits lie below these; what is longer was not written by MLflow.</summary>
    protected const int TextCharsMax = 100_000;

    protected ImportReport Report => report;

    /// <summary>For people: what is read.</summary>
    public abstract string Description { get; }

    /// <summary>The folder that relative artifact locations start from; null where there is none.</summary>
    public abstract string? Folder { get; }

    /// <summary>The same source once more.</summary>
    public abstract MlflowSource Another();

    public abstract IEnumerable<MlflowExperiment> Experiments();

    public abstract IEnumerable<MlflowRun> Runs(MlflowExperiment experiment);

    public abstract IEnumerable<KeyValuePair<string, string>> Params(MlflowRun run);

    public abstract IEnumerable<KeyValuePair<string, string>> Tags(MlflowRun run);

    /// <summary>Every point of every metric of the run, in no particular order.</summary>
    public abstract IEnumerable<MlflowPoint> Points(MlflowRun run);

    public abstract MlflowLinks Links(MlflowRun run);

    /// <summary>How much was logged to the run: it changes whenever something was.</summary>
    public abstract string Measure(MlflowRun run);

    public abstract IEnumerable<MlflowModel> Models(MlflowExperiment experiment);

    /// <summary>Points of a logged model's metrics; the runs that logged them have them too.</summary>
    public abstract IEnumerable<MlflowModelPoint> ModelPoints(MlflowModel model);

    /// <summary>Counts what MLflow has and this import does not know.</summary>
    public abstract void ReportRest();

    public abstract void Dispose();

    /// <summary>MLflow writes infinities to databases as the largest doubles.</summary>
    protected static double Value(double stored, bool isNan) => isNan ? double.NaN : stored >= double.MaxValue ? double.PositiveInfinity : stored <= double.MinValue ? double.NegativeInfinity : stored;
}

/// <summary>An experiment of MLflow.</summary>
internal sealed record MlflowExperiment(string Id, string Name, bool IsDeleted, long? UpdatedMs, IReadOnlyList<KeyValuePair<string, string>> Tags)
{
    /// <summary>The folder store's own folder of it.</summary>
    public string Folder { get; init; } = "";
}

/// <summary>A run of MLflow.</summary>
internal sealed record MlflowRun(string Id, string Name, string UserId, RunStatus Status, long StartMs, long? EndMs, bool IsDeleted, long? DeletedMs, string ArtifactUri)
{
    /// <summary>The folder store's own folder of it.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Fields that newer versions keep as tags: (source name, version, entry point), empty where unknown.</summary>
    public (string Name, string Version, string EntryPoint) Code { get; init; } = ("", "", "");
}

/// <summary>A point of a metric.</summary>
internal readonly record struct MlflowPoint(string Key, long TimeMs, long Step, double Value);

/// <summary>A point of a logged model's metric.</summary>
internal readonly record struct MlflowModelPoint(string Key, long TimeMs, long Step, double Value, string RunId, string? DatasetName, string? DatasetDigest);

/// <summary>What a run read and wrote.</summary>
internal sealed record MlflowLinks(IReadOnlyList<DatasetInput> Datasets, IReadOnlyList<ModelInput> Read, IReadOnlyList<ModelOutput> Written)
{
    public static readonly MlflowLinks None = new([], [], []);
}

/// <summary>A logged model of MLflow 3.</summary>
internal sealed record MlflowModel(string Id, string Name, string? Type, string? SourceRunId, int Status, string? StatusMessage, bool IsDeleted, string ArtifactUri,
    IReadOnlyList<LoggedModelParameter> Params, IReadOnlyList<LoggedModelTag> Tags)
{
    /// <summary>The folder store's own folder of it.</summary>
    public string Folder { get; init; } = "";

    public long UpdatedMs { get; init; }
}
