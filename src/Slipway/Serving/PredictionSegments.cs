using Slipway.Artifacts;
using Slipway.Prediction;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>A segment's row, without its filter.</summary>
internal sealed record SegmentRow(long No, string Id, long Workspace, string Endpoint, long FromMs, long ToMs, long Records, byte[]? Data, string? Blob, long Size, BlobForm Form);

/// <summary>
/// Where the log's segments lie: small ones in the database, so that a quiet endpoint does not make a file every two seconds, others as blobs. Background work merges small ones
/// (docs/decisions/0037).
/// </summary>
internal sealed class PredictionSegments(Database db, ArtifactVault vault, TimeProvider clock)
{
    /// <summary>Segments below this stay in the database until they are merged.</summary>
    public const int InDatabaseBytesMax = 256 * 1024;

    private const string Columns = "no, id, workspace_id, endpoint, from_ms, to_ms, records, data, blob_id, size, format, key_id";

    private const string Insert = """
        INSERT INTO prediction_segments (id, workspace_id, endpoint, from_ms, to_ms, records, filter, data, blob_id, size, format, key_id, merged, added_ms)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING
        """;

    private const string WasMerged = "SELECT 1 FROM prediction_segments_merged WHERE id = $1";

    private const string Newest = $"SELECT {Columns} FROM prediction_segments WHERE workspace_id = $1 AND endpoint = $2 AND to_ms >= $3 AND from_ms < $4 AND (to_ms < $5 OR to_ms = $5 AND no < $6) ORDER BY to_ms DESC, no DESC LIMIT $7";

    private const string Oldest = $"SELECT {Columns} FROM prediction_segments WHERE workspace_id = $1 AND endpoint = $2 AND to_ms >= $3 AND from_ms < $4 AND (to_ms > $5 OR to_ms = $5 AND no > $6) ORDER BY to_ms, no LIMIT $7";

    private const string Filters = "SELECT no, filter FROM prediction_segments WHERE workspace_id = $1 ORDER BY to_ms DESC, no DESC";

    private const string FiltersOfEndpoint = "SELECT no, filter FROM prediction_segments WHERE workspace_id = $1 AND endpoint = $2 ORDER BY to_ms DESC, no DESC";

    /// <summary>Adds a segment; false when it is there already.</summary>
    /// <param name="workspace">Whose.</param>
    /// <param name="id">Its identity.</param>
    /// <param name="endpoint">Of which endpoint.</param>
    /// <param name="bytes">All of it.</param>
    /// <param name="fromMs">The earliest record.</param>
    /// <param name="toMs">The latest.</param>
    /// <param name="hashes">Of the ids.</param>
    /// <param name="ct">Stops the wait.</param>
    /// <param name="merging">The segments that it is made of, which go in the same write.</param>
    public async Task<Outcome<bool>> Add(long workspace, Guid id, string endpoint, ReadOnlyMemory<byte> bytes, long fromMs, long toMs, IReadOnlyCollection<ulong> hashes, CancellationToken ct, IReadOnlyList<SegmentRow>? merging = null)
    {
        var (filter, now) = (IdFilter.Of(hashes), clock.GetUtcNow().ToUnixTimeMilliseconds());
        BlobId? blob = null;
        Kept kept = default;
        if (bytes.Length > InDatabaseBytesMax)
        {
            blob = BlobId.New();
            using var content = new MemoryStream(bytes.ToArray(), writable: false);
            var put = await vault.Put(workspace, blob.Value, content, ct);
            if (put.Problem is { } problem) return problem;
            kept = put.Value;
        }
        return await db.Write<bool>(session =>
        {
            if (session.Long(WasMerged, id.ToString("N")) is not null) return false;
            if (merging is not null && Forget(session, merging, now) is { } gone) return gone;
            var added = session.Execute(Insert, id.ToString("N"), workspace, endpoint, fromMs, toMs, hashes.Count, filter, blob is null ? bytes.ToArray() : (byte[]?)null, blob?.ToString(), (long)bytes.Length,
                kept.Form.Format == 0 ? 1 : kept.Form.Format, kept.Form.KeyId, merging is null ? 0 : 1, now) > 0;
            if (added && blob is { } known) NamelessBlobs.Keep(session, workspace, known, kept, now);
            return added;
        }, ct, bytes: blob is null ? bytes.Length : 0);
    }

    /// <summary>Segments that touch a time, those that end last first.</summary>
    /// <param name="session">The snapshot.</param>
    /// <param name="workspace">Whose.</param>
    /// <param name="endpoint">Of which endpoint.</param>
    /// <param name="fromMs">Not before.</param>
    /// <param name="toMs">Before.</param>
    /// <param name="after">The last row of the page before, or null.</param>
    /// <param name="count">How many at most.</param>
    public static List<SegmentRow> Latest(Session session, long workspace, string endpoint, long fromMs, long toMs, SegmentRow? after, int count) =>
        session.Query(Newest, Read, workspace, endpoint, fromMs, toMs, after?.ToMs ?? long.MaxValue, after?.No ?? long.MaxValue, count);

    /// <summary>The same, those that end first first.</summary>
    public static List<SegmentRow> Earliest(Session session, long workspace, string endpoint, long fromMs, long toMs, SegmentRow? after, int count) =>
        session.Query(Oldest, Read, workspace, endpoint, fromMs, toMs, after?.ToMs ?? long.MinValue, after?.No ?? long.MinValue, count);

    /// <summary>The segments in which one of the ids may be, newest first.</summary>
    public static List<long> Holding(Session session, long workspace, string? endpoint, IReadOnlyList<ulong> hashes, int most)
    {
        List<long> found = [];
        bool Visit(Row row)
        {
            var filter = row.Blob(1);
            foreach (var hash in hashes)
                if (IdFilter.MayHold(filter, hash))
                {
                    found.Add(row.Long(0));
                    break;
                }
            return found.Count < most;
        }
        if (endpoint is null) session.Each(Filters, Visit, workspace);
        else session.Each(FiltersOfEndpoint, Visit, workspace, endpoint);
        return found;
    }

    /// <summary>A row by its number, or null.</summary>
    public static SegmentRow? Row(Session session, long no) => session.First($"SELECT {Columns} FROM prediction_segments WHERE no = $1", Read, no);

    /// <summary>Reads a segment.</summary>
    public async Task<Outcome<PredictionSegment>> Open(SegmentRow row, CancellationToken ct)
    {
        if (row.Data is not null) return PredictionSegment.Open(row.Data);
        if (!BlobId.TryParse(row.Blob, out var blob)) return Problem.Damaged($"The segment {row.Id} of predictions has neither bytes nor a blob.");
        var opened = await vault.Open(blob, row.Form, row.Size, 0, null, ct);
        if (opened.Problem is { } problem) return problem;
        await using var stream = opened.Value;
        var bytes = new byte[row.Size];
        await stream.ReadExactlyAsync(bytes, ct);
        return PredictionSegment.Open(bytes);
    }

    /// <summary>Takes rows away and leaves their blobs to the sweep; a problem when one was gone already.</summary>
    public static Problem? Forget(Session session, IReadOnlyList<SegmentRow> rows, long nowMs, bool merged = true)
    {
        if (session.Execute($"DELETE FROM prediction_segments WHERE no {session.Dialect.InLongs("$1")}", Arg.Longs([.. rows.Select(static row => row.No)])) != rows.Count)
            return Problem.Conflict("Another server merged or removed the same segments of predictions.");
        NamelessBlobs.Leave(session, [.. rows.Where(static row => row.Blob is not null).Select(static row => row.Blob!)], nowMs);
        if (merged) session.InsertMany("prediction_segments_merged", ["id", "at_ms"], rows, (args, row) => args.Add(row.Id).Add(nowMs));
        return null;
    }

    internal static SegmentRow Read(Row row) => new(row.Long(0), row.Text(1), row.Long(2), row.Text(3), row.Long(4), row.Long(5), row.Long(6), row.IsNull(7) ? null : row.Bytes(7), row.TextOrNull(8), row.Long(9),
        new BlobForm(row.Int(10), row.TextOrNull(11)));

    internal const string RowColumns = Columns;
}
