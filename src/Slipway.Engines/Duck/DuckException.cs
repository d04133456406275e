namespace Slipway.Engines.Duck;

/// <summary>DuckDB refused or failed; the message is DuckDB's own, followed by the statement.</summary>
public sealed class DuckException : Exception
{
    /// <summary>An error without a message.</summary>
    public DuckException() { }

    /// <summary>An error with DuckDB's message.</summary>
    public DuckException(string message) : base(message) { }

    /// <summary>An error with DuckDB's message and its cause.</summary>
    public DuckException(string message, Exception inner) : base(message, inner) { }

    internal static DuckException In(string sql, string message) =>
        new($"{message.TrimEnd()}{Environment.NewLine}Statement: {(sql.Length <= SqlShownMax ? sql : sql[..SqlShownMax] + " ...")}");

    private const int SqlShownMax = 1_000;
}
