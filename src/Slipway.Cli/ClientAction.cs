using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli;

/// <summary>What every command that speaks to a server shares: the address, little patience, and exit codes for its refusals.</summary>
internal static class ClientAction
{
    /// <summary>On a group of commands; each of them understands it.</summary>
    public static Option<string?> Url() => new("--url")
    {
        Description = $"The server. Default: SLIPWAY_URL, else MLFLOW_TRACKING_URI, else {SlipwayClientOptions.UrlDefault}.",
        HelpName = "URL",
        Recursive = true,
    };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON instead of a table." };

    /// <summary>Runs the command with a client of its own.</summary>
    public static void SetClientAction(this Command command, Func<ParseResult, SlipwayClient, CancellationToken, Task> work) =>
        command.SetAction(async (parsed, ct) =>
        {
            await Try(parsed.GetValue<string?>("--url"), client => work(parsed, client, ct));
            return ExitCode.Ok;
        });

    /// <summary>Calls a server; what it refuses becomes a failure of the command.</summary>
    public static async Task Try(string? url, Func<SlipwayClient, Task> work)
    {
        using var client = Connect(url);
        try
        {
            await work(client);
        }
        catch (SlipwayException failure)
        {
            throw new CommandFailure(CodeOf(failure), failure.Message, failure.Remedy);
        }
        catch (ArgumentException wrong)
        {
            throw new CommandFailure(ExitCode.Usage, wrong.Message);
        }
    }

    /// <summary>A person waits: two retries, within about a second, instead of the minutes that a training run can spare.</summary>
    public static SlipwayClient Connect(string? url)
    {
        var patience = new SlipwayClientOptions { RetriesMax = 2, RetryDelay = TimeSpan.FromMilliseconds(200), RetryDelayMax = TimeSpan.FromSeconds(5) };
        if (url is null) return new SlipwayClient(patience);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new CommandFailure(ExitCode.Usage, $"--url: got '{url}', expected an address such as {SlipwayClientOptions.UrlDefault}.");
        return new SlipwayClient(new SlipwayClientOptions { Url = address, RetriesMax = patience.RetriesMax, RetryDelay = patience.RetryDelay, RetryDelayMax = patience.RetryDelayMax });
    }

    public static int CodeOf(SlipwayException failure) => failure switch
    {
        { IsUnreachable: true } => ExitCode.Unreachable,
        { IsNotFound: true } => ExitCode.NotFound,
        { Status: 401 or 403 or 409 } or { Code: ErrorCode.RESOURCE_ALREADY_EXISTS or ErrorCode.INVALID_STATE } => ExitCode.Refused,
        { Status: 400 } => ExitCode.Usage,
        _ => ExitCode.Failed,
    };
}
