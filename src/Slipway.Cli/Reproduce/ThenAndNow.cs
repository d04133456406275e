using System.Collections;
using Slipway.Cli.Track;
using Slipway.Cli.Track.Packages;
using Slipway.Client.Capture;

namespace Slipway.Cli.Reproduce;

/// <summary>Compares what a run noted with what is here now: this folder's repository, this PATH's packages, this environment, this machine, these files.</summary>
internal sealed class ThenAndNow(RecordedRun run)
{
    // They belong to a session, a shell or a run, and say nothing about what a program computes.
    private static readonly string[] Passing =
    [
        "_", "PWD", "OLDPWD", "SHLVL", "TERM", "COLORTERM", "COLUMNS", "LINES", "LS_COLORS", "DISPLAY", "WINDOWID", "INVOCATION_ID", "JOURNAL_STREAM", "MAIL", "LOGNAME", "PS1",
        "SSH_", "XDG_", "DBUS_", "TMUX", "STY", "VSCODE_", "TERM_", "GPG_", "SYSTEMD_", "MEMORY_PRESSURE_", "MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_", "MLFLOW_TRACKING_", "SLIPWAY_",
    ];

    private readonly List<string> compared = [], notCompared = [];
    private readonly List<Difference> differences = [];

    /// <summary>Looks at everything.</summary>
    /// <param name="folder">Where the command would be run now.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<ReproduceReport> Look(string folder, CancellationToken ct)
    {
        var repository = await Code(folder, ct);
        await Packages(repository is null ? folder : Path.GetFullPath(run.Folder, repository.Root) is var at && Directory.Exists(at) ? at : folder, ct);
        await Surroundings(ct);
        foreach (var used in run.Run.Datasets) await new DataFile(used.Dataset).Compare(compared, differences, notCompared, ct);
        return new ReproduceReport(run.Run.Id, run.Run.Name, run.Command, run.Commit, [.. compared.Distinct()], differences, notCompared);
    }

    private async Task<Repository?> Code(string folder, CancellationToken ct)
    {
        var repository = await Repository.Open(folder, ct);
        if (run.Commit is not { } commit) notCompared.Add("code: the run does not say which commit it was run from");
        else if (repository is null) notCompared.Add($"code: {folder} lies in no git repository, or there is no git");
        else
        {
            compared.Add("code");
            var head = await repository.Head(ct);
            if (head != commit) differences.Add(new Difference("code", "commit", commit, head is null ? null : $"{head}{await Distance(repository, commit, head, ct)}"));
            var now = await repository.Changes(ct);
            if (run.DiffIsCut || now.IsCut) notCompared.Add("code: the uncommitted changes are longer than what is kept of them");
            else differences.AddRange(Difference.Of("code", DiffFiles.Parse(run.Diff ?? []), DiffFiles.Parse(now.Diff)).Select(one => one with
            {
                Then = one.Then is null ? "as committed" : "changed",
                Now = one.Now is null ? "as committed" : one.Then is null ? "changed" : "changed otherwise",
            }));
            if (run.Run.Tags.TryGetValue(TrackedCommand.UntrackedTag, out var left)) notCompared.Add($"code: {left} new files were large, binary or looked like secrets, and were not kept");
        }
        return repository;
    }

    private static async Task<string> Distance(Repository repository, string commit, string head, CancellationToken ct) =>
        !await repository.Has(commit, ct) ? " (the run's commit is not in this repository)"
        : await repository.Between(commit, head, ct) is var (behind, ahead) ? $" ({ahead} ahead, {behind} behind)" : "";

    private async Task Packages(string folder, CancellationToken ct)
    {
        if (run.Packages.Count == 0)
        {
            notCompared.Add("packages: the run noted none");
            return;
        }
        var program = run.Command is [var name, ..] ? ProgramPath.TryFind(name, Environment.GetEnvironmentVariable("PATH"), folder) : null;
        if (program is null && run.Command is [var named, ..]) differences.Add(new Difference("machine", "program", named, null));
        // Without the program, another one of this PATH may still say what it would see.
        var here = await PackagesNow.Read(program ?? Path.Combine(folder, "none"), run.Command?.Skip(1).ToArray() ?? [], folder, ct);
        foreach (var then in run.Packages)
        {
            if (here.Find(list => list.Kind == then.Kind) is not { } now)
            {
                notCompared.Add($"{then.Kind}: {then.Versions.Count} packages then; here there is nothing that lists such packages");
                continue;
            }
            compared.Add(then.Kind);
            differences.AddRange(Difference.Of(then.Kind, then.Versions, now.Versions));
            // "python 3.12.1, /usr": the version counts, the place does not.
            if (then.Kind is "pip" && then.From.Split(',')[0] is var version && version != now.From.Split(',')[0]) differences.Add(new Difference("machine", "python", version, now.From.Split(',')[0]));
        }
    }

    private async Task Surroundings(CancellationToken ct)
    {
        if (run.Program is not { } then)
        {
            notCompared.Add("environment, machine: the run noted none");
            return;
        }
        compared.AddRange(["environment", "machine"]);
        var now = ProgramState.Own(await SystemSampler.Gpus("name", ct));
        differences.AddRange(Difference.Of("environment", Lasting(then.Variables), Lasting(ProgramState.Kept((IDictionary)Environment.GetEnvironmentVariables()))));
        differences.AddRange(Difference.Of("machine", Machine(then), Machine(now)));
    }

    private static SortedDictionary<string, string> Lasting(SortedDictionary<string, string> variables) =>
        new(variables.Where(pair => !Array.Exists(Passing, name => name.EndsWith('_') && name.Length > 1 ? pair.Key.StartsWith(name, StringComparison.Ordinal) : pair.Key == name)).ToDictionary(), StringComparer.Ordinal);

    private static Dictionary<string, string> Machine(ProgramState state)
    {
        var facts = new Dictionary<string, string> { ["host"] = state.Host ?? "", ["system"] = state.System ?? "", ["processors"] = state.Processors.ToString(), ["memory"] = $"{state.MemoryMb / 1024.0:0.#} GB" };
        if (state.Gpus is { Length: > 0 } gpus) facts["gpus"] = string.Join(", ", gpus);
        return facts;
    }
}
