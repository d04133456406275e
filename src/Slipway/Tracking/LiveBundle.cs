namespace Slipway.Tracking;

/// <summary>What the one stream of a browser listens to: many runs and experiments, and which experiments there are.</summary>
internal sealed class LiveBundle : LiveListener
{
    /// <summary>The most runs and experiments of one stream.</summary>
    public const int RootsMax = 200;

    private readonly Caller caller;
    private readonly HashSet<long> experiments;
    private readonly Dictionary<string, (long No, long Experiment)> runs;
    private readonly HashSet<long> numbers;
    private readonly HashSet<long> experimentsOfRuns;
    private readonly bool installation;
    private readonly string[] missing;

    /// <param name="caller">Whose stream it is.</param>
    /// <param name="experiments">Experiments that he may see.</param>
    /// <param name="runs">Runs that he may see, by id.</param>
    /// <param name="installation">True to be told of every experiment that comes, changes or goes.</param>
    /// <param name="missing">What he asked for besides.</param>
    public LiveBundle(Caller caller, IEnumerable<long> experiments, Dictionary<string, (long No, long Experiment)> runs, bool installation, string[] missing)
    {
        (this.caller, this.experiments, this.runs, this.installation, this.missing) = (caller, [.. experiments], runs, installation, missing);
        numbers = [.. runs.Values.Select(static run => run.No)];
        experimentsOfRuns = [.. runs.Values.Select(static run => run.Experiment)];
    }

    public override long Workspace => caller.Workspace;

    /// <summary>The runs that were asked for by themselves.</summary>
    public IEnumerable<(long No, string RunId, long Experiment)> Runs => runs.Select(static run => (run.Value.No, run.Key, run.Value.Experiment));

    /// <summary>Runs whose hints were left out while the reader was busy.</summary>
    public HashSet<long> Late { get; } = [];

    /// <summary>Whether hints about the points of a run are for it.</summary>
    public bool WantsPoints(long runNo, long experiment) => numbers.Contains(runNo) || experiments.Contains(experiment);

    public override bool Wants(LiveNews news)
    {
        if (news.Experiments.Any(experiments.Contains)) return true;
        if (news.RunId is { } run ? runs.ContainsKey(run) : news.IsEdit && news.Experiments.Any(experimentsOfRuns.Contains)) return true;
        return installation && news.Kind.StartsWith("experiment.", StringComparison.Ordinal) && news.Experiments.Any(id => caller.Sees(RootKind.Experiment, id));
    }

    public override byte[] Hello(long position) => LiveJson.Say(position, null, missing);

    public override LiveItem Tell(LiveNews news) => news.Named;
}
