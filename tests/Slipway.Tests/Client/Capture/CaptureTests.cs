using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Client;
using Slipway.Client.Capture;

namespace Slipway.Tests.Client.Capture;

public sealed class CaptureTests : IDisposable
{
    private readonly FakeServer server = new();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("slipway-git-");

    public void Dispose()
    {
        server.Dispose();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("AWS_SECRET_ACCESS_KEY", "x")]
    [InlineData("OPENAI_API_KEY", "x")]
    [InlineData("MLFLOW_TRACKING_PASSWORD", "x")]
    [InlineData("MY_TOKEN", "x")]
    [InlineData("KEY", "x")]
    [InlineData("DB_CONNECTION_STRING", "x")]
    [InlineData("HARMLESS", "ghp_0123456789abcdefghij")]
    [InlineData("HARMLESS", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2ln")]
    [InlineData("HARMLESS", "-----BEGIN RSA PRIVATE KEY-----")]
    [InlineData("HARMLESS", "Server=db;Password=hunter2;")]
    [InlineData("HARMLESS", "Bearer 0123456789abcdef")]
    public void Secrets_are_masked_by_name_and_by_look(string name, string value) => Assert.Equal(Secrets.Mask, Secrets.Masked(name, value));

    [Theory]
    [InlineData("PATH", "/usr/bin:/bin")]
    [InlineData("DOTNET_ROOT", "/usr/share/dotnet")]
    [InlineData("CUDA_VISIBLE_DEVICES", "0,1")]
    [InlineData("GIT_AUTHOR_NAME", "Ada")]
    [InlineData("PASSAGE", "")]
    public void What_is_no_secret_is_kept(string name, string value) => Assert.Equal(value, Secrets.Masked(name, value));

    [Fact]
    public void Passwords_in_addresses_and_on_command_lines_are_masked()
    {
        Assert.Equal("https://***@host/x and http://plain/y", Secrets.WithoutPassword("https://ann:pw@host/x and http://plain/y"));
        Assert.Equal(["train", "--token", "***", "--api-key=***", "--lr", "0.1", "password=***", "--url", "http://***@h"],
            Secrets.Masked(["train", "--token", "abc", "--api-key=abc", "--lr", "0.1", "password=abc", "--url", "http://a:b@h"]));
    }

    [Fact]
    public async Task Git_is_read_with_what_is_not_committed_and_without_the_remotes_password()
    {
        Assert.Null(await GitState.Read(folder.FullName, default));
        Git("init", "-q", "-b", "work");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "train.py"), "a = 1\n");
        Git("add", "-A");
        Git("-c", "user.name=n", "-c", "user.email=e@x", "commit", "-qm", "first");
        Git("remote", "add", "origin", "https://ann:secret@example.org/repo.git");
        var clean = (await GitState.Read(folder.FullName, default))!;
        Assert.Equal((40, "work", "https://***@example.org/repo.git", 0), (clean.Commit!.Length, clean.Branch, clean.Remote, clean.Diff.Length));

        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "train.py"), "a = 2\n" + new string('x', 3_000_000) + "\n");
        var dirty = (await GitState.Read(folder.FullName, default))!;
        Assert.True(dirty.DiffIsCut);
        Assert.Equal(GitState.DiffBytesMax, dirty.Diff.Length);
        Assert.Contains("+a = 2", System.Text.Encoding.UTF8.GetString(dirty.Diff), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_says_what_it_is()
    {
        Environment.SetEnvironmentVariable("SLIPWAY_CAPTURE_TEST_TOKEN", "abc");
        var state = JsonNode.Parse(ProgramState.Own(["a gpu"]).ToJson())!;
        Assert.Equal("***", (string?)state["variables"]!["SLIPWAY_CAPTURE_TEST_TOKEN"]);
        Assert.StartsWith(".NET", (string?)state["dotnet"], StringComparison.Ordinal);
        Assert.NotNull(state["packages"]!["xunit.v3"]);
        Assert.Equal("a gpu", (string?)state["gpus"]![0]);
        Assert.Equal(Environment.MachineName, (string?)state["host"]);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task The_machine_is_sampled()
    {
        var clock = new ManualClock();
        var sampler = new SystemSampler(clock);
        clock.Advance(TimeSpan.FromSeconds(10));
        var looked = (await sampler.Look(default)).ToDictionary(pair => pair.Key, pair => pair.Value);
        Assert.InRange(looked["system/process_memory_megabytes"], 1, 1e6);
        Assert.InRange(looked["system/process_cpu_percentage"], 0, 1e4);
        if (OperatingSystem.IsLinux()) Assert.InRange(looked["system/system_memory_usage_percentage"], 0.1, 100);
    }

    [Fact]
    public async Task The_console_is_copied_as_it_is_written_up_to_a_limit()
    {
        using var client = server.Client();
        await using var run = await client.StartRunAsync("flights", new RunOptions { Capture = Captures.Console });
        await using var second = await client.StartRunAsync("flights", new RunOptions { Capture = Captures.Console });
        Console.WriteLine("a line for the copy");
        await Console.Error.WriteLineAsync("and an error");
        using (var other = RunText.Attach(run, "full.txt")) other.Write(new string('x', (int)RunText.BytesMax + 5));
        await run.FinishAsync();
        Console.WriteLine("after the end");

        var files = server.All.Where(one => one.Method is "PUT").ToDictionary(one => one.Path[(one.Path.LastIndexOf('/') + 1)..], one => one.Body);
        Assert.Equal(2, files[RunCapture.ConsoleName].Split("a line for the copy\n").Length); // Once, however many runs copy.
        Assert.Contains("and an error\n", files[RunCapture.ConsoleName], StringComparison.Ordinal);
        Assert.DoesNotContain("after the end", files[RunCapture.ConsoleName], StringComparison.Ordinal);
        Assert.EndsWith("[cut after 10 MB]\n", files["full.txt"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_notes_what_it_is_told_to_and_a_child_does_not_repeat_it()
    {
        var clock = new ManualClock();
        using var client = new SlipwayClient(new SlipwayClientOptions
        {
            Url = new Uri("http://fake:5000"),
            Handler = server,
            LogFolder = server.Logs.FullName,
            Capture = Captures.All,
            Clock = clock,
        });
        await using var run = await client.StartRunAsync("flights");
        await using var child = await run.StartChildAsync();
        await child.FinishAsync();
        Console.WriteLine("told to the console");
        while (!server.Records.Any(line => line.Contains("system/process_memory_megabytes", StringComparison.Ordinal)))
        {
            clock.Advance(TimeSpan.FromSeconds(10)); // Ticks of the sampler and of the sender.
            await Task.Yield();
        }
        await run.FinishAsync();

        string[] uploads = [.. server.All.Where(one => one.Method is "PUT").Select(one => one.Path[(one.Path.IndexOf("/artifacts/7/", StringComparison.Ordinal) + 13)..])];
        Assert.Contains($"{run.Id}/artifacts/{RunCapture.ProgramName}", uploads);
        Assert.Contains($"{run.Id}/artifacts/{RunCapture.ConsoleName}", uploads);
        Assert.DoesNotContain(uploads, path => path.StartsWith(child.Id, StringComparison.Ordinal));
        Assert.DoesNotContain(server.Records, line => line.StartsWith($"{child.Id} point system/", StringComparison.Ordinal));
    }

    private void Git(params string[] args)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["-C", folder.FullName, .. args]) { RedirectStandardError = true })!;
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
    }
}
