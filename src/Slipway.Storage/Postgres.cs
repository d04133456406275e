using System.Net.Sockets;
using Npgsql;

namespace Slipway.Storage;

/// <summary>What PostgreSQL's failures mean for a client.</summary>
internal static class Postgres
{
    /// <summary>A serialisation failure or a deadlock: the same write may succeed when run again.</summary>
    public static bool MayRetry(Exception failure) => failure is PostgresException { SqlState: "40001" or "40P01" };

    /// <summary>The storage failure or constraint behind a driver's exception; null when it is something else.</summary>
    public static Exception? Understood(Exception failure) => failure switch
    {
        PostgresException { SqlState: "53100" } => new StorageException(Problem.DiskFull("The disk under PostgreSQL is full. Nothing was changed; free space and send the request again."), failure),
        PostgresException { SqlState: "XX001" or "XX002" } damaged => new StorageException(Problem.Damaged($"PostgreSQL reports damaged data: {damaged.MessageText}. Restore a backup."), failure),
        PostgresException state when state.SqlState.StartsWith("23", StringComparison.Ordinal) => new ConstraintException(state.MessageText, failure),
        PostgresException state when state.SqlState.StartsWith("57P", StringComparison.Ordinal) || state.SqlState.StartsWith("08", StringComparison.Ordinal) || state.SqlState.StartsWith("53", StringComparison.Ordinal) =>
            Away(failure),
        PostgresException => null,
        NpgsqlException or SocketException or EndOfStreamException or TimeoutException => Away(failure),
        _ => null,
    };

    private static StorageException Away(Exception failure) =>
        new(Problem.Busy("PostgreSQL is not reachable or is restarting. Send the request again.", TimeSpan.FromSeconds(2)), failure);
}
