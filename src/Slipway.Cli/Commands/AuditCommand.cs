using System.CommandLine;
using Slipway.Server;

namespace Slipway.Cli.Commands;

/// <summary>`slipway audit verify`</summary>
internal static class AuditCommand
{
    public static Command Create(Terminal terminal) => new("audit", "The event log.") { Verify(terminal) };

    private static Command Verify(Terminal terminal)
    {
        var (json, config) = (ClientAction.Json(), ServerFlags.Config());
        var command = new Command("verify", "Check the event log against its seals and the heads kept outside the database; fails when anything was edited, removed, reordered or cut off.") { ClientAction.Options(), json, config };
        var flags = ServerFlags.AddTo(command, ServerFlags.OfStores);
        command.SetAction(async (parsed, ct) =>
        {
            var report = Offline.Wanted(parsed, flags, config)
                ? await FromFolder(ServerFlags.Read(parsed, flags, parsed.GetValue(config)), ct)
                : await ClientAction.Call(parsed, client => client.Installation.VerifyAuditAsync(ct));
            if (parsed.GetValue(json)) terminal.Json(report, CliJson.Default.AuditReport);
            else
            {
                foreach (var finding in report.Findings) terminal.Line(finding);
                terminal.Line($"{(report.Whole ? "The event log is whole" : $"{report.Findings.Count} findings")}: {report.Events:N0} events in {report.Seals:N0} seals checked, {report.Heads:N0} anchored heads compared, {report.Unsealed:N0} events not sealed yet.");
            }
            return report.Whole ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static async Task<Events.AuditReport> FromFolder(ServerOptions options, CancellationToken ct)
    {
        await using var installation = Offline.Value(await Installation.Open(options, ct));
        return await installation.VerifyAudit(ct);
    }
}
