using System.Runtime.CompilerServices;
using Slipway.Access;
using Slipway.Server;
using Slipway.Storage;

namespace Slipway.Cli.Doctor;

/// <summary>Who holds the data folder, and whether the database opens, is whole and fits this binary.</summary>
internal static class StoreChecks
{
    public static async IAsyncEnumerable<Check> Run(ServerOptions options, Action<AccessReview> accounts, [EnumeratorCancellation] CancellationToken ct)
    {
        var folder = Path.GetFullPath(options.Data);
        var inFolder = options.Database is null;
        var file = options.Database is { } named ? (named.StartsWith("sqlite:", StringComparison.Ordinal) ? Path.GetFullPath(named[7..]) : null) : Path.Combine(folder, "slipway.db");
        if (!Directory.Exists(folder) && (inFolder || file is not null && !File.Exists(file)))
        {
            yield return Check.Ok("database", "There is none yet; the server will create it.");
            yield break;
        }

        DataFolder? held = null;
        if (Directory.Exists(folder))
        {
            var hold = DataFolder.Hold(folder);
            if (hold.Problem is { } taken)
            {
                yield return Check.Ok("lock", taken.Message);
                if (file is not null)
                {
                    yield return Check.Ok("database", "In use by the process that holds the lock: stop it to have the file checked.");
                    yield break;
                }
            }
            else
            {
                held = hold.Value;
                yield return Check.Ok("lock", "No process holds the data folder.");
            }
        }
        using (held)
        {
            if (file is not null && !File.Exists(file)) yield return Check.Ok("database", $"{file} is not there yet; the server will create it.");
            else
                foreach (var check in await Database(options, options.Database ?? "sqlite:" + file, accounts)) yield return check;
        }
    }

    /// <summary>True while a process holds the data folder.</summary>
    public static bool IsServed(string data)
    {
        if (!Directory.Exists(data)) return false;
        var held = DataFolder.Hold(Path.GetFullPath(data));
        if (held.Succeeded) held.Value.Dispose();
        return !held.Succeeded;
    }

    private static async Task<List<Check>> Database(ServerOptions options, string text, Action<AccessReview> accounts)
    {
        var checks = new List<Check>();
        try
        {
            await using var database = Databases.Open(text);
            checks.Add(Check.Ok("database", $"Opens: {database.Engine}, {Listing.Bytes(await database.BytesOnDisk(CancellationToken.None))}."));
            if (database.Dialect is Dialect.Sqlite) checks.Add(await Whole(database));
            var (schema, current) = await Schema(database);
            checks.Add(schema);
            if (current && options.Access.Mode is AccessMode.People)
                accounts(await database.Read(session => AccessReviews.Read(session, TimeProvider.System.GetUtcNow()), CancellationToken.None));
        }
        catch (Exception failure) when (failure is StorageException or IOException or NotSupportedException or DllNotFoundException or FormatException)
        {
            checks.Add(Check.Fail("database", $"Cannot be opened: {failure.Message}", text.StartsWith("sqlite:", StringComparison.Ordinal)
                ? "Restore the newest backup into a new folder: slipway restore FILE --data DIR."
                : "Check that PostgreSQL runs, and host, database, user and password of --database."));
        }
        return checks;
    }

    private static async Task<Check> Whole(Database database)
    {
        var faults = await database.Read(session => session.Query("PRAGMA quick_check(5)", static row => row.Text(0)), CancellationToken.None);
        return faults is ["ok"]
            ? Check.Ok("integrity", "The database file is whole.")
            : Check.Fail("integrity", string.Join("; ", faults), "Restore the newest backup into a new folder: slipway restore FILE --data DIR. Keep the damaged file until that worked.");
    }

    private static async Task<(Check Check, bool Current)> Schema(Database database)
    {
        var steps = await database.Read(session => session.Long(HasTables(database.Dialect)) is null
            ? null
            : session.Query("SELECT capability, max(step) FROM schema_steps GROUP BY capability", static row => (row.Text(0), row.Int(1))).ToDictionary(), CancellationToken.None);
        if (steps is null) return (Check.Ok("schema", "Empty; the server will create its tables at the next start."), false);
        var known = Schemas.InLayerOrder();
        var newer = known.Where(schema => steps.GetValueOrDefault(schema.Capability) > schema.Steps.Count).Select(schema => schema.Capability)
            .Concat(steps.Keys.Except(known.Select(schema => schema.Capability))).ToList();
        if (newer.Count > 0)
            return (Check.Warn("schema", $"Written by a newer Slipway ({string.Join(", ", newer)}).", "Use the newer binary; this one works only as far as the database allows it."), false);
        var missing = known.Sum(schema => Math.Max(0, schema.Steps.Count - steps.GetValueOrDefault(schema.Capability)));
        return (Check.Ok("schema", missing == 0 ? $"Up to date: {steps.Values.Sum()} steps." : $"{missing} steps behind this binary; the server runs them at the next start."), missing == 0);
    }

    private static string HasTables(Dialect dialect) => dialect is Dialect.Postgres
        ? "SELECT 1 FROM information_schema.tables WHERE table_name = 'schema_steps'"
        : "SELECT 1 FROM sqlite_master WHERE name = 'schema_steps'";
}
