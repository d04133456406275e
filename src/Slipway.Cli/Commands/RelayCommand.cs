using System.CommandLine;
using System.Net;
using Slipway.Cli.Relay;
using Slipway.Client;
using Slipway.Server;

namespace Slipway.Cli.Commands;

/// <summary>`slipway relay`: an MLflow address on this machine that is there when the server is not.</summary>
internal static class RelayCommand
{
    public static Command Create(Terminal terminal)
    {
        var server = new Option<string?>("--server") { Description = $"The server to forward to. Default: SLIPWAY_URL, else {SlipwayClientOptions.UrlDefault}.", HelpName = "URL" };
        var urls = new Option<string>("--urls") { Description = $"Where to answer: http on this machine.", HelpName = "URL", DefaultValueFactory = _ => RelayOptions.ListenDefault };
        var data = Data();
        var max = new Option<long>("--max-bytes") { Description = "What its folder may hold.", HelpName = "BYTES", DefaultValueFactory = _ => RelayOptions.BytesDefault };
        var token = new Option<string?>("--token-file") { Description = "A file with the relay's own token. Default: SLIPWAY_TOKEN, else what each client sends is passed on.", HelpName = "FILE" };
        var retry = new Option<bool>("--retry") { Description = "Deliver once more what the server refused." };
        var command = new Command("relay", "Keep what MLflow clients on this machine log while the server is away, and deliver it.") { server, urls, data, max, token, retry, RelayStatusCommand.Create(terminal) };
        command.SetAction(async (parsed, ct) =>
        {
            var options = new RelayOptions(Server(parsed.GetValue(server)), Listen(parsed.GetValue(urls)!), parsed.GetValue(data)!)
            {
                BytesMax = parsed.GetValue(max) is >= RelayOptions.BytesMin and var bytes ? bytes : throw new CommandFailure(ExitCode.Usage, $"--max-bytes: got {parsed.GetValue(max)}, expected {RelayOptions.BytesMin} or more."),
                Token = parsed.GetValue(token) is { } file ? TokenFile.Read(file, parsed.InvocationConfiguration.Error) : Environment.GetEnvironmentVariable("SLIPWAY_TOKEN") is { Length: > 0 } own ? own : null,
                Retry = parsed.GetValue(retry),
            };
            await using var relay = await RelayServer.Start(options, TimeProvider.System, logging => LogSetup.Add(logging, new LogOptions()), ct);
            terminal.Line($"Listening on {relay.Url.GetLeftPart(UriPartial.Authority)}");
            terminal.Output.Flush();
            if (terminal.Interactive) terminal.Line($"Set MLFLOW_TRACKING_URI={relay.Url.GetLeftPart(UriPartial.Authority)}. Forwards to {options.Server}, keeps in {Path.GetFullPath(options.Data)}. Ctrl+C stops.");
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = ct.Register(stopped.SetResult);
            await stopped.Task;
            return ExitCode.Ok;
        });
        return command;
    }

    public static Option<string> Data() => new("--data") { Description = "The relay's folder.", HelpName = "DIR", DefaultValueFactory = _ => RelayOptions.DataDefault };

    // Not MLFLOW_TRACKING_URI: that is the relay itself where it is used.
    private static Uri Server(string? given)
    {
        var text = given ?? (Environment.GetEnvironmentVariable("SLIPWAY_URL") is { Length: > 0 } url ? url : SlipwayClientOptions.UrlDefault);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https")) throw new CommandFailure(ExitCode.Usage, $"--server: got '{text}', expected an address such as {SlipwayClientOptions.UrlDefault}.");
        return address.UserInfo.Length == 0 ? address : throw new CommandFailure(ExitCode.Usage, "--server: holds a name or password, which every user of this machine could read.", "Give --token-file FILE, or let the client send them.");
    }

    private static Uri Listen(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == "http" && (url.Host == "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)))
            ? url
            : throw new CommandFailure(ExitCode.Usage, $"--urls: got '{text}', expected http on this machine, such as {RelayOptions.ListenDefault}: who reaches a relay can log in its name.");
}
