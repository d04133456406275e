namespace Slipway.Serving;

/// <summary>What a loaded version says of how it runs.</summary>
/// <param name="Mode">`inline`, `queued`, `async`, or `learning` before there were enough runs.</param>
/// <param name="Why">A sentence: the cost line, and what follows from it.</param>
/// <param name="FixedUs">What any run costs, microseconds; null while that is not known.</param>
/// <param name="RowUs">What a row adds, microseconds; null while that is not known.</param>
/// <param name="Runs">Runs since it was loaded; a merged run is one.</param>
/// <param name="Rows">Rows since it was loaded.</param>
/// <param name="MergedRuns">How many runs were of several requests.</param>
/// <param name="Merging">`yes`, or `no:` and why.</param>
/// <param name="Running">Runs under way.</param>
/// <param name="RunningMax">How many there may be.</param>
/// <param name="Queued">Requests that wait.</param>
/// <param name="QueuedBytes">Bytes of their tensors.</param>
/// <param name="Refused">Requests answered 429 or 503 since it was loaded.</param>
/// <param name="Expired">Requests answered 504 since it was loaded.</param>
/// <param name="Bytes">What it is counted with among loaded models.</param>
public sealed record ModelExecution(string Mode, string Why, double? FixedUs, double? RowUs, long Runs, long Rows, long MergedRuns, string Merging, int Running, int RunningMax, int Queued, long QueuedBytes,
    long Refused, long Expired, long Bytes);
