namespace Slipway.Storage;

/// <summary>
/// Brings the schema up to date: steps run in the order of the capabilities, each with its record in one transaction. The database also
/// says which is the oldest binary that may still use it, so that only a binary older than that is refused.
/// </summary>
public static class Migrations
{
    /// <summary>Counts schema generations. A database written by a newer generation is used as long as it says this one still may.</summary>
    public const int Generation = 1;

    /// <summary>The oldest generation that understands what this one writes.</summary>
    public const int OldestCompatible = 1;

    private const string Bookkeeping = """
        CREATE TABLE IF NOT EXISTS schema_steps (capability TEXT NOT NULL, step BIGINT NOT NULL, PRIMARY KEY (capability, step));
        CREATE TABLE IF NOT EXISTS installation (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
        """;

    private const string ReadInstallation = "SELECT value FROM installation WHERE name = $1";

    internal const string WriteInstallation = """
        INSERT INTO installation (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """;

    /// <summary>The name under which <c>installation</c> keeps the id that changes with every restore.</summary>
    public const string Incarnation = "incarnation";

    /// <summary>The name under which <c>installation</c> says that a restore is under way.</summary>
    internal const string Restoring = "restoring";

    /// <summary>The id that changes with every restore, by which a client tells that what it sent since the backup is gone.</summary>
    public static string ReadIncarnation(Session session) => session.Text(ReadInstallation, Incarnation) ?? "";

    /// <summary>Runs the missing steps; answers how many ran.</summary>
    /// <param name="database">Where.</param>
    /// <param name="schemas">The capabilities, lowest layer first.</param>
    /// <param name="upTo">For tests of old versions: stop a capability at this step.</param>
    /// <param name="ct">Cancels before the work starts.</param>
    public static Task<Outcome<int>> Apply(Database database, IReadOnlyList<Schema> schemas, CancellationToken ct, IReadOnlyDictionary<string, int>? upTo = null) =>
        database.Write<int>(session => Run(session, schemas, upTo, restoring: false), ct);

    /// <summary>True when no schema step ever ran here.</summary>
    internal static bool IsFresh(Session session)
    {
        session.Script(Bookkeeping);
        return session.Long("SELECT 1 FROM schema_steps LIMIT 1") is null;
    }

    internal static Outcome<int> Run(Session session, IReadOnlyList<Schema> schemas, IReadOnlyDictionary<string, int>? upTo, bool restoring)
    {
        // Two servers may start at once; a transaction-long lock lets one of them do the work. 0x736c6970 is "slip".
        if (session.Dialect is Dialect.Postgres) session.Long("SELECT 1 FROM pg_advisory_xact_lock(1936484720)");
        session.Script(Bookkeeping);
        if (int.TryParse(session.Text(ReadInstallation, "oldest_generation"), out var oldest) && oldest > Generation)
            return new Problem(ErrorCode.INVALID_STATE, $"The database needs Slipway of schema generation {oldest} or newer; this binary has {Generation}. Start a newer slipway.", 500);
        if (!restoring && session.Text(ReadInstallation, Restoring) is not null)
            return new Problem(ErrorCode.INVALID_STATE, "A restore into this database did not finish. Restore again into an empty database.", 500);
        var done = session.Query("SELECT capability, step FROM schema_steps", static row => (row.Text(0), row.Int(1))).ToHashSet();
        var ran = 0;
        foreach (var schema in schemas)
            for (var step = 1; step <= Math.Min(schema.Steps.Count, upTo?.GetValueOrDefault(schema.Capability, int.MaxValue) ?? int.MaxValue); step++)
            {
                if (done.Contains((schema.Capability, step))) continue;
                session.Script(schema.Step(step, session.Dialect));
                session.Execute("INSERT INTO schema_steps (capability, step) VALUES ($1, $2)", schema.Capability, step);
                ran++;
            }
        if (session.Text(ReadInstallation, Incarnation) is null) session.Execute(WriteInstallation, Incarnation, Guid.CreateVersion7().ToString("N"));
        if (ran > 0)
        {
            session.Execute(WriteInstallation, "generation", Generation.ToString());
            session.Execute(WriteInstallation, "oldest_generation", OldestCompatible.ToString());
        }
        return ran;
    }
}
