using Slipway.Access;
using Slipway.Client;
using Slipway.Server;

namespace Slipway.Cli.Doctor;

/// <summary>What is weak in an installation: the running server's own list where it shows it, else the same list put together here.</summary>
internal static class ServerReview
{
    /// <summary>The list of a running server, with the credentials of the environment; null where it shows it to others alone.</summary>
    public static async Task<InstallationReview?> Ask(RunningServer server, CancellationToken ct)
    {
        try
        {
            using var client = new SlipwayClient(new SlipwayClientOptions { Url = server.Url, RetriesMax = 0 });
            return await client.Access.ReviewInstallationAsync(ct);
        }
        catch (Exception failure) when (failure is SlipwayException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>What can be seen from here. <paramref name="accounts"/>: what the database says of them, or null where it was not opened.</summary>
    public static IEnumerable<Check> FromHere(ServerOptions options, AccessReview? accounts, bool served)
    {
        foreach (var item in Review.Of(options, HostAccounts.Others(), accounts).Items) yield return Check.Of(item);
        if (served && accounts is null && options.Access.Mode is AccessMode.People)
            yield return new Check("accounts", Verdict.Ok, "Not looked at: the server that runs shows them to administrators alone.", "Set SLIPWAY_TOKEN to an administrator's token, or stop the server. If there is no administrator yet: slipway setup --name NAME, with the code that the start printed.");
    }
}
