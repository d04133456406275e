namespace Slipway.Tracking;

/// <summary>Which records of which log a request carries.</summary>
/// <param name="Log">The client's local log: a random UUID made with it. One writer at a time sends a log.</param>
/// <param name="First">The number of the first record, counted from 0 over the log's life; byte offsets do as well as counts.</param>
/// <param name="Next">One past the last record; equal to <paramref name="First"/> in a request that only asks for the cursor.</param>
/// <param name="Begins">The client has nothing before <paramref name="First"/>.</param>
public readonly record struct IngestHeader(Guid Log, long First, long Next, bool Begins = false);
