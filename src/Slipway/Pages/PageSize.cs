using System.Globalization;
using Slipway.Tracking;

namespace Slipway.Pages;

/// <summary>How many entries a page of a list has.</summary>
internal static class PageSize
{
    /// <summary>Unless the request says otherwise.</summary>
    public const int Default = 100;

    /// <summary>The refusal of a page too small or too large.</summary>
    public static Problem? Check(int? max, int most) => max is < 1 || max > most ? Problem.Invalid($"max: expected 1 to {most:N0}, got {max}.") : null;
}

/// <summary>A page of a list whose last changed entry comes first: where it begins, and where the next one does.</summary>
internal sealed class ChangeKeyset
{
    private readonly ulong fingerprint;
    private readonly int size;
    private readonly long updatedMs = long.MaxValue;
    private readonly long no = long.MaxValue;

    /// <summary>Reads the token. <paramref name="query"/>: all that must stay the same from page to page.</summary>
    public ChangeKeyset(string list, string query, int? max, string? token)
    {
        fingerprint = PageToken.Fingerprint(list, query);
        size = max ?? PageSize.Default;
        var read = PageToken.Read(token, fingerprint);
        if (!read.Succeeded) Problem = read.Problem;
        else if (read.Value is { } values)
        {
            if (values is [{ Kind: 'n' } at, { Kind: 'n' } last]) (updatedMs, no) = (at.Number, last.Number);
            else Problem = Problem.Invalid("Invalid page token: its content is not understood. Send the next_page_token of the last answer unchanged.");
        }
    }

    /// <summary>Why the token is none.</summary>
    public Problem? Problem { get; }

    /// <summary>The condition that leaves out what earlier pages had.</summary>
    public string Where(SearchSql sql, string table) =>
        updatedMs == long.MaxValue ? "" : $" AND ({table}.updated_ms, {table}.no) < ({sql.Add(updatedMs)}, {sql.Add(no)})";

    /// <summary>The order, and one row more than a page.</summary>
    public string Order(string table) => $" ORDER BY {table}.updated_ms DESC, {table}.no DESC LIMIT {(size + 1).ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The page without the row too many, which only says that there is a next page.</summary>
    public List<T> Page<T>(List<T> rows, Func<T, (long UpdatedMs, long No)> place, out string? next)
    {
        next = null;
        if (rows.Count <= size) return rows;
        rows.RemoveRange(size, rows.Count - size);
        var (at, last) = place(rows[^1]);
        next = PageToken.Write(fingerprint, TokenValue.Of(at), TokenValue.Of(last));
        return rows;
    }
}
