using System.CommandLine;
using Slipway.Cli.Doctor;

namespace Slipway.Cli.Commands;

/// <summary>`slipway doctor`: looks at everything an installation needs, changes nothing, and says how to mend what is wrong.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        var (config, json) = (ServerFlags.Config(), ClientAction.Json());
        var command = new Command("doctor", "Check an installation and say how to mend it.") { config, json };
        var flags = ServerFlags.AddTo(command, Server.OptionKeys.All);
        command.SetAction(async (parsed, ct) =>
        {
            var options = ServerFlags.Read(parsed, flags, parsed.GetValue(config));
            var checks = new List<Check>();
            checks.AddRange(EngineChecks.Run());
            checks.AddRange(FolderChecks.Run(options.Data));
            var running = await RunningServer.Find(options.Urls, ct);
            options = running?.Mode is { } mode ? options with { Access = options.Access with { Mode = mode } } : options;
            Access.AccessReview? accounts = null;
            await foreach (var check in StoreChecks.Run(options, review => accounts = review, ct)) checks.Add(check);
            foreach (var url in options.Urls) checks.Add(await NetworkChecks.Run(url, ct));
            var served = running is not null && StoreChecks.IsServed(options.Data);
            checks.AddRange(served && await ServerReview.Ask(running!, ct) is { } told ? told.Items.Select(Check.Of) : ServerReview.FromHere(options, accounts, served));
            if (parsed.GetValue(json)) terminal.Json(checks, CliJson.Default.ListCheck);
            else Print(terminal, checks);
            return checks.Any(check => check.Verdict is Verdict.Fail) ? ExitCode.Failed : ExitCode.Ok;
        });
        return command;
    }

    private static void Print(Terminal terminal, List<Check> checks)
    {
        var width = checks.Max(check => check.Name.Length);
        foreach (var check in checks)
        {
            terminal.Mark(check.Verdict switch { Verdict.Ok => "ok", Verdict.Warn => "warn", _ => "FAIL" }, check.Verdict is Verdict.Ok ? 32 : check.Verdict is Verdict.Warn ? 33 : 31);
            terminal.Line($"  {check.Name.PadRight(width)}  {check.Finding}");
            if (check.Why is { } why) terminal.Line($"      {new string(' ', width)}  {why}");
            if (check.Mend is { } mend) terminal.Line($"      {new string(' ', width)}  -> {mend}");
        }
        var (fails, warns) = (checks.Count(check => check.Verdict is Verdict.Fail), checks.Count(check => check.Verdict is Verdict.Warn));
        terminal.Line();
        terminal.Line(fails > 0 ? $"{fails} to mend, {warns} to look at." : warns > 0 ? $"It works; {warns} to look at." : "All is well.");
    }
}
