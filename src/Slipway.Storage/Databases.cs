namespace Slipway.Storage;

/// <summary>Opens the database that `--database` names.</summary>
public static class Databases
{
    /// <summary>Opens `sqlite:PATH` or `postgres:CONNECTION`; the connection is a keyword list (Host=...;Database=...) or a postgres:// address.</summary>
    /// <exception cref="FormatException">The text names neither.</exception>
    /// <exception cref="StorageException">The database cannot be opened.</exception>
    public static Database Open(string text)
    {
        if (text.StartsWith("sqlite:", StringComparison.Ordinal) && text.Length > 7) return new SqliteDatabase(Path.GetFullPath(text[7..]));
        if (text.StartsWith("postgres:", StringComparison.Ordinal) || text.StartsWith("postgresql:", StringComparison.Ordinal))
            return new PostgresDatabase(Connection(text));
        throw new FormatException($"--database must be sqlite:PATH or postgres:CONNECTION, got '{text.Split(':')[0]}'.");
    }

    internal static string Connection(string text)
    {
        var rest = text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
        if (!rest.StartsWith("//", StringComparison.Ordinal)) return rest;
        var address = new Uri("postgres:" + rest);
        var user = address.UserInfo.Split(':', 2);
        var settings = new Npgsql.NpgsqlConnectionStringBuilder { Host = address.Host, Database = Uri.UnescapeDataString(address.AbsolutePath.TrimStart('/')) };
        if (address.Port > 0) settings.Port = address.Port;
        if (user[0].Length > 0) settings.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1) settings.Password = Uri.UnescapeDataString(user[1]);
        foreach (var pair in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = pair.Split('=', 2) is [var n, var v] ? (n, v) : (pair, "");
            settings[Uri.UnescapeDataString(name)] = Uri.UnescapeDataString(value);
        }
        return settings.ConnectionString;
    }
}
