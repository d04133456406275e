using System.Globalization;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Pages;

/// <summary>
/// The experiments that views and reports draw on, which decide who sees them: whoever may read all of them. What draws on none belongs to the whole workspace.
/// </summary>
/// <param name="table">Holds them, a row each.</param>
/// <param name="key">Its column with the number of the view or report.</param>
internal sealed class DrawnExperiments(string table, string key)
{
    /// <summary>The numbers of experiments that the caller may read and the request names; a problem when one is not there for the caller.</summary>
    public static Outcome<long[]> Check(Session session, Caller caller, IReadOnlyList<string?> asked, int least)
    {
        if (asked.Count < least) return Problem.Missing("experiment_ids");
        if (WireCheck.Count(asked.Count, SavedView.ExperimentsMax, "experiment_ids") is { } tooMany) return tooMany;
        foreach (var id in asked)
            if (WireCheck.ExperimentId(id, "experiment_ids") is { } bad) return bad;
        var ids = asked.Select(static id => id!).Distinct(StringComparer.Ordinal).ToList();
        var found = Experiments.Visible(session, caller, ids);
        if (found.Count == ids.Count) return found.ToArray();
        var reader = caller with { Acting = Right.ReadExperiments };
        foreach (var id in ids)
            if (Experiments.Find(session, reader, id, "", out _) is { } missing) return missing;
        return found.ToArray(); // two ids of one experiment: 0 and the number of the workspace's Default
    }

    /// <summary>True when the caller has the right to all of these experiments, or, of none, to the whole workspace.</summary>
    public static bool May(Caller caller, Right right, IReadOnlyCollection<long> experiments)
    {
        if (experiments.Count == 0) return (caller.Rights & caller.Most & right) == right;
        foreach (var experiment in experiments)
            if ((caller.On(RootKind.Experiment, experiment) & right) != right) return false;
        return true;
    }

    /// <summary>Ids as the wire has them.</summary>
    public static string[] Ids(IReadOnlyCollection<long> experiments) => [.. experiments.Select(static number => number.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Says on which experiments something draws, instead of what was said before.</summary>
    public void Put(Session session, long no, long[] experiments)
    {
        session.Execute($"DELETE FROM {table} WHERE {key} = $1", no);
        session.ExecuteMany($"INSERT INTO {table} ({key}, experiment_id) VALUES ($1, $2)", experiments, (row, experiment) => row.Add(no).Add(experiment));
    }

    /// <summary>Forgets them.</summary>
    public void Delete(Session session, long no) => session.Execute($"DELETE FROM {table} WHERE {key} = $1", no);

    /// <summary>The experiments of each of these, in one statement.</summary>
    public Dictionary<long, long[]> Of(Session session, IReadOnlyCollection<long> numbers)
    {
        var found = numbers.Count == 0 ? [] : session.Query($"SELECT {key}, experiment_id FROM {table} WHERE {key} {session.Dialect.InLongs("$1")} ORDER BY {key}, experiment_id",
            static row => (No: row.Long(0), Experiment: row.Long(1)), Arg.Longs(numbers));
        var byNumber = found.ToLookup(static pair => pair.No, static pair => pair.Experiment);
        return numbers.ToDictionary(static no => no, no => byNumber[no].ToArray());
    }

    /// <summary>A condition on the column <paramref name="no"/>: draws on this experiment.</summary>
    public string On(SearchSql sql, string no, long experiment) => $" AND {no} IN (SELECT x.{key} FROM {table} x WHERE x.experiment_id = {sql.Add(experiment)})";

    /// <summary>A condition on the column <paramref name="no"/>: the caller may read all that it draws on. Empty for a caller who may read everything.</summary>
    public string Visible(SearchSql sql, Caller caller, string no)
    {
        // Roots that differ from the workspace's rule for this caller: few, and one list.
        var exceptions = caller.Grants.Exceptions(caller.Rights, RootKind.Experiment).ToList();
        var shown = (caller.Rights & Right.ReadExperiments) != 0;
        if (shown && exceptions.Count == 0) return "";
        var other = $"SELECT 1 FROM {table} x WHERE x.{key} = {no}";
        var hidden = $" AND NOT EXISTS ({other} AND {(shown ? "" : "NOT ")}(x.experiment_id {sql.In(exceptions)}))";
        return shown ? hidden : hidden + $" AND EXISTS ({other})";
    }

    /// <summary>Numbers of what draws on an experiment that goes for good, and on no other.</summary>
    public List<long> OnlyOn(Session session, long experiment) => session.Query(
        $"SELECT {key} FROM {table} x WHERE x.experiment_id = $1 AND NOT EXISTS (SELECT 1 FROM {table} y WHERE y.{key} = x.{key} AND y.experiment_id <> $1) ORDER BY {key}",
        static row => row.Long(0), experiment);

    /// <summary>Takes an experiment that goes for good out of all that draw on it.</summary>
    public void Erase(Session session, long experiment) => session.Execute($"DELETE FROM {table} WHERE experiment_id = $1", experiment);
}
