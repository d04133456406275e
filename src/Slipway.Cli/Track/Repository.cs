using System.Text;
using Slipway.Client.Capture;

namespace Slipway.Cli.Track;

/// <summary>What is not committed in a repository.</summary>
/// <param name="Diff">As `git apply` takes it, new files included.</param>
/// <param name="IsCut">It is longer than what is kept, and cannot be applied.</param>
/// <param name="LeftOut">New files that are not in it: too large, or looking like a secret.</param>
internal sealed record Changes(byte[] Diff, bool IsCut, int LeftOut);

/// <summary>What git says, and does, where a command works. Never touches the working tree or the index of the user.</summary>
internal sealed class Repository
{
    /// <summary>The longest difference that is kept, in bytes.</summary>
    public const int DiffBytesMax = 8 << 20;

    /// <summary>The largest new file that the difference holds, in bytes, and the most such files.</summary>
    public const int NewFileBytesMax = 256 << 10, NewFilesMax = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private Repository(string root, string folder) => (Root, Folder) = (root, folder);

    /// <summary>The top of the working tree.</summary>
    public string Root { get; }

    /// <summary>The folder in it that was asked about.</summary>
    public string Folder { get; }

    /// <summary>The repository that a folder lies in; null when it lies in none, or there is no git.</summary>
    public static async Task<Repository?> Open(string folder, CancellationToken ct)
    {
        // Both from git: links in the path would make the one no part of the other.
        var said = await Git(folder, 64 << 10, null, null, ct, "rev-parse", "--show-toplevel", "--show-prefix");
        if (said is not { Code: 0 } || Encoding.UTF8.GetString(said.Output).Split('\n') is not [{ Length: > 0 } root, var prefix, ..]) return null;
        return new Repository(Path.GetFullPath(root), Path.GetFullPath(prefix.TrimEnd('/'), Path.GetFullPath(root)));
    }

    /// <summary>The commit that is checked out, or null.</summary>
    public async Task<string?> Head(CancellationToken ct) => await Text(ct, "rev-parse", "--verify", "-q", "HEAD");

    /// <summary>Whether a commit is in the repository.</summary>
    public async Task<bool> Has(string commit, CancellationToken ct) => await Text(ct, "rev-parse", "--verify", "-q", commit + "^{commit}") is { Length: > 0 };

    /// <summary>How many commits lie between two: only in the first, only in the second.</summary>
    public async Task<(int First, int Second)?> Between(string first, string second, CancellationToken ct) =>
        (await Text(ct, "rev-list", "--left-right", "--count", $"{first}...{second}"))?.Split('\t') is [var left, var right] && int.TryParse(left, out var l) && int.TryParse(right, out var r) ? (l, r) : null;

    /// <summary>What is not committed: changed files and new ones that are neither ignored, nor large, nor look like a secret.</summary>
    public async Task<Changes> Changes(CancellationToken ct)
    {
        var (index, leftOut) = await IndexWithNewFiles(ct);
        try
        {
            var said = await Git(Root, DiffBytesMax + 1, index, null, ct, GitProgram.Diff);
            var diff = said is { Code: 0 or -1 } ? said.Output : [];
            var cut = diff.Length > DiffBytesMax;
            return new Changes(cut ? diff[..DiffBytesMax] : diff, cut, leftOut);
        }
        finally
        {
            if (index is not null) File.Delete(index);
        }
    }

    /// <summary>Makes a working tree of a commit in a new folder, beside the user's own.</summary>
    /// <exception cref="CommandFailure">git refuses.</exception>
    public async Task AddWorktree(string folder, string commit, CancellationToken ct) => await Must(Root, null, $"The commit {commit} could not be checked out in {folder}", ["worktree", "add", "--detach", "--", folder, commit], ct);

    /// <summary>Removes what <see cref="AddWorktree"/> made, whatever is in it.</summary>
    public async Task RemoveWorktree(string folder, CancellationToken ct) => await Git(Root, 64 << 10, null, null, ct, "worktree", "remove", "--force", "--", folder);

    /// <summary>Applies a difference to a working tree that <see cref="AddWorktree"/> made.</summary>
    /// <exception cref="CommandFailure">It does not fit, or names files outside.</exception>
    public static Task Apply(string folder, byte[] diff, CancellationToken ct) => Must(folder, diff, "The run's uncommitted changes do not apply to its commit", ["apply", "--whitespace=nowarn", "--binary", "-"], ct);

    /// <summary>A copy of the index that knows new files too; null when there are none. The user's own stays as it is.</summary>
    private async Task<(string? Index, int LeftOut)> IndexWithNewFiles(CancellationToken ct)
    {
        var said = await Git(Root, 4 << 20, null, null, ct, "ls-files", "--others", "--exclude-standard", "-z");
        if (said is not { Code: 0, Output.Length: > 0 }) return (null, 0);
        var names = Encoding.UTF8.GetString(said.Output).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        var kept = names.Where(name => MayBeKept(Path.Combine(Root, name))).Take(NewFilesMax).ToList();
        if (kept.Count == 0) return (null, names.Length);
        // Without the copy every committed file would look deleted.
        if (await Text(ct, "rev-parse", "--git-path", "index") is not { Length: > 0 } index || Path.GetFullPath(index, Folder) is not { } own || !File.Exists(own)) return (null, names.Length);
        var copy = Path.Combine(Path.GetTempPath(), $"slipway-index-{Guid.NewGuid():N}");
        File.Copy(own, copy);
        var added = await Git(Root, 64 << 10, copy, Encoding.UTF8.GetBytes(string.Concat(kept.Select(name => name + '\0'))), ct, "--literal-pathspecs", "add", "--intent-to-add", "--pathspec-from-file=-", "--pathspec-file-nul");
        if (added is { Code: 0 }) return (copy, names.Length - kept.Count);
        File.Delete(copy);
        return (null, names.Length);
    }

    private static bool MayBeKept(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists || file.LinkTarget is not null || file.Length > NewFileBytesMax || file.Name.StartsWith(".env", StringComparison.OrdinalIgnoreCase)) return false;
            if (Secrets.Masked(Path.GetFileNameWithoutExtension(file.Name) is { Length: > 0 } bare ? bare : file.Name, "x") == Secrets.Mask || file.Extension is ".pem" or ".key" or ".pfx" or ".p12") return false;
            var text = File.ReadAllText(path);
            return !text.Contains('\0', StringComparison.Ordinal) && Secrets.Masked("", text.Length > 0 ? text : " ") != Secrets.Mask;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private async Task<string?> Text(CancellationToken ct, params string[] args) =>
        await Git(Folder, 64 << 10, null, null, ct, args) is { Code: 0 } said ? Encoding.UTF8.GetString(said.Output).Trim() : null;

    private static async Task Must(string folder, byte[]? input, string what, string[] args, CancellationToken ct)
    {
        var said = await Git(folder, 1 << 20, null, input, ct, args) ?? throw new CommandFailure(ExitCode.Failed, $"{what}: there is no git, or it takes longer than {Patience.TotalSeconds} s.");
        if (said.Code != 0) throw new CommandFailure(ExitCode.Failed, $"{what}:{Environment.NewLine}  {said.Error.Trim().ReplaceLineEndings(Environment.NewLine + "  ")}");
    }

    private static Task<GitOutput?> Git(string folder, int bytesMax, string? index, byte[]? input, CancellationToken ct, params string[] args) => GitProgram.Run(folder, bytesMax, Patience, args, index, input, ct);
}
