using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Amazon.S3;
using Slipway.Storage;

namespace Slipway.Tests.Storage;

/// <summary>
/// One real S3 server for the whole test run: Ceph's object gateway with a monitor and one in-memory store behind it, on loopback, on free
/// ports, all state in a temporary folder, gone with the process. It checks signatures, which stand-ins do not.
/// </summary>
internal sealed class CephServer
{
    private const string AccessKey = "slipway";
    private const string SecretKey = "slipway-secret";
    private const string Bucket = "slipway-tests";

    private static readonly string[] Programs = ["radosgw", "radosgw-admin", "ceph", "ceph-mon", "ceph-osd", "ceph-authtool", "monmaptool"];
    private static readonly Lazy<CephServer?> Instance = new(Start);

    private readonly string endpoint;

    private CephServer(string endpoint) => this.endpoint = endpoint;

    /// <summary>The server; skips the test when Ceph is not installed, unless servers are required.</summary>
    public static CephServer Shared()
    {
        if (Instance.Value is { } server) return server;
        const string missing = "Ceph's S3 gateway is not installed (Debian: apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-mgr).";
        Assert.False(Environment.GetEnvironmentVariable("SLIPWAY_TESTS_REQUIRE_SERVERS") == "1", missing);
        Assert.Skip(missing);
        return null!;
    }

    /// <summary>Options for a part of the bucket that nobody else uses.</summary>
    public S3Options NewPrefix() => new()
    {
        Bucket = Bucket,
        Prefix = "tests/" + Guid.NewGuid().ToString("N"),
        Endpoint = endpoint,
        PathStyle = true,
        AccessKey = AccessKey,
        SecretKey = SecretKey,
    };

    /// <summary>A client of its own, to look at the bucket from outside.</summary>
    public AmazonS3Client Client() => new(AccessKey, SecretKey, new AmazonS3Config
    {
        ServiceURL = endpoint,
        ForcePathStyle = true,
        RequestChecksumCalculation = Amazon.Runtime.RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = Amazon.Runtime.ResponseChecksumValidation.WHEN_REQUIRED,
    });

    private static CephServer? Start()
    {
        if (!OperatingSystem.IsLinux() || Array.Exists(Programs, program => !Installed(program))) return null;
        var folder = Directory.CreateTempSubdirectory("slipway-ceph-").FullName;
        var (monitor, gateway) = (FreePort(), FreePort());
        var id = Guid.NewGuid().ToString();
        foreach (var name in new[] { "mon", "osd0", "rgw" }) Directory.CreateDirectory(Path.Combine(folder, name));
        File.WriteAllText(Path.Combine(folder, "ceph.conf"), Configuration(folder, id, monitor, gateway));
        // A shell beside each daemon ends it when the test run is gone, also one that was killed.
        Process Daemon(string command) => Shell(folder, $"""
            {command} &
            daemon=$!
            while kill -0 {Environment.ProcessId} && kill -0 $daemon; do sleep 1; done
            kill -9 $daemon
            kill -0 {Environment.ProcessId} || rm -rf '{folder}'
            wait $daemon
            """);

        Run(folder, $"""
            ceph-authtool --create-keyring mon.keyring --gen-key -n mon. --cap mon 'allow *'
            ceph-authtool --create-keyring keyring --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
            ceph-authtool mon.keyring --import-keyring keyring
            monmaptool --create --fsid {id} --addv a '[v2:127.0.0.1:{monitor}]' monmap --clobber
            ceph-mon --mkfs -i a --monmap monmap --keyring mon.keyring --mon-data mon
            """);
        Daemon("ceph-mon -f -i a");
        var osd = Guid.NewGuid();
        Run(folder, $"""
            ceph --connect-timeout 30 osd new {osd}
            ceph-authtool --create-keyring osd0/keyring --gen-key -n osd.0
            ceph auth add osd.0 osd 'allow *' mon 'allow profile osd' mgr 'allow profile osd' -i osd0/keyring
            ceph-osd -i 0 --mkfs --osd-uuid {osd} --osd-data osd0 --keyring osd0/keyring
            ceph auth get-or-create client.rgw mon 'allow rw' osd 'allow rwx' mgr 'allow rw' -o rgw/keyring
            """);
        Daemon("ceph-osd -f -i 0 --keyring osd0/keyring");
        Run(folder, "for i in $(seq 120); do ceph osd stat | grep -q '1 up' && exit 0; sleep 0.25; done; exit 1");
        var server = Daemon("radosgw -f -n client.rgw --keyring rgw/keyring");
        WaitFor(gateway, server, folder);
        Run(folder, $"radosgw-admin user create --uid=slipway --display-name=slipway --access-key={AccessKey} --secret-key={SecretKey}");
        var ceph = new CephServer($"http://127.0.0.1:{gateway}");
        using var client = ceph.Client();
        client.PutBucketAsync(Bucket).GetAwaiter().GetResult();
        return ceph;
    }

    private static string Configuration(string folder, string id, int monitor, int gateway) => $"""
        [global]
        fsid = {id}
        mon host = v2:127.0.0.1:{monitor}
        mon initial members = a
        auth cluster required = cephx
        auth service required = cephx
        auth client required = cephx
        public addr = 127.0.0.1
        cluster addr = 127.0.0.1
        run dir = {folder}
        admin socket = {folder}/$name.asok
        log file = {folder}/$name.log
        pid file = {folder}/$name.pid
        osd pool default size = 1
        osd pool default min size = 1
        osd pool default pg num = 8
        osd crush chooseleaf type = 0
        mon allow pool size one = true
        osd objectstore = memstore
        memstore device bytes = 4294967296
        osd data = {folder}/osd0
        mon data = {folder}/mon
        mon max pg per osd = 1000
        osd memory target = 1073741824
        mon warn on pool no redundancy = false
        keyring = {folder}/keyring
        [client.rgw]
        rgw frontends = beast endpoint=127.0.0.1:{gateway} tcp_nodelay=1
        rgw thread pool size = 64
        rgw data = {folder}/rgw

        """;

    private static void WaitFor(int port, Process server, string folder)
    {
        for (var deadline = Stopwatch.StartNew(); deadline.Elapsed < TimeSpan.FromSeconds(60); Thread.Sleep(50))
        {
            if (server.HasExited) throw new InvalidOperationException($"radosgw ended with {server.ExitCode}; its log is in {folder}.");
            try
            {
                using var probe = new TcpClient();
                probe.Connect(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                // Not yet.
            }
        }
        throw new TimeoutException($"radosgw did not listen on {port} within 60 s; its log is in {folder}.");
    }

    private static void Run(string folder, string script)
    {
        using var process = Shell(folder, "set -e\n" + script);
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"Setting up Ceph failed: {File.ReadAllText(Path.Combine(folder, "output"))}");
    }

    /// <summary>Output goes to a file: a daemon must not hold the test runner's pipe open.</summary>
    private static Process Shell(string folder, string script) => Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec >>output 2>&1\n{script}"])
    {
        WorkingDirectory = folder,
        Environment = { ["CEPH_CONF"] = Path.Combine(folder, "ceph.conf") },
    })!;

    private static bool Installed(string program) =>
        new[] { "/usr/bin", "/usr/local/bin", "/usr/sbin" }.Any(folder => File.Exists(Path.Combine(folder, program)));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
