using static Slipway.Engines.Duck.DuckApi;

namespace Slipway.Engines.Duck;

/// <summary>What a DuckDB may use of the machine. It takes every core and 80 % of the memory unless it is told otherwise.</summary>
public sealed record DuckOptions
{
    /// <summary>Worker threads, at least 1; null leaves DuckDB's own choice.</summary>
    public int? Threads
    {
        get;
        init => field = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), "Threads must be at least 1.");
    }

    /// <summary>Memory limit such as <c>1GB</c>; larger work spills to disk or fails with a clear message. Null leaves DuckDB's own choice.</summary>
    public string? MemoryLimit { get; init; }

    /// <summary>Where larger-than-memory work spills; null leaves DuckDB's own choice.</summary>
    public string? TempFolder { get; init; }

    /// <summary>Whether an existing file is opened for reading only, so that other processes can read it too.</summary>
    public bool ReadOnly { get; init; }
}

/// <summary>A DuckDB database, in memory or in a file. Safe to share between threads; give each thread its own connection.</summary>
public sealed class DuckDatabase : IDisposable
{
    private readonly DatabaseHandle handle;

    private DuckDatabase(DatabaseHandle handle) => this.handle = handle;

    /// <summary>The library's version, such as <c>v1.5.5</c>.</summary>
    /// <exception cref="DllNotFoundException">The library is nowhere; the message lists every place that was tried.</exception>
    public static unsafe string Version => Utf8(duckdb_library_version());

    /// <summary>Opens an empty database in memory.</summary>
    /// <exception cref="DuckException">An option was refused.</exception>
    public static DuckDatabase InMemory(DuckOptions? options = null) => Open(":memory:", options);

    /// <summary>Opens or creates a database file. One process at a time may hold it open for writing.</summary>
    /// <exception cref="DuckException">The file cannot be opened or an option was refused.</exception>
    public static unsafe DuckDatabase Open(string path, DuckOptions? options = null)
    {
        options ??= new DuckOptions();
        if (duckdb_create_config(out var config) != 0) throw new DuckException("DuckDB could not make a configuration.");
        try
        {
            Set("threads", options.Threads?.ToString());
            Set("memory_limit", options.MemoryLimit);
            Set("temp_directory", options.TempFolder);
            Set("access_mode", options.ReadOnly ? "READ_ONLY" : null);
            // Nothing here may reach for the network: extensions that are not built in are an error, not a download.
            Set("autoinstall_known_extensions", "false");
            if (duckdb_open_ext(path, out var database, config, out var error) == 0) return new DuckDatabase(database);
            var message = Utf8(error);
            duckdb_free(error);
            throw new DuckException($"Cannot open the database {path}: {message}");
        }
        finally
        {
            duckdb_destroy_config(ref config);
        }

        void Set(string name, string? value)
        {
            if (value is not null && duckdb_set_config(config, name, value) != 0)
                throw new DuckException($"DuckDB refused the option {name} = '{value}'.");
        }
    }

    /// <summary>Opens a connection. Connections keep the database open until they are disposed too.</summary>
    public DuckConnection Connect()
    {
        ObjectDisposedException.ThrowIf(handle.IsClosed, this);
        return duckdb_connect(handle, out var connection) == 0 ? new DuckConnection(connection) : throw new DuckException("DuckDB refused a connection.");
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();
}
