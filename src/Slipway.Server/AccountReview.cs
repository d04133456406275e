using Slipway.Access;
using static Slipway.Access.ReviewItem;

namespace Slipway.Server;

/// <summary>Accounts and tokens that make an installation weaker than it need be.</summary>
internal static class AccountReview
{
    private const int Shown = 5;

    /// <summary>What a review says.</summary>
    public static IEnumerable<ReviewItem> Of(AccessReview review)
    {
        if (review.Administrators == 0)
            yield return new ReviewItem("administrator", High, "The first administrator", "There is none yet: the set-up link is still open.", "Whoever gets hold of the link that the start printed becomes the administrator.",
                "slipway setup --code CODE --name NAME, with the code at the end of the link; a restart prints a new one and makes the old one void.");
        if (review.CannotSignInCount > 0)
            yield return new ReviewItem("accounts", Low, "Accounts", $"{review.CannotSignInCount:N0} can never sign in, having neither a password nor a token: {Names(review.CannotSignIn, review.CannotSignInCount)}.",
                "An account that nobody uses keeps its roles, and nobody notices when somebody gets a password for it.",
                $"slipway members remove {review.CannotSignIn[0]}, or give it a password (slipway members password NAME) or a token (slipway tokens create NAME --owner ACCOUNT).");
        if (review.LastingTokensCount > 0)
            yield return new ReviewItem("token-life", Medium, "Tokens that last long", $"{review.LastingTokensCount:N0} tokens are good for more than a year: {Names([.. review.LastingTokens.Select(Text)], review.LastingTokensCount)}.",
                "A token that leaked works for whoever found it until it expires.",
                $"slipway tokens create NAME --expires-in-days 90, put it in the old one's place, then slipway tokens revoke {review.LastingTokens[0].Id}");
        if (review.UnusedTokensCount > 0)
            yield return new ReviewItem("unused-tokens", Low, "Tokens that nobody uses", $"Nobody used {review.UnusedTokensCount:N0} tokens for {AccessReviews.UnusedLong.TotalDays} days: {Names([.. review.UnusedTokens.Select(Text)], review.UnusedTokensCount)}.",
                "What nobody needs can only be misused.", $"slipway tokens revoke {string.Join(' ', review.UnusedTokens.Take(Shown).Select(token => token.Id))}");
        if (review is { Administrators: > 0, CannotSignInCount: 0, LastingTokensCount: 0, UnusedTokensCount: 0 })
            yield return new ReviewItem("accounts", Ok, "Accounts", $"{review.Administrators:N0} {(review.Administrators == 1 ? "administrator" : "administrators")}; every account can sign in, every token is in use and expires within a year.");
    }

    private static string Text(ReviewedToken token) => $"{token.Id} ('{token.Name}' of {token.Owner})";

    private static string Names(string[] names, long count) => string.Join(", ", names.Take(Shown)) + (count > Shown ? $" and {count - Shown:N0} more" : "");
}
