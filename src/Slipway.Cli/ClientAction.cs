using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli;

/// <summary>What every command that speaks to a server shares: the address, who is asking, little patience, and exit codes for its refusals.</summary>
internal static class ClientAction
{
    private const string UrlName = "--url", TokenFileName = "--token-file", WorkspaceName = "--workspace";

    /// <summary>On a group of commands; each of them understands them.</summary>
    public static IEnumerable<Option> Options() =>
    [
        new Option<string?>(UrlName) { Description = $"The server. Default: SLIPWAY_URL, else MLFLOW_TRACKING_URI, else {SlipwayClientOptions.UrlDefault}.", HelpName = "URL", Recursive = true },
        new Option<string?>(TokenFileName)
        {
            Description = "A file that holds an API token. Default: SLIPWAY_TOKEN, else MLFLOW_TRACKING_TOKEN, else MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.",
            HelpName = "FILE",
            Recursive = true,
        },
        new Option<string?>(WorkspaceName) { Description = "The workspace to work in. Default: SLIPWAY_WORKSPACE, else MLFLOW_WORKSPACE, else the token's own.", HelpName = "NAME", Recursive = true },
    ];

    /// <summary>Lets <see cref="Options"/> stand among a command's parts.</summary>
    public static void Add(this Command command, IEnumerable<Option> options)
    {
        foreach (var option in options) command.Options.Add(option);
    }

    public static Option<bool> Json() => new("--json") { Description = "Print JSON instead of a table." };

    /// <summary>Runs the command with a client of its own.</summary>
    public static void SetClientAction(this Command command, Func<ParseResult, SlipwayClient, CancellationToken, Task> work) =>
        command.SetAction(async (parsed, ct) => await Call(parsed, async client =>
        {
            await work(parsed, client, ct);
            return ExitCode.Ok;
        }));

    /// <summary>Calls a server; what it refuses becomes a failure of the command.</summary>
    public static async Task<T> Call<T>(ParseResult parsed, Func<SlipwayClient, Task<T>> work, bool patient = false)
    {
        try
        {
            using var client = Connect(parsed, patient);
            return await work(client);
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

    public static int CodeOf(SlipwayException failure) => failure switch
    {
        { IsUnreachable: true } => ExitCode.Unreachable,
        { IsNotFound: true } => ExitCode.NotFound,
        { Status: 401 or 403 or 409 } or { Code: ErrorCode.RESOURCE_ALREADY_EXISTS or ErrorCode.INVALID_STATE } => ExitCode.Refused,
        { Status: 400 } => ExitCode.Usage,
        _ => ExitCode.Failed,
    };

    /// <summary>
    /// A person waits: two retries, within about a second, instead of the minutes that a training run can spare. Who moves a million runs is patient:
    /// a server that is restarted meanwhile is waited for.
    /// </summary>
    private static SlipwayClient Connect(ParseResult parsed, bool patient)
    {
        var environment = new SlipwayClientOptions();
        var (name, password) = (environment.UserName, environment.Password);
        return new SlipwayClient(new SlipwayClientOptions
        {
            Url = Url(parsed) ?? environment.Url,
            Token = parsed.GetValue<string?>(TokenFileName) is { } file ? TokenFile.Read(file, parsed.InvocationConfiguration.Error) : environment.Token,
            UserName = name,
            Password = password,
            Workspace = parsed.GetValue<string?>(WorkspaceName) ?? environment.Workspace,
            RetriesMax = patient ? 7 : 2,
            RetryDelay = TimeSpan.FromMilliseconds(200),
            RetryDelayMax = TimeSpan.FromSeconds(5),
            StartWait = TimeSpan.FromSeconds(5),
            Warn = parsed.InvocationConfiguration.Error.WriteLine,
        });
    }

    private static Uri? Url(ParseResult parsed)
    {
        if (parsed.GetValue<string?>(UrlName) is not { } url) return null;
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new CommandFailure(ExitCode.Usage, $"--url: got '{url}', expected an address such as {SlipwayClientOptions.UrlDefault}.");
        return address.UserInfo.Length == 0 ? address
            : throw new CommandFailure(ExitCode.Usage, "--url: holds a name or password, which every user of this machine could read.", "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or give --token-file FILE.");
    }
}
