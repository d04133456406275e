using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Slipway.Tests.Storage;

/// <summary>One real PostgreSQL for the whole test run, started on first use on a free port, gone with the process.</summary>
internal sealed class PostgresServer
{
    private static readonly Lazy<PostgresServer?> Instance = new(Start);
    private static int databases;
    private readonly string connection;
    private readonly string bin;

    private PostgresServer(string connection, string bin) => (this.connection, this.bin) = (connection, bin);

    /// <summary>The server; skips the test when PostgreSQL is not installed, unless servers are required.</summary>
    public static PostgresServer Shared()
    {
        if (Instance.Value is { } server) return server;
        Assert.False(Environment.GetEnvironmentVariable("SLIPWAY_TESTS_REQUIRE_SERVERS") == "1", "PostgreSQL is required and not installed (Debian: apt-get install postgresql).");
        Assert.Skip("PostgreSQL is not installed (Debian: apt-get install postgresql).");
        return null!;
    }

    /// <summary>A new empty database; answers its connection keywords.</summary>
    public async Task<string> CreateDatabase()
    {
        var name = "test_" + Interlocked.Increment(ref databases);
        await using var admin = new NpgsqlConnection(connection + ";Database=postgres;Pooling=false");
        await admin.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", admin);
        await create.ExecuteNonQueryAsync();
        return $"{connection};Database={name}";
    }

    /// <summary>What pg_dump writes of a database, rows as INSERT statements.</summary>
    public string Dump(string database)
    {
        var keywords = new NpgsqlConnectionStringBuilder(database);
        var start = new ProcessStartInfo(Path.Combine(bin, "pg_dump"), ["--host=" + keywords.Host, "--port=" + keywords.Port, "--username=" + keywords.Username,
            "--no-owner", "--no-privileges", "--inserts", "--encoding=UTF8", keywords.Database!])
        { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? text : throw new InvalidOperationException($"pg_dump ended with {process.ExitCode}.");
    }

    private static PostgresServer? Start()
    {
        var bin = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin")).FirstOrDefault(path => File.Exists(Path.Combine(path, "initdb")))
            : null;
        if (bin is null) return null;
        var folder = Directory.CreateTempSubdirectory("slipway-pg-").FullName;
        var root = Environment.UserName == "root";
        if (root) Run("chown", "postgres", folder);
        var data = Path.Combine(folder, "data");
        As(root, Path.Combine(bin, "initdb"), "-D", data, "-U", "slipway", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8");
        var port = FreePort();
        // Durability is not what these tests measure; many small databases must be cheap.
        As(root, Path.Combine(bin, "pg_ctl"), "-D", data, "-w", "-l", Path.Combine(folder, "log"), "-o",
            $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off -c max_connections=500 -c shared_buffers=64MB", "start");
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            As(root, Path.Combine(bin, "pg_ctl"), "-D", data, "-m", "immediate", "stop");
            Directory.Delete(folder, recursive: true);
        };
        return new PostgresServer($"Host=127.0.0.1;Port={port};Username=slipway", bin);
    }

    private static void As(bool root, string program, params string[] args)
    {
        if (root) Run("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. args]);
        else Run(program, args);
    }

    private static void Run(string program, params string[] args)
    {
        // Not redirected: pg_ctl's server would inherit the pipe and the read would never end.
        using var process = Process.Start(new ProcessStartInfo(program, args) { WorkingDirectory = "/", UseShellExecute = false, RedirectStandardOutput = args.Contains("-A") })!;
        if (process.StartInfo.RedirectStandardOutput) process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', args)} ended with {process.ExitCode}.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
