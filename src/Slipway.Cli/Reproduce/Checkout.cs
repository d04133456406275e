using Slipway.Cli.Track;

namespace Slipway.Cli.Reproduce;

/// <summary>A run's code in a folder of its own: a git worktree of its commit with its uncommitted changes. The user's own working tree is never touched.</summary>
internal static class Checkout
{
    /// <summary>Makes it; what was made is removed again when the changes do not apply.</summary>
    /// <param name="run">The run.</param>
    /// <param name="here">A folder in the repository.</param>
    /// <param name="target">The folder to make; nothing may be in it.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Where in it the command is run.</returns>
    /// <exception cref="CommandFailure">The code is not known or not here, or does not fit.</exception>
    public static async Task<string> Make(RecordedRun run, string here, string target, CancellationToken ct)
    {
        var commit = run.Commit ?? throw new CommandFailure(ExitCode.Failed, $"Run {run.Run.Id} does not say which commit it was run from: there is nothing to check out.");
        if (run.DiffIsCut) throw new CommandFailure(ExitCode.Failed, "The run's uncommitted changes were longer than what is kept of them: its code cannot be had again.", $"Its commit can: git worktree add {target} {commit}");
        var repository = await Repository.Open(here, ct) ?? throw new CommandFailure(ExitCode.Usage, $"{here} lies in no git repository, or there is no git.", "Give the command in a clone of the run's repository.");
        if (!await repository.Has(commit, ct))
        {
            var remote = run.Run.Tags.GetValueOrDefault("mlflow.source.git.repoURL");
            throw new CommandFailure(ExitCode.NotFound, $"The commit {commit} is not in {repository.Root}{(remote is null ? "" : $"; the run's repository is {remote}")}.", "Fetch it (git fetch --all), or give the command in another clone. A commit that was never pushed is only where it was made.");
        }
        var root = Path.GetFullPath(target);
        if (File.Exists(root) || (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any())) throw new CommandFailure(ExitCode.Refused, $"--checkout: {root} is there already.", "Name a folder that is not, or remove it: git worktree remove DIR");
        await repository.AddWorktree(root, commit, ct);
        try
        {
            if (run.Diff is { Length: > 0 } diff) await Repository.Apply(root, diff, ct);
            var work = Path.GetFullPath(run.Folder, root);
            var inside = work == root || work.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);
            if (!inside || !Directory.Exists(work)) throw new CommandFailure(ExitCode.Failed, $"The run's folder '{run.Folder}' is not in its commit.");
            return work;
        }
        catch
        {
            await repository.RemoveWorktree(root, CancellationToken.None);
            throw;
        }
    }
}
