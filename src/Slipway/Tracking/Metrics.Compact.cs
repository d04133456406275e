using System.Collections.Concurrent;

namespace Slipway.Tracking;

internal sealed partial class Metrics
{
    // Runs whose stored data is damaged: merging them again every second would only log the same error. Their points stay in the log.
    private readonly ConcurrentDictionary<long, byte> quarantined = new();
}
