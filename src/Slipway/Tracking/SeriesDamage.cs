namespace Slipway.Tracking;

/// <summary>Stored points that failed their checksum: they are missing from an answer that is otherwise whole.</summary>
/// <param name="RunNo">The run.</param>
/// <param name="Key">The metric's id.</param>
/// <param name="Kind">"segment", "pack" or "log batch".</param>
/// <param name="Id">Which one.</param>
/// <param name="What">What is wrong with it.</param>
internal sealed record SeriesDamage(long RunNo, long Key, string Kind, long Id, string What)
{
    /// <summary>500 DATA_LOSS, for answers that must be whole or not at all.</summary>
    public Problem ToProblem(string run, string key) =>
        Problem.Damaged($"Metric '{key}' of run {run}: {Kind} {Id} is damaged: {What}. Other metrics are unaffected. Restore the data from a backup.");
}
