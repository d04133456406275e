using System.CommandLine;
using Slipway.Cli.Relay;

namespace Slipway.Cli.Commands;

/// <summary>`slipway relay status`: what waits and what was refused, read from the folder whether a relay runs or not.</summary>
internal static class RelayStatusCommand
{
    public static Command Create(Terminal terminal)
    {
        var (data, json, limit) = (RelayCommand.Data(), ClientAction.Json(), Listing.Limit());
        var command = new Command("status", "Show what waits for the server, and what the server refused.") { data, limit, json };
        command.SetAction(parsed =>
        {
            var path = Path.GetFullPath(parsed.GetValue(data)!);
            if (!Directory.Exists(path)) throw new CommandFailure(ExitCode.NotFound, $"--data: there is no relay's folder {path}.", "Name the one that slipway relay was started with.");
            var status = RelayStatus.Read(path, parsed.GetValue(limit));
            if (parsed.GetValue(json)) terminal.Json(status, CliJson.Default.RelayStatus);
            else Print(terminal, status);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(Terminal terminal, RelayStatus status)
    {
        terminal.Line(status.Waiting == 0 ? "Nothing waits." : $"{status.Waiting:N0} requests and {status.WaitingFiles:N0} artifacts wait, {Listing.Bytes(status.Bytes)}, since {Listing.Time(status.Since!.Value)}.");
        if (status.Refused.Count == 0) return;
        terminal.Line($"{status.RefusedCount:N0} were refused or changed on their way:");
        foreach (var one in status.Refused) terminal.Line($"  {Listing.Time(one.At)} {one.Request} {one.Of}: {one.Why}");
        if (status.RefusedCount > status.Refused.Count) terminal.Note($"There are more: raise --limit to see them (0 for all).");
        terminal.Note("Mend the cause (restore a run, say), then start the relay with --retry. What is kept lies under refused.spool in the relay's folder.");
    }
}
