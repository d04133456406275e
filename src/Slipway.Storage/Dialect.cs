namespace Slipway.Storage;

/// <summary>Which database is underneath. One text of SQL serves both; the real differences are the members below.</summary>
public enum Dialect
{
    /// <summary>SQLite 3.35 or newer, one writer.</summary>
    Sqlite,
    /// <summary>PostgreSQL 14 or newer, several writers.</summary>
    Postgres,
}

/// <summary>The few places where the databases need different words.</summary>
public static class Dialects
{
    /// <summary>`IN` over a list of integers passed as one argument (<see cref="Arg.Longs"/>).</summary>
    public static string InLongs(this Dialect dialect, string parameter) => In(dialect, parameter);

    /// <summary>`IN` over a list of texts passed as one argument (<see cref="Arg.Texts"/>).</summary>
    public static string InTexts(this Dialect dialect, string parameter) => In(dialect, parameter);

    /// <summary>A list of integers passed as one argument (<see cref="Arg.Longs"/>) as a table with the column `value`.</summary>
    public static string EachLong(this Dialect dialect, string parameter, string table) =>
        dialect is Dialect.Postgres ? $"unnest({parameter}) AS {table}(value)" : $"json_each({parameter}) AS {table}";

    /// <summary>The same for texts (<see cref="Arg.Texts"/>).</summary>
    public static string EachText(this Dialect dialect, string parameter, string table) => dialect.EachLong(parameter, table);

    /// <summary>Locks the selected rows against every other writer. SQLite has one writer: nothing to say.</summary>
    public static string ForUpdate(this Dialect dialect) => dialect is Dialect.Postgres ? " FOR UPDATE" : "";

    /// <summary>Locks the selected rows against every other writer that locks them, but not against rows that merely refer to them.</summary>
    public static string ForNoKeyUpdate(this Dialect dialect) => dialect is Dialect.Postgres ? " FOR NO KEY UPDATE" : "";

    /// <summary>Holds the selected rows against change while others may hold them too.</summary>
    public static string ForShare(this Dialect dialect) => dialect is Dialect.Postgres ? " FOR SHARE" : "";

    /// <summary>Locks the selected rows and passes over those that another server holds.</summary>
    public static string ForUpdateSkipLocked(this Dialect dialect) => dialect is Dialect.Postgres ? " FOR UPDATE SKIP LOCKED" : "";

    /// <summary>
    /// Case-sensitive LIKE with `%` and `_` and no escape character, the same on both. SQLite's own LIKE ignores case,
    /// so a function registered on every connection does it there.
    /// </summary>
    public static string Like(this Dialect dialect, string value, string pattern) =>
        dialect is Dialect.Postgres ? $"{value} LIKE {pattern} ESCAPE ''" : $"slipway_like({value}, {pattern}, 0)";

    /// <summary>LIKE that ignores case by Unicode's simple lower-casing on SQLite and the server's lower() on PostgreSQL.</summary>
    public static string ILike(this Dialect dialect, string value, string pattern) =>
        dialect is Dialect.Postgres ? $"{value} ILIKE {pattern} ESCAPE ''" : $"slipway_like({value}, {pattern}, 1)";

    /// <summary>
    /// True for rows whose {txid} column belongs to a transaction that every older one has finished: no smaller id can appear later. A row that is
    /// visible though its id is not given out yet came with a dump from another cluster, where everything has long finished.
    /// </summary>
    public static string Settled(this Dialect dialect, string txid) => dialect is Dialect.Postgres
        ? $"""
            ({txid} < pg_snapshot_xmin(pg_current_snapshot())::text::bigint OR
             {txid} >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint AND {txid} IS DISTINCT FROM pg_current_xact_id_if_assigned()::text::bigint)
            """
        : "1 = 1";

    private static string In(Dialect dialect, string parameter) =>
        dialect is Dialect.Postgres ? $"= ANY({parameter})" : $"IN (SELECT value FROM json_each({parameter}))";
}
