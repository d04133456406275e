using System.Globalization;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>Models whose day of review or retirement has come, for home: two walks along an index, however many models there are.</summary>
internal static class ModelDates
{
    /// <summary>The kind of a notice that a model is to be looked at again.</summary>
    public const string Review = "model.review";

    /// <summary>The kind of a notice that a model was to go out of use.</summary>
    public const string Retirement = "model.retirement";

    /// <summary>What is due, the newest first, at most <see cref="Attention.RunsMax"/> of each kind.</summary>
    public static IEnumerable<AttentionNotice> Raise(Session session, Caller caller, long now)
    {
        foreach (var (kind, column) in ((string, string)[])[(Review, "review_ms"), (Retirement, "retirement_ms")])
        {
            var sql = new SearchSql(session.Dialect);
            var text = $"""
                SELECT m.name, p.owner, p.{column} FROM model_profiles p JOIN registered_models m ON m.id = p.model_id
                 WHERE p.workspace_id = {sql.Add(caller.Workspace)} AND p.{column} <= {sql.Add(now)}{RegistryListing.Visible(sql, caller, "p.model_id")} ORDER BY p.{column} DESC LIMIT {Attention.RunsMax}
                """;
            foreach (var notice in session.Query(text, row => Notice(kind, row.Text(0), row.TextOrNull(1), row.Long(2)), sql.Args)) yield return notice;
        }
    }

    private static AttentionNotice Notice(string kind, string name, string? owner, long dueMs)
    {
        var day = DateTimeOffset.FromUnixTimeMilliseconds(dueMs).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new AttentionNotice(kind, name, kind == Review ? $"The model '{name}' was to be reviewed on {day}." : $"The model '{name}' was to go out of use on {day}.", dueMs, owner);
    }
}
