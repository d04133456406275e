using Slipway.Cli.Track.Packages;
using Slipway.Client;
using Slipway.Client.Capture;

namespace Slipway.Cli.Track;

/// <summary>
/// Notes what a command is: the code before it starts, because it or its author may change files meanwhile; packages, machine and data while it works,
/// because they take a while to read. What cannot be noted is told and not fatal.
/// </summary>
internal sealed class RunFacts(ActiveRun run, TrackedCommand command, string program, Action<string> tell)
{
    /// <summary>Command, seeds and code.</summary>
    public async Task Before()
    {
        if (command.ToTag() is { } words) run.SetTag(TrackedCommand.CommandTag, words);
        foreach (var (name, value) in Seeds.Find(command.Words, ChildEnvironment.Whole(command))) run.SetTag(TrackedCommand.SeedTag + name, value);
        await Try("the code", Code);
    }

    /// <summary>Packages, environment, machine and data.</summary>
    public Task During() => Task.Run(async () =>
    {
        await Try("the environment", Surroundings);
        await Try("packages", Packages);
        foreach (var file in command.Data)
            await Try($"data {file}", async () => await run.LogDatasetAsync(await DatasetVersion.OfFileAsync(Path.GetFullPath(file, command.Folder), Path.GetFileName(file)), "input"));
    });

    private async Task Code()
    {
        if (await GitState.Read(command.Folder, default) is not { } git) return;
        run.SetTag("mlflow.source.git.commit", git.Commit!);
        if (git.Branch is { } branch) run.SetTag("mlflow.source.git.branch", branch);
        if (git.Remote is { } remote) run.SetTag("mlflow.source.git.repoURL", remote);
        if (await Repository.Open(command.Folder, default) is not { } repository) return;
        run.SetTag(TrackedCommand.FolderTag, Path.GetRelativePath(repository.Root, repository.Folder).Replace('\\', '/'));
        var changes = await repository.Changes(default);
        if (changes.LeftOut > 0) run.SetTag(TrackedCommand.UntrackedTag, changes.LeftOut.ToString());
        if (changes.Diff.Length == 0) return;
        run.SetTag("slipway.git.dirty", changes.IsCut ? $"true, the difference is cut after {Repository.DiffBytesMax} bytes" : "true");
        using var diff = new MemoryStream(changes.Diff);
        await run.LogArtifactAsync(diff, RunCapture.DiffName);
    }

    private async Task Surroundings()
    {
        var gpus = await SystemSampler.Gpus("name", default);
        using var state = new MemoryStream((ProgramState.Own(gpus) with { CommandLine = Secrets.Masked(command.Words), Folder = command.Folder, Packages = [] }).ToJson());
        await run.LogArtifactAsync(state, RunCapture.ProgramName);
    }

    private async Task Packages()
    {
        foreach (var list in await PackagesNow.Read(program, command.Words.Skip(1).ToArray(), command.Folder, default))
            await run.LogTextAsync(list.ToText(), list.Artifact);
    }

    private async Task Try(string what, Func<Task> note)
    {
        try
        {
            await note();
        }
        catch (Exception fault) when (fault is SlipwayException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            tell($"slipway: {what} could not be noted: {fault.Message}");
        }
    }
}
