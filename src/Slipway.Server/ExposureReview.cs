using Slipway.Access;
using static Slipway.Access.ReviewItem;

namespace Slipway.Server;

/// <summary>Who reaches the server, and what crosses the network on the way.</summary>
internal static class ExposureReview
{
    private const int Shown = 5;

    private const string Access = "Who may come in", Https = "Encryption on the way";

    /// <summary>Looks at the options and at who else uses this machine.</summary>
    public static IEnumerable<ReviewItem> Of(ServerOptions options, IReadOnlyList<string> others)
    {
        var people = options.Access.Mode is AccessMode.People;
        var remote = options.Urls.Select(url => new Uri(url)).Where(url => !ServerOptions.IsLoopback(url.Host)).ToList();
        var plain = remote.Where(url => url.Scheme == "http").ToList();
        if (!people && remote.Count > 0)
            yield return new ReviewItem("access", High, Access, $"{string.Join(", ", remote)} is reached by others, and nobody is asked who they are.", "Whoever reaches the port may read, change and delete everything.",
                "slipway server --access-mode people, so that everybody signs in; or --urls http://127.0.0.1:5000.");
        else if (!people && others.Count > 0)
            yield return new ReviewItem("access", High, Access, $"Others have an account on this machine: {string.Join(", ", others.Take(Shown))}{(others.Count > Shown ? " ..." : "")}.",
                "All of them reach 127.0.0.1, where nobody is asked who they are.", "slipway server --access-mode people; the start prints a link for the first administrator, and slipway tokens create makes tokens for programs.");
        else yield return new ReviewItem("access", Ok, Access, people ? "Everybody signs in." : "Listens on loopback alone, and nobody else has an account on this machine.");

        if (people && plain.Count > 0 && options.Proxies.Addresses.Count == 0)
            yield return new ReviewItem("https", High, Https, $"{string.Join(", ", plain)} is reached by others without https.", "Passwords and tokens cross the network as they are, for everybody on the way to read.",
                "slipway server --urls https://HOST:PORT --tls-certificate FILE --tls-key FILE; or put a proxy that does https in front, and name it with --proxies.");
        else if (people && remote.Count > 0)
            yield return new ReviewItem("https", Ok, Https, plain.Count == 0 ? "Others reach it by https alone." : "Proxies are named, which are trusted to do https.");
    }
}
