using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Slipway.Faults.Stores;

/// <summary>A PostgreSQL of this test's own, on a port of the kernel's choice, that can be stopped and started under load.</summary>
internal sealed class PostgresCluster : IAsyncDisposable
{
    private readonly string bin;
    private readonly string folder;
    private readonly int port;

    private PostgresCluster(string bin, string folder, int port) => (this.bin, this.folder, this.port) = (bin, folder, port);

    /// <summary>What `--database` takes.</summary>
    public string Database(string name) => $"postgres:Host=127.0.0.1;Port={port};Username=slipway;Database={name}";

    /// <summary>Starts one, or skips the test by name where PostgreSQL is not installed.</summary>
    public static async Task<PostgresCluster> Start()
    {
        var bin = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin")).FirstOrDefault(path => File.Exists(Path.Combine(path, "initdb")))
            : null;
        if (bin is null)
        {
            Assert.False(Environment.GetEnvironmentVariable("SLIPWAY_TESTS_REQUIRE_SERVERS") == "1", "PostgreSQL is required and not installed (Debian: apt-get install postgresql).");
            Assert.Skip("PostgreSQL is not installed (Debian: apt-get install postgresql).");
        }
        var cluster = new PostgresCluster(bin!, Directory.CreateTempSubdirectory("slipway-faults-pg-").FullName, FreePort());
        if (IsRoot) await Run("chown", "postgres", cluster.folder);
        await cluster.As("initdb", "-D", cluster.Data, "-U", "slipway", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8");
        await cluster.Up();
        return cluster;
    }

    public async Task CreateDatabase(string name)
    {
        await using var admin = new NpgsqlConnection($"Host=127.0.0.1;Port={port};Username=slipway;Database=postgres;Pooling=false");
        await admin.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", admin);
        await create.ExecuteNonQueryAsync();
    }

    /// <summary>Starts it again on the same port.</summary>
    public Task Up() => As("pg_ctl", "-D", Data, "-w", "-l", Path.Combine(folder, "log"), "-o",
        $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c shared_buffers=32MB -c fsync=off", "start");

    /// <summary>Stops it at once, as a crash would: every connection breaks, recovery runs at the next start.</summary>
    public Task Down() => As("pg_ctl", "-D", Data, "-w", "-m", "immediate", "stop");

    public async ValueTask DisposeAsync()
    {
        await Down();
        Directory.Delete(folder, recursive: true);
    }

    private static bool IsRoot => Environment.UserName == "root";

    private string Data => Path.Combine(folder, "data");

    // The server refuses to run as root.
    private Task As(string program, params string[] args) => IsRoot
        ? Run("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", Path.Combine(bin, program), .. args])
        : Run(Path.Combine(bin, program), args);

    private static async Task Run(string program, params string[] args)
    {
        // Output to nowhere and not to a pipe: pg_ctl's server would inherit the pipe and the read would never end.
        var quoted = string.Join(' ', args.Prepend(program).Select(arg => $"'{arg}'"));
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", quoted + " >/dev/null 2>&1"]) { WorkingDirectory = "/" })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{quoted} ended with {process.ExitCode}.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
