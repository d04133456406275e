using Slipway.Access;
using static Slipway.Access.ReviewItem;

namespace Slipway.Server;

/// <summary>
/// What is weak in an installation: one list, which the server answers to administrators, and which `slipway doctor` puts together itself where no server runs. The parts look at
/// options, accounts and files; none changes anything.
/// </summary>
internal static class Review
{
    /// <summary>What shows without the database: who reaches the server, where heads are anchored, who may read which file.</summary>
    public static IEnumerable<ReviewItem> OfMachine(ServerOptions options, IReadOnlyList<string> others) =>
        [.. ExposureReview.Of(options, others), .. AnchorReview.Of(options), .. SecrecyReview.Of(options), .. FolderReview.Of(options.Data), SandboxReview.Of(options)];

    /// <summary>All of it. <paramref name="accounts"/>: null where nobody signs in.</summary>
    public static InstallationReview Of(ServerOptions options, IReadOnlyList<string> others, AccessReview? accounts) =>
        new([.. OfMachine(options, others).Concat(accounts is null ? [] : AccountReview.Of(accounts)).OrderBy(static item => Array.IndexOf(Order, item.Severity)).Select(static item => item with { Docs = DocsOf(item.Id) })]);

    private static string DocsOf(string id) => id switch
    {
        "anchor" => "docs/audit.md",
        "access" or "https" or "administrator" or "accounts" or "token-life" or "unused-tokens" => "docs/access.md",
        "sandbox" => "docs/sandbox.md",
        _ => "docs/security.md",
    };

    private static readonly string[] Order = [High, Medium, Low, Ok];
}
