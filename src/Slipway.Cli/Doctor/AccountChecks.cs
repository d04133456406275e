using Slipway.Access;
using Slipway.Client;

namespace Slipway.Cli.Doctor;

/// <summary>Accounts and tokens that make an installation weaker than it need be.</summary>
internal static class AccountChecks
{
    private const int Shown = 5;

    /// <summary>Of a running server, with the credentials of the environment.</summary>
    public static async Task<IReadOnlyList<Check>> Ask(RunningServer server, CancellationToken ct)
    {
        try
        {
            using var client = new SlipwayClient(new SlipwayClientOptions { Url = server.Url, RetriesMax = 0 });
            return [.. Of(await client.Access.ReviewAsync(ct))];
        }
        catch (Exception failure) when (failure is SlipwayException or ArgumentException)
        {
            return [new Check("accounts", Verdict.Ok, "Not looked at: the server that runs shows them to administrators alone.", "Set SLIPWAY_TOKEN to an administrator's token, or stop the server. If there is no administrator yet: slipway setup --name NAME, with the code that the start printed.")];
        }
    }

    /// <summary>What a review says.</summary>
    public static IEnumerable<Check> Of(AccessReview review)
    {
        if (review.Administrators == 0)
            yield return Check.Weak("administrator", "There is none yet: the set-up link is still open.", "Whoever gets hold of the link that the start printed becomes the administrator.",
                "slipway setup --code CODE --name NAME, with the code at the end of the link; a restart prints a new one and makes the old one void.");
        if (review.CannotSignInCount > 0)
            yield return Check.Weak("accounts", $"{review.CannotSignInCount:N0} can never sign in, having neither a password nor a token: {Names(review.CannotSignIn, review.CannotSignInCount)}.",
                "An account that nobody uses keeps its roles, and nobody notices when somebody gets a password for it.",
                $"slipway members remove {review.CannotSignIn[0]}, or give it a password (slipway members password NAME) or a token (slipway tokens create NAME --owner ACCOUNT).");
        if (review.LastingTokensCount > 0)
            yield return Check.Weak("token life", $"{review.LastingTokensCount:N0} tokens are good for more than a year: {Names([.. review.LastingTokens.Select(Text)], review.LastingTokensCount)}.",
                "A token that leaked works for whoever found it until it expires.",
                $"slipway tokens create NAME --expires-in-days 90, put it in the old one's place, then slipway tokens revoke {review.LastingTokens[0].Id}");
        if (review.UnusedTokensCount > 0)
            yield return Check.Weak("unused tokens", $"Nobody used {review.UnusedTokensCount:N0} tokens for {AccessReviews.UnusedLong.TotalDays} days: {Names([.. review.UnusedTokens.Select(Text)], review.UnusedTokensCount)}.",
                "What nobody needs can only be misused.", $"slipway tokens revoke {string.Join(' ', review.UnusedTokens.Take(Shown).Select(token => token.Id))}");
        if (review is { Administrators: > 0, CannotSignInCount: 0, LastingTokensCount: 0, UnusedTokensCount: 0 })
            yield return Check.Ok("accounts", $"{review.Administrators:N0} {(review.Administrators == 1 ? "administrator" : "administrators")}; every account can sign in, every token is in use and expires within a year.");
    }

    private static string Text(ReviewedToken token) => $"{token.Id} ('{token.Name}' of {token.Owner})";

    private static string Names(string[] names, long count) => string.Join(", ", names.Take(Shown)) + (count > Shown ? $" and {count - Shown:N0} more" : "");
}
