namespace Slipway.Prediction;

/// <summary>Writes a segment's records into another one, values as they lie there.</summary>
internal static class SegmentCopy
{
    /// <summary>Copies all of it.</summary>
    /// <exception cref="InvalidDataException">The segment does not hold what it says.</exception>
    public static void Copy(PredictionSegment from, PredictionSegmentWriter to)
    {
        var columns = from.Values();
        for (var i = 0; i < from.Records; i++)
        {
            to.Begin(new LoggedFields
            {
                AtMs = from.Numbers<long>("at_ms")[i],
                Status = from.Numbers<int>("status")[i],
                Rows = from.Numbers<int>("rows")[i],
                ParseUs = from.Numbers<int>("parse_us")[i],
                QueueUs = from.Numbers<int>("queue_us")[i],
                RunUs = from.Numbers<int>("run_us")[i],
                Cut = from.Numbers<byte>("flags")[i] != 0,
                Arm = from.Texts("arm")[i],
                Model = from.Texts("model")[i],
                Version = from.Texts("version")[i],
                Protocol = from.Texts("protocol")[i],
                Id = from.Texts("id")[i],
                Key = from.Texts("key")[i],
                Trace = from.Texts("trace_id")[i],
                Error = from.Texts("error")[i],
            });
            foreach (var column in columns)
            {
                if (!column.TryRaw(i, out var shape, out var values) || to.Column(column.Output, column.Name, column.Kind, shape) is not { } written) continue;
                written.Content.Add(values);
                to.Added(values.Length);
            }
        }
    }
}
