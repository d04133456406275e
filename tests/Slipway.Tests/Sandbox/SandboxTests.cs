using System.Net;
using System.Net.Sockets;
using System.Text;
using Slipway.Sandbox;

namespace Slipway.Tests.Sandbox;

public sealed class SandboxInBubblewrap() : ConfinedTests("bubblewrap");

public sealed class SandboxAsAnotherUser() : ConfinedTests("user");

public sealed class SandboxWithLimitsAlone() : SandboxTests("limits");

/// <summary>A server's folders in a place that everybody may read, and hostile programs that know where they are.</summary>
public abstract class SandboxTests : IDisposable
{
    private readonly SandboxMechanism mechanism;
    private readonly SandboxRunner sandbox;

    private protected SandboxTests(string mechanism)
    {
        this.mechanism = mechanism switch { "bubblewrap" => SandboxMechanism.Bubblewrap, "user" => SandboxMechanism.User, _ => SandboxMechanism.Limits };
        // Not below /tmp, which some mechanisms replace as a whole.
        Data = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "sandbox-" + Guid.NewGuid().ToString("N"))).FullName;
        foreach (var name in (string[])["slipway.db", "secrets.key"]) File.WriteAllText(Path.Combine(Data, name), "a secret");
        sandbox = new SandboxRunner(Options());
    }

    private protected string Data { get; }

    /// <summary>A text that names the processes of one test.</summary>
    private protected string Marker { get; } = "marker" + Guid.NewGuid().ToString("N");

    private protected SandboxOptions Options() => new(Path.Combine(Data, "sandbox")) { Mechanism = mechanism, Hidden = [Data] };

    public void Dispose()
    {
        sandbox.Dispose();
        SandboxFolder.Remove(Data);
        GC.SuppressFinalize(this);
    }

    private protected async Task<SandboxResult> Run(SandboxJob job, CancellationToken ct = default)
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("Sandboxes are built on Linux.");
        var means = await sandbox.Means();
        if (means.Mechanism != mechanism)
        {
            Assert.True(Environment.GetEnvironmentVariable("SLIPWAY_TESTS_REQUIRE_SERVERS") is null, means.Why);
            Assert.Skip($"{mechanism} does not work here: {means.Why}");
        }
        var ran = await sandbox.Run(job, ct);
        Assert.True(ran.Succeeded, ran.Problem?.Message);
        return ran.Value;
    }

    private protected static SandboxJob Shell(string script, SandboxLimits? limits = null) => new("sh", ["-c", script]) { Limits = limits ?? Small };

    private protected static SandboxLimits Small { get; } = new() { WallTime = TimeSpan.FromSeconds(20), CpuTime = TimeSpan.FromSeconds(10), MemoryBytes = 200 << 20, Processes = 30 };

    /// <summary>The processes of this test that live, wherever they went.</summary>
    private protected List<string> Alive()
    {
        List<string> found = [];
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(static folder => char.IsAsciiDigit(folder["/proc/".Length])))
        {
            try
            {
                var words = File.ReadAllText(folder + "/cmdline").Replace('\0', ' ');
                if (words.Contains(Marker, StringComparison.Ordinal)) found.Add($"{folder}: {words}");
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
        return found;
    }

    [Fact]
    public async Task Program_gets_its_files_and_leaves_its_results()
    {
        var ran = await Run(Shell("cat in/a/b.txt; echo oops >&2; echo done > out/r.txt; mkdir out/d; exit 3") with { Inputs = [SandboxInput.Of("a/b.txt", "hello\n"u8.ToArray())], Results = ["r.txt", "none.txt", "d"] });
        Assert.Equal((3, "hello\n", "oops\n", (SandboxLimit?)null), (ran.ExitCode, ran.Stdout, ran.Stderr, ran.KilledBecause));
        Assert.Equal("done\n", Encoding.UTF8.GetString(Assert.Single(ran.Results, one => one.Key == "r.txt").Value));
        Assert.Equal(["'none.txt' is not there.", "'d' is a folder."], ran.Remarks);
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(Data, "sandbox")));
    }

    [Fact]
    public async Task Environment_is_its_own()
    {
        var ran = await Run(new SandboxJob("env", []) { Environment = new Dictionary<string, string> { ["MODEL"] = "flights=1" } });
        Assert.Equal(["HOME", "LANG", "MODEL", "PATH", "TMPDIR"], ran.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split('=')[0]).Where(static name => name is not ("PWD" or "_" or "SHLVL" or "OLDPWD")).Order(StringComparer.Ordinal));
        Assert.Contains("MODEL=flights=1\n", ran.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_are_files_and_nothing_that_leads_elsewhere()
    {
        var ran = await Run(Shell("cd out; ln -s /etc/passwd link; mkfifo pipe; ln -s /etc dir; head -c 2000 /dev/zero > large; : > empty") with
        {
            Results = ["link", "pipe", "dir/passwd", "large", "empty"],
            Limits = Small with { ResultBytes = 1_000 },
        });
        Assert.Equal(["empty"], ran.Results.Keys);
        Assert.Equal(4, ran.Remarks.Count);
        Assert.Contains("'link' is a link.", ran.Remarks);
        Assert.Contains("'dir/passwd' is a link.", ran.Remarks);
        Assert.Contains(ran.Remarks, static remark => remark.StartsWith("'large' has 2,000 bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bomb_of_processes_ends_with_the_job()
    {
        var ran = await Run(Shell($": {Marker}; bomb() {{ bomb | bomb & }}; bomb; sleep 30", Small with { WallTime = TimeSpan.FromSeconds(3) }));
        Assert.NotEqual(0, ran.ExitCode);
        // Or the kernel refused the shell itself its next process, and it gave up.
        Assert.True(ran.KilledBecause is SandboxLimit.Processes or SandboxLimit.Time or SandboxLimit.Cpu or SandboxLimit.Memory || ran.Stderr.Contains("Cannot fork", StringComparison.Ordinal), $"{ran.KilledBecause} {ran.ExitCode} {ran.Stderr}");
        Assert.Empty(Alive());
    }

    /// <summary>The kernel says no: a look at what runs comes too late on a machine that is busy with the bomb.</summary>
    [Fact]
    public async Task Number_of_processes_is_the_kernels_to_limit()
    {
        var ran = await Run(new SandboxJob("/usr/bin/python3", ["-c", """
            import os, time
            made = 0
            try:
                while made < 100:
                    if os.fork() == 0:
                        time.sleep(30)
                    made += 1
            except BlockingIOError:
                print(made, flush=True)
            time.sleep(2)
            """]) { Limits = Small });
        // The processes of a user are counted together: where the job has the server's, it is looked at instead.
        if (!Environment.IsPrivilegedProcess && mechanism is SandboxMechanism.Limits) Assert.Equal(SandboxLimit.Processes, ran.KilledBecause);
        else Assert.InRange(int.Parse(ran.Stdout), 10, Small.Processes);
    }

    [Fact]
    public async Task Memory_has_an_end()
    {
        var ran = await Run(new SandboxJob("/usr/bin/python3", ["-c", "b = []\nwhile True: b.append(bytearray(8 << 20))"]) { Limits = Small });
        Assert.NotEqual(0, ran.ExitCode);
        Assert.True(ran.KilledBecause is SandboxLimit.Memory || ran.Stderr.Contains("MemoryError", StringComparison.Ordinal), ran.Stderr);
        Assert.InRange(ran.PeakBytes, 0, 400 << 20);
    }

    [Fact]
    public async Task Memory_of_many_processes_counts_together()
    {
        var ran = await Run(new SandboxJob("/usr/bin/python3", ["-c", "import os, time\nfor i in range(6): os.fork() == 0 and (bytearray(os.urandom(1) * (60 << 20)), time.sleep(30))\ntime.sleep(30)"]) { Limits = Small with { WallTime = TimeSpan.FromSeconds(10) } });
        Assert.Equal(SandboxLimit.Memory, ran.KilledBecause);
    }

    [Fact]
    public async Task Writing_has_an_end()
    {
        var many = await Run(Shell("i=0; while :; do i=$((i+1)); head -c 1000000 /dev/zero > out/f$i || exit 1; done", Small with { DiskBytes = 20_000_000 }));
        Assert.Equal(SandboxLimit.Disk, many.KilledBecause);
        var one = await Run(Shell("head -c 3000000 /dev/zero > out/f; wc -c < out/f", Small with { FileBytes = 1_000_000 }));
        Assert.Equal("1000000", one.Stdout.Trim());
        var names = await Run(Shell("i=0; while :; do i=$((i+1)); : > tmp/f$i || exit 1; done", Small with { CpuTime = TimeSpan.FromSeconds(20) }));
        Assert.Equal(SandboxLimit.Disk, names.KilledBecause);
    }

    [Fact]
    public async Task Talk_has_an_end_and_its_beginning_and_end_are_kept()
    {
        var endless = await Run(new SandboxJob("yes", []) { Limits = Small with { OutputBytes = 1_000_000 } });
        Assert.Equal(SandboxLimit.Output, endless.KilledBecause);
        Assert.InRange(endless.Stdout.Length, 1, 140_000);
        var cut = await Run(Shell("echo first; head -c 300000 /dev/zero | tr '\\0' x; echo last"));
        Assert.Equal((0, false), (cut.ExitCode, cut.StdoutWhole));
        Assert.StartsWith("first\nxxx", cut.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("xlast\n", cut.Stdout, StringComparison.Ordinal);
        Assert.Contains("bytes left out", cut.Stdout, StringComparison.Ordinal);
        var whole = await Run(Shell("head -c 100000 /dev/zero | tr '\\0' y; echo é"));
        Assert.Equal((true, 100_002), (whole.StdoutWhole, whole.Stdout.Length));
    }

    [Fact]
    public async Task Time_has_an_end_whatever_signals_are_ignored()
    {
        var ran = await Run(Shell($": {Marker}; trap '' TERM INT HUP QUIT; while :; do sleep 1; done", Small with { WallTime = TimeSpan.FromMilliseconds(700) }));
        Assert.Equal(SandboxLimit.Time, ran.KilledBecause);
        Assert.Empty(Alive());
        var busy = await Run(Shell("while :; do :; done", Small with { CpuTime = TimeSpan.FromSeconds(1), WallTime = TimeSpan.FromMinutes(2) }));
        Assert.Equal(SandboxLimit.Cpu, busy.KilledBecause);
    }

    [Fact]
    public async Task Nothing_outlives_the_job()
    {
        var ran = await Run(Shell($"setsid sh -c 'trap \"\" TERM HUP; sleep 300; : {Marker}' </dev/null >/dev/null 2>&1 & (setsid nohup sleep 300 {Marker} &) ; sleep 0.3; exit 0"));
        Assert.Equal(0, ran.ExitCode);
        Assert.Empty(Alive());
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Run(Shell($"trap '' TERM; sleep 300; : {Marker}"), cancel.Token));
        Assert.Empty(Alive());
    }

    /// <summary>The shell stands for the server: whoever starts a job and is killed takes it along.</summary>
    [Fact]
    public async Task Nothing_outlives_a_server_that_is_killed()
    {
        var job = Shell($"trap '' TERM HUP; sh -c 'sleep 300; : {Marker}' & sleep 300; : {Marker}");
        await Run(Shell(":")); // skips where the mechanism does not work
        var user = Environment.IsPrivilegedProcess ? 61_190 : (int?)null;
        using var folder = (await SandboxFolder.Make(Path.Combine(Data, "sandbox"), [], user, CancellationToken.None)).Value;
        var command = SandboxCommand.Of(job, await sandbox.Means(), Options(), folder.Path, user);
        var start = new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", "\"$@\" & wait", "sh", command.Program, .. command.Arguments]) { WorkingDirectory = command.WorkingFolder };
        foreach (var (name, value) in command.Environment) start.Environment[name] = name is "PATH" ? value + ":/usr/sbin:/sbin" : value;
        using var server = System.Diagnostics.Process.Start(start)!;
        bool Started() => Alive().Exists(static line => line.Contains("sleep 300; :", StringComparison.Ordinal) && !line.Contains("prlimit", StringComparison.Ordinal));
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); !Started() && waited.Elapsed < TimeSpan.FromSeconds(30); await Task.Delay(50)) { }
        Assert.NotEmpty(Alive());
        server.Kill();
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); Alive().Count > 0; await Task.Delay(50)) Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), string.Join('\n', Alive()));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/x")]
    [InlineData("a/../../x")]
    [InlineData("a//b")]
    [InlineData("")]
    [InlineData("a\0b")]
    [InlineData(".")]
    public async Task Names_with_path_tricks_are_refused(string name)
    {
        var asInput = await sandbox.Run(Shell(":") with { Inputs = [SandboxInput.Of(name, default(ReadOnlyMemory<byte>))] }, CancellationToken.None);
        Assert.Equal(400, asInput.Problem!.Status);
        Assert.Equal(400, (await sandbox.Run(Shell(":") with { Results = [name] }, CancellationToken.None)).Problem!.Status);
    }

    [Fact]
    public async Task Program_that_is_not_there_and_files_that_fail_are_said()
    {
        Assert.Equal(127, (await Run(new SandboxJob("no-such-program", []))).ExitCode);
        var failed = await sandbox.Run(Shell(":") with { Inputs = [new SandboxInput("a", static (_, _) => Task.FromResult<Problem?>(Problem.Damaged("It is lost.")))] }, CancellationToken.None);
        Assert.Equal("It is lost.", failed.Problem!.Message);
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(Data, "sandbox")));
    }
}

/// <summary>What limits alone do not give.</summary>
public abstract class ConfinedTests : SandboxTests
{
    private protected ConfinedTests(string mechanism) : base(mechanism) { }

    /// <summary>Prints the name of every attempt that succeeds.</summary>
    private const string Attempts = """
        try() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "ESCAPED $name"; fi; }
        try database cat "$DATA/slipway.db"
        try key cat "$DATA/secrets.key"
        try jobs sh -c '[ -n "$(ls -A "$DATA/sandbox")" ]'
        try folder sh -c '[ -n "$(ls -A "$DATA")" ]'
        try home sh -c '[ -n "$(ls -A "$SERVERS_HOME")" ]'
        try environ cat /proc/$SERVER/environ
        try fd ls /proc/$SERVER/fd/0
        try root-of-server ls /proc/$SERVER/root/
        try signal kill -0 $SERVER
        try write-root sh -c 'echo x > /escaped'
        try write-etc sh -c 'echo x > /etc/escaped'
        try write-usr sh -c 'echo x > /usr/escaped'
        try write-data sh -c 'echo x > "$DATA/escaped"'
        try write-input sh -c 'echo x > in/a'
        try remove-input rm -f in/a
        try new-input sh -c 'echo x > in/b'
        try write-shm sh -c 'echo x > /dev/shm/escaped'
        try write-var sh -c 'echo x > /var/tmp/escaped'
        try write-kernel sh -c 'echo x > /proc/sys/kernel/core_pattern'
        try shadow cat /etc/shadow
        try root sh -c '[ "$(id -u)" = 0 ]'
        try mount mount -t tmpfs none /mnt
        try device mknod out/disk b 8 0
        try setuid /usr/bin/python3 -c 'import os; os.setuid(0)'
        try loopback /usr/bin/python3 -c "import socket; socket.create_connection(('127.0.0.1', $PORT), 1)"
        echo DONE
        """;

    [Fact]
    public async Task No_attempt_to_get_out_succeeds()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var job = Shell(Attempts) with
        {
            Inputs = [SandboxInput.Of("a", "a"u8.ToArray())],
            Environment = new Dictionary<string, string>
            {
                ["DATA"] = Data,
                ["SERVER"] = Environment.ProcessId.ToString(),
                ["SERVERS_HOME"] = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
                ["PORT"] = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(),
            },
        };
        var ran = await Run(job);
        Assert.Equal("DONE\n", ran.Stdout);
        // The attempt at the network fails for want of a network, not for a mistake in the attempt.
        var granted = await Run(job with { Network = true });
        Assert.Equal("ESCAPED loopback\nDONE\n", granted.Stdout);
    }

    [Fact]
    public async Task A_program_that_lies_below_tmp_runs_and_sees_a_tmp_of_its_own()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-program-");
        try
        {
            var program = Path.Combine(folder.FullName, "say");
            await File.WriteAllTextAsync(program, "#!/bin/sh\ntouch /tmp/mine && ls /tmp\n", TestContext.Current.CancellationToken);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
                File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
            }
            var ran = await Run(new SandboxJob(program, []) { Folders = [folder.FullName], Limits = Small });
            Assert.Equal((0, $"mine\n{folder.Name}\n"), (ran.ExitCode, ran.Stdout));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Two_jobs_do_not_see_each_other()
    {
        var waiting = Run(Shell($"echo secret > out/mine; echo secret > tmp/mine; : {Marker}; sleep 2"));
        var other = await Run(Shell("sleep 0.7; ps ax 2>/dev/null | grep -c [m]arker; cat /tmp/mine ../*/out/mine; ls -d /proc/[0-9]* | wc -l"));
        Assert.DoesNotContain("secret", other.Stdout, StringComparison.Ordinal);
        Assert.InRange(int.Parse(other.Stdout.Trim().Split('\n')[^1]), 1, 8);
        Assert.Equal(0, (await waiting).ExitCode);
    }

    [Fact]
    public async Task Folder_that_is_shown_hides_what_is_hidden_in_it()
    {
        var shown = Directory.CreateDirectory(Path.Combine(Data, "..", Path.GetFileName(Data) + "-shown")).FullName;
        try
        {
            File.WriteAllText(Path.Combine(shown, "tool"), "a tool");
            Directory.CreateDirectory(Path.Combine(shown, "data"));
            File.WriteAllText(Path.Combine(shown, "data", "secret"), "a secret");
            File.WriteAllText(Path.Combine(shown, "key"), "a secret");
            using var sandbox = new SandboxRunner(Options() with { Folder = Path.Combine(Data, "other"), Folders = [shown], Hidden = [Data, Path.Combine(shown, "data"), Path.Combine(shown, "key")] });
            await Run(Shell(":")); // skips where the mechanism does not work
            var ran = (await sandbox.Run(Shell($"cat {shown}/tool; ls -A {shown}/data; cat {shown}/key; echo x > {shown}/new; echo x > {shown}/data/new"), CancellationToken.None)).Value;
            Assert.Equal("a tool", ran.Stdout);
            Assert.False(File.Exists(Path.Combine(shown, "new")));
        }
        finally
        {
            Directory.Delete(shown, recursive: true);
        }
    }
}
