namespace Slipway.Lineage;

/// <summary>What became of events that another system told.</summary>
/// <param name="Status">`success`, or `partial_success` when some were refused.</param>
/// <param name="Summary">How many.</param>
/// <param name="FailedEvents">Those that were refused.</param>
public sealed record LineageTold(string Status, LineageToldSummary Summary, LineageRefused[]? FailedEvents = null)
{
    /// <summary>The most events of one batch.</summary>
    public const int EventsMax = 100;
}

/// <summary>How many events there were.</summary>
/// <param name="Received">In the request.</param>
/// <param name="Successful">Taken.</param>
/// <param name="Failed">Refused.</param>
public sealed record LineageToldSummary(int Received, int Successful, int Failed);

/// <summary>An event that was refused.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
/// <param name="Reason">Why.</param>
public sealed record LineageRefused(int Index, string Reason);
