using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>Reading single blocks of many segments.</summary>
internal sealed partial class Metrics
{
    /// <summary>Segments fetched by one statement: PostgreSQL sends all of its rows.</summary>
    private const int SegmentsFetched = 256;

    private readonly record struct SegmentWithBlocks(SegmentRow Segment, List<SeriesBlockEntry> Blocks);

    /// <summary>The segments that <paramref name="where"/> selects, with their heads but not their bodies. A damaged head is named and left out.</summary>
    private List<SegmentWithBlocks> SegmentHeads(Session session, string where, List<SeriesDamage> damages, params ReadOnlySpan<Arg> args)
    {
        var found = new List<SegmentWithBlocks>();
        session.Each($"SELECT {SegmentColumns}, head FROM metric_segments WHERE {where}", row =>
        {
            var (segment, blocks) = (ReadSegmentRow(row), new List<SeriesBlockEntry>());
            if (SeriesSegment.ReadHead(row.Blob(HeadColumn), blocks) is { } damage) Damaged(damages, new(segment.RunNo, segment.Key, "segment", segment.Id, damage));
            else found.Add(new(segment, blocks));
            return true;
        }, args);
        return found;
    }

    /// <summary>Decodes the blocks that <paramref name="which"/> wants. The columns it hands over are valid during the call; a damaged segment is named once.</summary>
    private void DecodeBlocks(
        Session session, List<SegmentWithBlocks> segments, Func<SegmentRow, SeriesBlockEntry, bool> which, Action<SegmentRow, SeriesBlockEntry, SeriesColumns> take, List<SeriesDamage> damages)
    {
        var wanted = new Dictionary<long, WantedBlocks>();
        foreach (var (segment, blocks) in segments)
            if (blocks.FindAll(block => which(segment, block)) is { Count: > 0 } some) wanted.Add(segment.Id, new(segment, some));
        using var points = new SeriesColumns(SeriesBlock.PointsMax);
        foreach (var some in wanted.Values.Chunk(SegmentsFetched))
            session.EachPart("metric_segments", "body", Array.ConvertAll(some, segment => segment.Stretch), (part, body) =>
            {
                var (segment, blocks) = wanted[part.Id];
                foreach (var block in blocks)
                {
                    points.Truncate(0);
                    if (SeriesSegment.ReadBlock(body, block with { Offset = block.Offset - part.Start }, points) is not { } damage) take(segment, block, points);
                    else if (!damages.Exists(known => known.Kind == "segment" && known.Id == part.Id)) Damaged(damages, new(segment.RunNo, segment.Key, "segment", part.Id, damage));
                }
            });
    }

    private readonly record struct WantedBlocks(SegmentRow Segment, List<SeriesBlockEntry> Blocks)
    {
        /// <summary>From the first wanted block to the end of the last one.</summary>
        public BlobPart Stretch => new(Segment.Id, Blocks[0].Offset, Blocks[^1].Offset + Blocks[^1].Length - Blocks[0].Offset);
    }
}
