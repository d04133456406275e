using System.Text;

namespace Slipway.Client.Capture;

/// <summary>Which code ran: as git knows it. Everything is null where there is no repository or no git.</summary>
/// <param name="Commit">40 hexadecimal digits.</param>
/// <param name="Branch">Null on a detached head.</param>
/// <param name="Remote">Where `origin` lies, without a name or password.</param>
/// <param name="Diff">What is not committed, in tracked files; empty when nothing is.</param>
/// <param name="DiffIsCut">The difference is longer than what is kept.</param>
internal sealed record GitState(string? Commit, string? Branch, string? Remote, byte[] Diff, bool DiffIsCut)
{
    /// <summary>The longest difference that is kept, in bytes.</summary>
    public const int DiffBytesMax = 1024 * 1024;

    /// <summary>A repository on a slow disk is not waited for longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Looks at the repository that a folder lies in; null when it lies in none.</summary>
    public static async Task<GitState?> Read(string folder, CancellationToken ct)
    {
        if (Text(await Git(folder, 200, ct, "rev-parse", "HEAD").ConfigureAwait(false)) is not { Length: 40 } commit) return null;
        var branch = Text(await Git(folder, 1_000, ct, "symbolic-ref", "--short", "-q", "HEAD").ConfigureAwait(false));
        var remote = Text(await Git(folder, 4_000, ct, "config", "--get", "remote.origin.url").ConfigureAwait(false));
        var diff = await Git(folder, DiffBytesMax + 1, ct, GitProgram.Diff).ConfigureAwait(false) ?? [];
        var cut = diff.Length > DiffBytesMax;
        return new GitState(commit, branch is "" ? null : branch, remote is { Length: > 0 } ? Secrets.WithoutPassword(remote) : null, cut ? diff[..DiffBytesMax] : diff, cut);
    }

    private static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes).Trim();

    /// <summary>What git prints, up to so many bytes; null when it fails, is not there, or takes too long.</summary>
    private static async Task<byte[]?> Git(string folder, int bytesMax, CancellationToken ct, params string[] args) =>
        await GitProgram.Run(folder, bytesMax, Patience, args, null, null, ct).ConfigureAwait(false) is { Code: 0 or -1 } said ? said.Output : null;
}
