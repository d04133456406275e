using System.Text.RegularExpressions;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// Decides what SQL cannot for a chunk of runs at a time: regular expressions, whose flavour must not depend on the database, and functions of
/// whole series, whose points are compressed. Several statements a chunk, whatever its size.
/// </summary>
internal sealed class RunSift(Session session, Metrics? metrics, TimeSpan regexTimeMax)
{
    private readonly FilterRegex.Budget budget = new(regexTimeMax);

    /// <summary>Those of the runs that the predicate lets through.</summary>
    public SearchSet Pick(RunPredicate predicate, SearchSet among)
    {
        if (among.Count == 0) return among;
        if (predicate.IsLate) return predicate.Pick(this, among);
        var picked = new SearchSet();
        var sql = new SearchSql(session.Dialect);
        session.Each($"SELECT r.no FROM runs r WHERE r.no {Among(sql, among)} AND {predicate.Probe(sql)}", row =>
        {
            picked.Add(row.Long(0));
            return true;
        }, sql.Args);
        return picked;
    }

    /// <summary>Those of the runs with a text that fits, or does not.</summary>
    public SearchSet Matching(Regex pattern, bool wanted, string column, string from, SearchSql sql, SearchSet among)
    {
        var picked = new SearchSet();
        var number = from.StartsWith("runs r", StringComparison.Ordinal) ? "r.no" : "f.run_no";
        session.Each($"SELECT {number}, {column} FROM {from} {number} {Among(sql, among)}", row =>
        {
            if (row.TextOrNull(1) is { } text && budget.Matches(pattern, text) == wanted) picked.Add(row.Long(0));
            return !budget.IsSpent;
        }, sql.Args);
        // Not from within the statement: the session would take it for the database's.
        return budget.IsSpent ? throw new RegexMatchTimeoutException() : picked;
    }

    /// <summary>Values of a function for every one of the runs, as exact as `accept` wants them: it is told what is known and answers whether that is enough.</summary>
    public void Measure(long keyId, SeriesCall call, SearchSet among, Func<long, SeriesRange, bool> accept) =>
        (metrics ?? throw new InvalidOperationException("A search of series needs the metrics to read them from.")).Measure(session, keyId, call, among, accept);

    public SearchSql Sql() => new(session.Dialect);

    private static string Among(SearchSql sql, SearchSet among) => sql.Dialect.InLongs(sql.Add(Arg.Longs([.. among.Numbers()])));
}

/// <summary>A regular expression on a param, a tag, a data set or what the run's own row says; NOT RLIKE, too, wants a text to be there.</summary>
internal sealed record RegexPredicate(SearchField Field, bool Wanted, Regex Pattern) : RunPredicate
{
    public override bool IsLate => true;

    public override string Probe(SearchSql sql) => throw new InvalidOperationException("Regular expressions are evaluated here, not by the database.");

    public override SearchSet Pick(RunSift sift, SearchSet among)
    {
        var sql = sift.Sql();
        return Field.Kind switch
        {
            FieldKind.Attribute => sift.Matching(Pattern, Wanted, RunAttributes.Expression(Field.Key), "runs r WHERE", sql, among),
            FieldKind.Dataset => sift.Matching(Pattern, Wanted, "f." + Field.Key, "run_datasets f WHERE", sql, among),
            _ => sift.Matching(Pattern, Wanted, "f.value", $"{(Field.Kind is FieldKind.Param ? "params" : "tags")} f WHERE f.key = {sql.Add(Field.Key)} AND", sql, among),
        };
    }
}

/// <summary>A comparison of a function of a metric's series.</summary>
internal sealed record SeriesPredicate(long KeyId, SeriesCall Call, Comparator Comparator, double Number) : RunPredicate
{
    public override bool IsLate => true;

    public override string Probe(SearchSql sql) => throw new InvalidOperationException("Series are evaluated here, not by the database.");

    public override SearchSet Pick(RunSift sift, SearchSet among)
    {
        var picked = new SearchSet();
        sift.Measure(KeyId, Call, among, (run, range) =>
        {
            var holds = range.Compare(Comparator, Number);
            if (holds is true) picked.Add(run);
            return holds is not null;
        });
        return picked;
    }
}
