using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>The runs that importance is computed from.</summary>
/// <param name="Target">The metric of each run, finite.</param>
/// <param name="Params">Their params.</param>
/// <param name="Without">How many runs were left out, for want of the metric.</param>
/// <param name="MoreRuns">True when more runs fit than were looked at.</param>
/// <param name="MoreParams">True when more params differ than are compared.</param>
internal sealed record ImportanceData(double[] Target, IReadOnlyList<ParamColumn> Params, int Without, bool MoreRuns, bool MoreParams)
{
    // Longer values that begin alike count as one.
    private const int ValueCharsMax = 256;

    private static string Targets(Dialect dialect) => $"SELECT run_no, is_nan, value, min_value, max_value FROM metric_latest WHERE run_no {dialect.InLongs("$1")} AND key_id = $2";

    // A param that is the same everywhere explains nothing.
    private static string Differing(Dialect dialect) => $"""
        SELECT key FROM params WHERE run_no {dialect.InLongs("$1")} GROUP BY key HAVING min(value) <> max(value) OR count(*) < $2 ORDER BY count(*) DESC, key LIMIT {AskImportance.ParamsMax + 1}
        """;

    private static string Values(Dialect dialect) => $"SELECT run_no, key, substr(value, 1, {ValueCharsMax}) FROM params WHERE run_no {dialect.InLongs("$1")} AND key {dialect.InTexts("$2")}";

    /// <summary>Reads it: a search, and three statements more. About 17 bytes a run and param are held.</summary>
    public static Outcome<ImportanceData> Read(Session session, Caller caller, RunQuery query, SearchField target, IReadOnlyList<string>? named, Metrics metrics)
    {
        var page = RunSearch.Page(session, caller, query, null, metrics);
        if (page.Problem is { } refused) return refused;
        var numbers = page.Value.Numbers;
        var measured = new Dictionary<long, double>(numbers.Count);
        if (numbers.Count > 0 && RunSearch.MetricKeys(session, caller, [target]).TryGetValue(target.Key, out var key))
            session.Each(Targets(session.Dialect), row =>
            {
                if (Value(row, target.Call?.Function) is not { } value || !double.IsFinite(value)) return true;
                measured.Add(row.Long(0), value);
                return true;
            }, Arg.Longs([.. numbers]), key);
        // In the search's order, whatever order the database reads in: chance falls the same way each time.
        var rows = new Dictionary<long, int>(measured.Count);
        var values = new List<double>(measured.Count);
        foreach (var number in numbers)
        {
            if (!measured.TryGetValue(number, out var value)) continue;
            rows.Add(number, values.Count);
            values.Add(value);
        }
        var (runs, more) = (Arg.Longs(rows.Keys), false);
        var names = named?.ToList() ?? [];
        if (named is null && rows.Count > 0)
        {
            names = session.Query(Differing(session.Dialect), static row => row.Text(0), runs, rows.Count);
            more = names.Count > AskImportance.ParamsMax;
            if (more) names.RemoveAt(AskImportance.ParamsMax);
        }
        var columns = names.ToDictionary(static name => name, name => new ParamColumn(name, values.Count), StringComparer.Ordinal);
        if (names.Count > 0 && rows.Count > 0)
            session.Each(Values(session.Dialect), row =>
            {
                columns[row.Text(1)].Set(rows[row.Long(0)], row.Utf8(2), row.Text(2));
                return true;
            }, runs, Arg.Texts(names));
        return new ImportanceData([.. values], [.. names.Select(name => columns[name])], numbers.Count - values.Count, page.Value.NextPageToken is not null, more);
    }

    private static double? Value(Row row, SeriesFunction? function) => function switch
    {
        SeriesFunction.Min => row.DoubleOrNull(3),
        SeriesFunction.Max => row.DoubleOrNull(4),
        _ => row.Bool(1) ? null : row.Double(2),
    };
}
