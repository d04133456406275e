using System.Text;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>
/// One page of a listing whose columns are never NULL, in the order and from the place that the database itself walks to: with an index on the
/// order a page costs its own rows, however many lie before and behind it.
/// </summary>
internal static class RegistryListing
{
    /// <summary>Reads a page and one row more.</summary>
    /// <param name="session">The snapshot.</param>
    /// <param name="sql">The arguments so far.</param>
    /// <param name="from">`SELECT no` and so on up to WHERE's conditions, without ORDER BY; `{0}` stands for the order's columns.</param>
    /// <param name="order">The order; its columns are plain ones.</param>
    /// <param name="after">Where the last page ended, or null.</param>
    /// <param name="size">The page.</param>
    public static List<Found> Read(Session session, SearchSql sql, Func<string, string> from, SearchOrder order, Found? after, int size)
    {
        var columns = order.Keys.Select((key, n) => key.Columns(n, sql)).ToList();
        var text = new StringBuilder(from(string.Join(", ", columns)));
        if (after is not null) text.Append(" AND ").Append(Behind(sql, order, columns, after));
        text.Append(" ORDER BY ").AppendJoin(", ", columns.Zip(order.Keys, static (column, key) => key.Descending ? column + " DESC" : column));
        text.Append(" LIMIT ").Append(sql.Add(size + 1));
        var found = new List<Found>();
        session.Each(text.ToString(), row =>
        {
            found.Add(order.Read(row));
            return true;
        }, sql.Args);
        return found;
    }

    /// <summary>Rows behind a place: (a, b) > (x, y) spelled out, since the directions differ. The bound on the first column is what an index understands.</summary>
    private static string Behind(SearchSql sql, SearchOrder order, List<string> columns, Found after)
    {
        var values = after.Place.Select((place, n) => place.Text is { } text ? sql.Add(text) : sql.Add(place.Number)).ToList();
        var condition = "";
        for (var n = columns.Count - 1; n >= 0; n--)
        {
            var beyond = $"{columns[n]} {(order.Keys[n].Descending ? "<" : ">")} {values[n]}";
            condition = condition.Length == 0 ? beyond : $"({beyond} OR {columns[n]} = {values[n]} AND {condition})";
        }
        return $"{columns[0]} {(order.Keys[0].Descending ? "<=" : ">=")} {values[0]} AND {condition}";
    }

    /// <summary>A tag compared. Equality goes through the index of values, which finds a rare one among many rows.</summary>
    public static string Tag(SearchSql sql, string table, string owner, string number, Clause clause)
    {
        if (clause is not { Comparator: Comparator.Equal, Value: TextValue value }) return Absent(clause) ?? sql.Entry(table, owner, number, clause);
        var (key, text) = (sql.Add(clause.Field.Key), sql.Add(value.Text));
        return $"{number} IN (SELECT f.{owner} FROM {table} f WHERE f.key = {key} AND substr(f.value, 1, 64) = substr({text}, 1, 64) AND f.value = {text})";

        string? Absent(Clause other) => other.Comparator is Comparator.IsNull ? $"NOT EXISTS (SELECT 1 FROM {table} f WHERE f.{owner} = {number} AND f.key = {sql.Add(other.Field.Key)})" : null;
    }

    /// <summary>The tag that makes prompts compared: whatever lacks it says false.</summary>
    public static string Prompt(SearchSql sql, string column, Clause clause)
    {
        var told = $"(CASE {column} WHEN 1 THEN 'true' ELSE 'false' END)";
        return clause.Comparator switch
        {
            Comparator.Equal or Comparator.NotEqual when clause.Value is TextValue value =>
                $"{column} {(clause.Comparator is Comparator.Equal ? "=" : "<>")} {sql.Add(Prompts.Says(value.Text) ? 1 : 0)}",
            Comparator.IsNull => $"{column} = 0",
            Comparator.IsNotNull => $"{column} = 1",
            _ => sql.Compare(told, clause),
        };
    }

    /// <summary>The models that the caller sees differently from the rest of the workspace, as a condition; few, and one list.</summary>
    public static string Visible(SearchSql sql, Caller caller, string column)
    {
        var exceptions = caller.Grants.Exceptions(caller.Rights & caller.Most, RootKind.RegisteredModel).ToList();
        var shown = (caller.Rights & caller.Most & Right.ReadModels) != 0;
        return shown && exceptions.Count == 0 ? "" : $" AND {(shown ? "NOT " : "")}({column} {sql.In(exceptions)})";
    }
}
