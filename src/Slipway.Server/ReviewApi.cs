using Slipway.Access;

namespace Slipway.Server;

/// <summary>The route of the security page: what is weak in this installation, by its own options, accounts and files.</summary>
internal static class ReviewApi
{
    /// <summary>Adds it.</summary>
    public static void Map(Routes routes, Parts parts) => routes.Under("/api/slipway/v1").Get<ReviewInstallation, InstallationReview>("/installation/review", Right.Administer,
        "Answers what is weak in this installation, why it matters and how to mend it: who reaches it, accounts and tokens, files that others can read.", async (_, _, ct) =>
        {
            var now = parts.Clock.GetUtcNow();
            var accounts = parts.Options.Access.Mode is AccessMode.People ? await parts.Database.Read(session => AccessReviews.Read(session, now), ct) : null;
            return Review.Of(parts.Options, HostAccounts.Others(), accounts);
        });
}
