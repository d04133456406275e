using System.Diagnostics;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Client;
using Slipway.Tests.Server;

namespace Slipway.Tests.Cli.Track;

/// <summary>`slipway reproduce` as a process: a repository, a run in it, what changed since, and the run once more in a folder of its own.</summary>
public sealed class ReproduceCommandTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-reproduce-").FullName;
    private TestServer server = null!;
    private SlipwayClient client = null!;

    private string Clone => Path.Combine(folder, "clone");

    private string Tree => Path.Combine(folder, "again");

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.Start();
        client = new SlipwayClient(new SlipwayClientOptions { Url = server.Http.BaseAddress!, LogFolder = Path.Combine(folder, "own") });
        Directory.CreateDirectory(Path.Combine(Clone, "training"));
        await Git("init", "-q", "-b", "work");
        await Write("training/train.sh", "echo committed $1 $A_SEED\n");
        await Write(".gitignore", "*.bin\n");
        await Git("add", "-A");
        await Commit("first");
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Nothing_differs_while_nothing_changed()
    {
        await Write("training/train.sh", "echo changed $1\n");
        var run = await Tracked("sh", "train.sh", "x");
        var report = await Report(run);
        Assert.DoesNotContain(report["differences"]!.AsArray(), one => (string)one!["what"]! is not "environment");
        Assert.Equal(["sh", "train.sh", "x"], report["command"]!.AsArray().Select(word => (string)word!));
        Assert.Equal(run.Tags["mlflow.source.git.commit"], (string)report["commit"]!);
        Assert.Contains("code", report["compared"]!.AsArray().Select(one => (string)one!));
    }

    [Fact]
    public async Task What_changed_since_is_shown_by_commit_file_variable_and_data()
    {
        await Write("training/train.sh", "echo changed $1\n");
        await Write("training/new file.txt", "new\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "flights.csv"), "1");
        var run = await Tracked("--data", Path.Combine(folder, "flights.csv"), "--", "sh", "train.sh");
        Assert.Equal("training", run.Tags["slipway.folder"]);

        await Write("training/train.sh", "echo changed otherwise\n");
        File.Delete(Path.Combine(Clone, "training", "new file.txt"));
        await Write("other.txt", "other\n");
        await Git("add", "other.txt");
        await Commit("second", "other.txt");
        await Write("other.txt", "changed\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "flights.csv"), "2");
        var found = (await Report(run, new() { ["MY_SETTING"] = "now" }))["differences"]!.AsArray().ToDictionary(one => $"{one!["what"]} {one["name"]}", one => ((string?)one!["then"], (string?)one["now"]));

        Assert.Equal(run.Tags["mlflow.source.git.commit"], found["code commit"].Item1);
        Assert.EndsWith("(1 ahead, 0 behind)", found["code commit"].Item2, StringComparison.Ordinal);
        Assert.Equal(("changed", "changed otherwise"), found["code training/train.sh"]);
        Assert.Equal(("changed", "as committed"), found["code training/new file.txt"]);
        Assert.Equal(("as committed", "changed"), found["code other.txt"]);
        Assert.Equal((null, "now"), found["environment MY_SETTING"]);
        Assert.Equal(run.Datasets[0].Dataset.Digest, found["data flights.csv"].Item1);
        Assert.Equal(32, found["data flights.csv"].Item2!.Length);

        var table = await Run("reproduce", run.Id);
        Assert.Contains("training/new file.txt", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_run_is_run_again_in_a_folder_of_its_own_with_its_uncommitted_changes_and_seeds()
    {
        await Write("training/train.sh", "echo changed $1 $A_SEED\ncat \"new file.txt\"\n");
        await Write("training/new file.txt", "new\n");
        await Write("training/data.bin", "ignored\n");
        var run = await TrackedWith(new() { ["A_SEED"] = "11" }, "sh", "train.sh", "a b");
        Assert.Equal("11", run.Tags["slipway.seed.A_SEED"]);

        await Write("training/train.sh", "echo later\n");
        var before = await Status();
        var said = await Run("reproduce", run.Id, "--checkout", Tree, "--yes");
        Assert.True(said.Code == ExitCode.Ok, said.Error);
        Assert.EndsWith("changed a b 11\nnew\n", said.Output, StringComparison.Ordinal);
        Assert.Equal(before, await Status());
        Assert.Equal("echo later\n", await File.ReadAllTextAsync(Path.Combine(Clone, "training", "train.sh")));

        var again = (await Runs()).Single(one => one.Id != run.Id);
        Assert.Equal((run.Id, run.Tags["mlflow.source.git.commit"], "0", run.Name), (again.Tags["slipway.reproduces"], again.Tags["mlflow.source.git.commit"], again.Tags["slipway.exit_code"], again.Name));
        Assert.Equal(await Text(run, "environment/uncommitted.diff"), await Text(again, "environment/uncommitted.diff"));

        var taken = await Run("reproduce", run.Id, "--checkout", Tree, "--yes");
        Assert.Equal(ExitCode.Refused, taken.Code);
        Assert.Contains("is there already", taken.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_executed_when_nobody_can_be_asked()
    {
        var run = await Tracked("sh", "train.sh");
        var said = await Run("reproduce", run.Id, "--checkout", Tree);
        Assert.Equal(ExitCode.Ok, said.Code);
        Assert.Contains("--yes", said.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Tree, "training", "train.sh")));
        Assert.Single(await Runs());
    }

    [Fact]
    public async Task A_command_that_held_secrets_is_not_run_as_it_was_kept()
    {
        var run = await Tracked("sh", "train.sh", "--api-key", "hunter2");
        Assert.DoesNotContain("hunter2", run.Tags["slipway.command"], StringComparison.Ordinal);
        var said = await Run("reproduce", run.Id, "--checkout", Tree, "--yes");
        Assert.Equal(ExitCode.Refused, said.Code);
        Assert.Contains("after `--`", said.Error, StringComparison.Ordinal);
        var given = await Run("reproduce", run.Id, "--checkout", Tree + "2", "--yes", "--", "sh", "train.sh", "mine");
        Assert.EndsWith("committed mine\n", given.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mlflow.source.git.commit", "--upload-pack=touch owned")]
    [InlineData("mlflow.source.git.commit", "0123456789012345678901234567890123456789")]
    [InlineData("slipway.folder", "../../..")]
    [InlineData("slipway.folder", "/")]
    public async Task What_a_run_claims_is_not_believed(string tag, string value)
    {
        var run = await Tracked("sh", "train.sh");
        await client.Runs.SetTagAsync(run.Id, tag, value);
        var said = await Run("reproduce", run.Id, "--checkout", Tree, "--yes");
        Assert.NotEqual(ExitCode.Ok, said.Code);
        Assert.DoesNotContain("committed", said.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Tree));
        Assert.False(File.Exists(Path.Combine(Clone, "owned")));
        Assert.DoesNotContain(Tree, (await Git("worktree", "list")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--- a/x\n+++ b/../../outside\n@@ -0,0 +1 @@\n+owned\n")]
    [InlineData("diff --git a/.git/hooks/x b/.git/hooks/x\nnew file mode 100755\n--- /dev/null\n+++ b/.git/hooks/x\n@@ -0,0 +1 @@\n+owned\n")]
    [InlineData("not a difference\n")]
    public async Task A_difference_that_does_not_apply_or_leaves_the_folder_leaves_nothing(string diff)
    {
        var run = await Tracked("sh", "train.sh");
        using (var content = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(diff))) await client.Artifacts.UploadAsync(run.Id, content, "environment/uncommitted.diff");
        var said = await Run("reproduce", run.Id, "--checkout", Tree, "--yes");
        Assert.Equal(ExitCode.Failed, said.Code);
        Assert.Contains("do not apply", said.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Tree));
        Assert.False(File.Exists(Path.Combine(folder, "outside")));
        Assert.Single(await Runs());
    }

    [Fact]
    public async Task A_run_that_noted_nothing_says_so()
    {
        var experiment = await client.Experiments.GetOrCreateAsync("plain");
        var run = await client.Runs.CreateAsync(experiment.Id);
        var said = await Run("reproduce", run.Id);
        Assert.Equal((ExitCode.Ok, "Nothing could be compared.\n"), (said.Code, said.Output));
        Assert.Contains("does not say which commit", said.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, (await Run("reproduce", run.Id, "--checkout", Tree)).Code);
        Assert.Equal(ExitCode.NotFound, (await Run("reproduce", new string('0', 32))).Code);
        Assert.Equal(ExitCode.Usage, (await Run("reproduce", run.Id, "--yes")).Code);
    }

    private Task<Run> Tracked(params string[] args) => TrackedWith([], args);

    private async Task<Run> TrackedWith(Dictionary<string, string> variables, params string[] args)
    {
        string[] words = args.Contains("--") ? args : ["--", .. args];
        var said = await RunIn(Path.Combine(Clone, "training"), variables, ["run", "--experiment", "flights", .. words]);
        Assert.True(said.Code == ExitCode.Ok, said.Error);
        return Assert.Single(await Runs());
    }

    private async Task<List<Run>> Runs() => await client.Runs.SearchAsync(new RunQuery { ExperimentIds = [(await client.Experiments.FindAsync("flights"))!.Id] }).ToListAsync();

    private async Task<JsonNode> Report(Run run, Dictionary<string, string>? variables = null)
    {
        var said = await RunIn(Path.Combine(Clone, "training"), variables ?? [], ["reproduce", run.Id, "--json"]);
        Assert.True(said.Code == ExitCode.Ok, said.Error);
        return JsonNode.Parse(said.Output)!;
    }

    private async Task<string> Text(Run run, string path)
    {
        using var reader = new StreamReader(await client.Artifacts.OpenAsync(run.Id, path));
        return await reader.ReadToEndAsync();
    }

    private Task<Said> Run(params string[] args) => RunIn(Path.Combine(Clone, "training"), [], args);

    private async Task<Said> RunIn(string at, Dictionary<string, string> variables, string[] args)
    {
        var all = new Dictionary<string, string>(variables) { ["SLIPWAY_URL"] = server.Http.BaseAddress!.AbsoluteUri, ["SLIPWAY_LOG_DIR"] = Path.Combine(folder, "logs") };
        using var process = Shell.StartIn(at, all, args);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new Said(process.ExitCode, await output, await error);
    }

    private Task Write(string path, string text) => File.WriteAllTextAsync(Path.Combine(Clone, path), text);

    private Task<string> Status() => Git("status", "--porcelain", "--ignored");

    private Task Commit(string message, params string[] files) => Git(["-c", "user.name=n", "-c", "user.email=e@x", "commit", "-qm", message, "--", .. files.Length > 0 ? files : ["."]]);

    private async Task<string> Git(params string[] args)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["-C", Clone, .. args]) { RedirectStandardOutput = true })!;
        var said = await git.StandardOutput.ReadToEndAsync();
        await git.WaitForExitAsync();
        Assert.Equal(0, git.ExitCode);
        return said;
    }
}
