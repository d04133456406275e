using System.CommandLine;
using System.Globalization;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway sync DIR`: ships what runs logged to this machine while no server was there.</summary>
internal static class SyncCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string?>("folder") { Description = "A folder of logs, or the folder of one run's. Default: SLIPWAY_LOG_DIR, else the user's own log folder.", Arity = ArgumentArity.ZeroOrOne };
        var remove = new Option<bool>("--remove") { Description = "Remove each log that the server has whole. Default: they stay, to fill up a server that is put back to a backup." };
        var json = ClientAction.Json();
        var command = new Command("sync", "Ship runs that were logged offline, or whose process or server died. May be repeated.") { folder, remove, json };
        command.Add(ClientAction.Options());
        command.SetAction(async (parsed, ct) => await ClientAction.Call(parsed, client => Sync(terminal, client, parsed.GetValue(folder), parsed.GetValue(remove), parsed.GetValue(json), ct)));
        return command;
    }

    private static async Task<int> Sync(Terminal terminal, SlipwayClient client, string? folder, bool remove, bool json, CancellationToken ct)
    {
        var done = new List<SyncedLog>();
        try
        {
            await foreach (var log in client.Logs.SyncAsync(folder, new Told(terminal), remove, ct))
            {
                done.Add(log);
                if (!json) Tell(terminal, log);
            }
        }
        catch (DirectoryNotFoundException missing)
        {
            throw new CommandFailure(ExitCode.NotFound, missing.Message, "Name the folder that runs are logged to (SLIPWAY_LOG_DIR, SlipwayClientOptions.LogFolder).");
        }
        if (json) terminal.Json(done, CliJson.Default.ListSyncedLog);
        else if (done.Count == 0) terminal.Note("There are no logs in this folder.");
        return done.TrueForAll(log => log.IsWhole || log.IsHeld) ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Tell(Terminal terminal, SyncedLog log)
    {
        if (log.RunId.Length > 0) terminal.Line($"{log.RunId}  {(log.IsHeld ? "a process is logging to it: left alone" : $"{N(log.Sent)} sent")}");
        if (log.Waits is { } why) terminal.Fail($"{log.Folder}: {why}", null);
        foreach (var damage in log.Damage) terminal.Fail(damage, "What lies before and behind it was sent.");
        if (log.Missing > 0) terminal.Fail($"{log.Folder}: {N(log.Missing)} records are not here any more and not on the server.", null);
        if (log.Refused > 0) terminal.Fail($"{log.Folder}: the server refused {N(log.Refused)} records; the first was {log.FirstRefusal}", null);
    }

    private static string N(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A line that is written over, where a person looks; at most four times a second.</summary>
    private sealed class Told(Terminal terminal) : IProgress<SyncProgress>
    {
        private long next;

        public void Report(SyncProgress value)
        {
            if (!terminal.Interactive || Environment.TickCount64 < next) return;
            next = Environment.TickCount64 + 250;
            terminal.Error.Write($"\r{value.Log + 1}/{value.Logs} {value.RunId} {N(value.Sent)} records \r");
        }
    }
}
