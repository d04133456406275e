using System.Net;
using Slipway.Server;

namespace Slipway.Cli.Doctor;

/// <summary>The server that answers at one of the addresses, and whether it asks who comes: it may have been started with other flags than this command.</summary>
/// <param name="Url">Where it answers.</param>
/// <param name="Mode">What it does about strangers; null when it did not say.</param>
internal sealed record RunningServer(Uri Url, AccessMode? Mode)
{
    /// <summary>The first that answers, or null.</summary>
    public static async Task<RunningServer?> Find(IEnumerable<string> urls, CancellationToken ct)
    {
        foreach (var url in urls.Select(url => new Uri(url)).Where(url => url.Port != 0).Select(Reachable))
            if (await ServerProcess.Answers(url, ct)) return new RunningServer(url, await Asked(url, ct));
        return null;
    }

    /// <summary>An address at which this machine reaches what listens everywhere.</summary>
    public static Uri Reachable(Uri url) => url.Host is "*" or "+" or "0.0.0.0" or "[::]" ? new UriBuilder(url) { Host = "127.0.0.1" }.Uri : url;

    private static async Task<AccessMode?> Asked(Uri url, CancellationToken ct)
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using var http = new HttpClient(handler) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(2) };
        try
        {
            using var answer = await http.GetAsync("api/slipway/v1/access/me", ct);
            return answer.StatusCode switch
            {
                HttpStatusCode.OK => AccessMode.Single,
                HttpStatusCode.Unauthorized => AccessMode.People,
                _ => null,
            };
        }
        catch (Exception failure) when (failure is HttpRequestException || (failure is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return null;
        }
    }
}
