using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Cli.Track;
using Slipway.Client;
using Slipway.Tests.Server;

namespace Slipway.Tests.Cli.Track;

/// <summary>`slipway run` as a process, on a real server: exit codes, signals, output, what is noted.</summary>
public sealed class RunCommandTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-run-").FullName;
    private TestServer server = null!;
    private SlipwayClient client = null!;

    private string Url => server.Http.BaseAddress!.AbsoluteUri;

    private string Work => Path.Combine(folder, "work");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Work);
        server = await TestServer.Start();
        client = new SlipwayClient(new SlipwayClientOptions { Url = server.Http.BaseAddress!, LogFolder = Path.Combine(folder, "own") });
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_program_runs_as_without_us_and_is_noted()
    {
        var said = await Run(["--experiment", "any language", "--name", "first", "--tag", "team=ops", "--", "sh", "-c", "printf 'out\\377\\n'; printf 'err\\n' >&2; echo $MLFLOW_TRACKING_URI $MLFLOW_EXPERIMENT_NAME", "--seed", "7"]);
        Assert.Equal(ExitCode.Ok, said.Code);
        Assert.StartsWith("out\uFFFD\n", said.Output, StringComparison.Ordinal);
        Assert.Contains($"{Url.TrimEnd('/')} any language\n", said.Output, StringComparison.Ordinal);
        Assert.StartsWith("err\n", said.Error, StringComparison.Ordinal);
        Assert.Contains("FINISHED, exit code 0", said.Error, StringComparison.Ordinal);

        var run = await Only("any language");
        Assert.Equal(("first", RunStatus.Finished), (run.Name, run.Status));
        Assert.Equal(("ops", "0", "7", "sh"), (run.Tags["team"], run.Tags["slipway.exit_code"], run.Tags["slipway.seed.seed"], run.Tags["mlflow.source.name"]));
        Assert.Equal(["sh", "-c"], TrackedCommand.FromTag(run.Tags["slipway.command"])!.Take(2));
        var console = await Download(run, "console.log");
        Assert.Contains((byte)0xFF, console);
        Assert.Contains("err\n", System.Text.Encoding.Latin1.GetString(console), StringComparison.Ordinal);
        var program = JsonNode.Parse(await Download(run, "environment/environment.json"))!;
        Assert.Equal("sh", (string)program["command_line"]![0]!);
        Assert.Equal("***", (string)program["variables"]!["A_PASSWORD"]!);
    }

    [Theory]
    [InlineData("exit 0", 0, RunStatus.Finished)]
    [InlineData("exit 3", 3, RunStatus.Failed)]
    [InlineData("kill -SEGV $$", 139, RunStatus.Failed)]
    [InlineData("kill -KILL $$", 137, RunStatus.Killed)]
    public async Task The_exit_code_is_the_programs_own(string script, int code, RunStatus status)
    {
        var said = await Run(["--", "sh", "-c", script]);
        Assert.Equal(code, said.Code);
        var run = await Only("Default");
        Assert.Equal((status, code.ToString()), (run.Status, run.Tags["slipway.exit_code"]));
    }

    [Theory]
    [InlineData("no-such-program-at-all", 127)]
    [InlineData("./not-executable", 126)]
    [InlineData("./not-a-program", 126)]
    [InlineData("/", 126)]
    public async Task What_cannot_be_started_ends_as_in_a_shell(string program, int code)
    {
        await File.WriteAllTextAsync(Path.Combine(Work, "not-executable"), "x");
        await File.WriteAllBytesAsync(Path.Combine(Work, "not-a-program"), [0, 1, 2, 3]);
        File.SetUnixFileMode(Path.Combine(Work, "not-a-program"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var said = await Run(["--", program]);
        Assert.Equal((code, ""), (said.Code, said.Output));
        Assert.StartsWith("error: ", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_arrive_as_they_are()
    {
        string[] strange = ["--help", "@file", "[suggest]", "a b", "", "$HOME", "*", "--", "-x=1", "日本"];
        var said = await Run(["--quiet", "--", "sh", "-c", "for a in \"$@\"; do printf '<%s>' \"$a\"; done", "sh", .. strange]);
        Assert.Equal((ExitCode.Ok, string.Concat(strange.Select(one => $"<{one}>")), ""), (said.Code, said.Output, said.Error));
    }

    [Fact]
    public async Task Standard_input_reaches_the_program()
    {
        var said = await Run(["--quiet", "--", "cat"], input: "hello\nworld");
        Assert.Equal((ExitCode.Ok, "hello\nworld"), (said.Code, said.Output));
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task Signals_reach_the_program_and_slipway_waits_for_it(string signal, int code)
    {
        using var process = Start(["--", "sh", "-c", $"trap 'echo bye; exit {code}' {signal}; echo ready; while :; do sleep 0.05; done"]);
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync());
        using (var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString()])) await kill.WaitForExitAsync();
        Assert.Equal("bye", await process.StandardOutput.ReadLineAsync());
        await process.WaitForExitAsync();
        Assert.Equal(code, process.ExitCode);
        Assert.Equal(RunStatus.Killed, (await Only("Default")).Status);
    }

    [Fact]
    public async Task A_program_that_ends_well_after_a_signal_has_finished()
    {
        using var process = Start(["--", "sh", "-c", "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done"]);
        Assert.Equal("ready", await process.StandardOutput.ReadLineAsync());
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString()])) await kill.WaitForExitAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(RunStatus.Finished, (await Only("Default")).Status);
    }

    [Fact]
    public async Task What_a_program_leaves_running_does_not_hold_its_end()
    {
        var said = await Run(["--", "sh", "-c", "sleep 600 & echo $!"]);
        Assert.Equal(ExitCode.Ok, said.Code);
        using var kill = Process.Start("kill", [said.Output.Trim()]);
        await kill.WaitForExitAsync();
    }

    [Fact]
    public async Task Without_a_server_the_program_runs_and_its_run_arrives_later()
    {
        var away = new Dictionary<string, string> { ["SLIPWAY_URL"] = "http://127.0.0.1:1" };
        var said = await Run(["--experiment", "later", "--", "sh", "-c", "echo $MLFLOW_RUN_ID; exit 4"], environment: away);
        Assert.Equal(4, said.Code);
        var id = said.Output.Trim();
        Assert.Matches("^[0-9a-f]{32}$", id);
        Assert.Contains("waits on this machine", said.Error, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Ok, (await Shell.RunProcess(Variables(null), "", "sync")).Code);
        var run = await client.Runs.GetAsync(id);
        Assert.Equal((RunStatus.Failed, "4"), (run.Status, run.Tags["slipway.exit_code"]));
        Assert.Equal(id + "\n", System.Text.Encoding.UTF8.GetString(await Download(run, "console.log")));
    }

    [Fact]
    public async Task A_run_inside_a_run_is_its_child()
    {
        var said = await Run(["--quiet", "--", Shell.Executable, "run", "--quiet", "--", "true"]);
        Assert.Equal(ExitCode.Ok, said.Code);
        var experiment = (await client.Experiments.FindAsync("Default"))!;
        var runs = await client.Runs.SearchAsync(new RunQuery { ExperimentIds = [experiment.Id] }).ToListAsync();
        Assert.Equal(2, runs.Count);
        var inner = runs.Single(run => run.Tags.ContainsKey("mlflow.parentRunId"));
        Assert.Equal(runs.Single(run => run != inner).Id, inner.Tags["mlflow.parentRunId"]);
    }

    [Fact]
    public async Task Data_is_noted_by_its_digest_and_what_is_not_there_is_said_before_anything_runs()
    {
        await File.WriteAllTextAsync(Path.Combine(Work, "flights.csv"), "a,b\n1,2\n");
        Assert.Equal(ExitCode.Ok, (await Run(["--data", "flights.csv", "--", "true"])).Code);
        var used = Assert.Single((await Only("Default")).Datasets);
        Assert.Equal(("flights.csv", (await DatasetVersion.OfFileAsync(Path.Combine(Work, "flights.csv"))).Digest, "input"), (used.Dataset.Name, used.Dataset.Digest, used.Context));
        var said = await Run(["--data", "none.csv", "--", "echo", "started"]);
        Assert.Equal((ExitCode.NotFound, ""), (said.Code, said.Output));
    }

    [Fact]
    public async Task A_deleted_experiment_is_said_before_anything_runs()
    {
        var made = await client.Experiments.CreateAsync("gone");
        await client.Experiments.DeleteAsync(made.Id);
        var said = await Run(["--experiment", "gone", "--", "echo", "started"]);
        Assert.NotEqual(ExitCode.Ok, said.Code);
        Assert.Equal("", said.Output);
        Assert.Contains("restore", said.Error, StringComparison.Ordinal);
    }

    private async Task<Run> Only(string experiment)
    {
        var found = (await client.Experiments.FindAsync(experiment))!;
        return Assert.Single(await client.Runs.SearchAsync(new RunQuery { ExperimentIds = [found.Id] }).ToListAsync());
    }

    private async Task<byte[]> Download(Run run, string path)
    {
        await using var stream = await client.Artifacts.OpenAsync(run.Id, path);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    private Dictionary<string, string> Variables(IReadOnlyDictionary<string, string>? more)
    {
        var all = new Dictionary<string, string> { ["SLIPWAY_URL"] = Url, ["SLIPWAY_LOG_DIR"] = Path.Combine(folder, "logs"), ["A_PASSWORD"] = "hunter2" };
        foreach (var (name, value) in more ?? new Dictionary<string, string>()) all[name] = value;
        return all;
    }

    private Process Start(string[] args, IReadOnlyDictionary<string, string>? environment = null) => Shell.StartIn(Work, Variables(environment), ["run", .. args]);

    private async Task<Said> Run(string[] args, string input = "", IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = Start(args, environment);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new Said(process.ExitCode, await output, await error);
    }
}
