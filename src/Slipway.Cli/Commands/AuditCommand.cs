using System.CommandLine;
using System.Text.Json;
using Slipway.Events;
using Slipway.Server;

namespace Slipway.Cli.Commands;

/// <summary>`slipway audit`: read the event log, take it along, check it.</summary>
internal static class AuditCommand
{
    public static Command Create(Terminal terminal) => new("audit", "List, export and verify the event log: every change and every refused attempt.")
    {
        ClientAction.Options(),
        List(terminal),
        Export(terminal),
        Verify(terminal),
        Key(terminal),
    };

    private static Command Key(Terminal terminal)
    {
        var (output, json) = (ModelCardCommands.Out(), ClientAction.Json());
        var command = new Command("key", "Show the public key that signs the heads of the event log and evidence, and its fingerprint.") { output, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var key = await client.Installation.AuditKeyAsync(ct);
            if (parsed.GetValue(json)) terminal.Json(key, AuditProofJson.Default.AuditKey);
            else if (parsed.GetValue(output) is { } path)
                await ModelCardCommands.Write(terminal, path, async to =>
                {
                    var pem = System.Text.Encoding.ASCII.GetBytes(key.PublicKey + "\n");
                    await to.WriteAsync(pem, ct);
                    return pem.Length;
                });
            else
            {
                terminal.Line(key.PublicKey);
                terminal.Line(key.Fingerprint);
            }
        });
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var filter = new EventFilterOptions();
        var (limit, json) = (Listing.Limit(), ClientAction.Json());
        var command = new Command("list", "List events, the newest first.") { limit, json };
        filter.AddTo(command);
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var found = await Listing.Take(client.Installation.EventsAsync(filter.Read(parsed) with { NewestFirst = true }, ct), parsed.GetValue(limit), terminal, ct);
            if (parsed.GetValue(json)) terminal.Json([.. found.Select(EventView.Of)], CliJson.Default.ListEventView);
            else terminal.Table(["POSITION", "TIME", "KIND", "SUBJECT", "ACTOR", "FROM", "DETAILS"],
                [.. found.Select(one => (string[])[one.Position.ToString(), Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(one.AtMs)), one.Kind, one.Subject, one.Actor ?? "", one.Address ?? "", Short(one.Data)])]);
        });
        return command;
    }

    private static Command Export(Terminal terminal)
    {
        var filter = new EventFilterOptions();
        var output = new Option<string?>("--output") { Description = "A file to write; must not exist. Default: standard output.", HelpName = "FILE" };
        var command = new Command("export", "Write events as JSON Lines, the oldest first.") { output };
        filter.AddTo(command);
        command.SetClientAction(async (parsed, client, ct) =>
        {
            if (parsed.GetValue(output) is not { } path)
            {
                await using var through = new TextStream(terminal.Output);
                await client.Installation.ExportEventsAsync(through, filter.Read(parsed), ct);
                return;
            }
            if (File.Exists(path)) throw new CommandFailure(ExitCode.Refused, $"{path} exists.", "Name another file or remove it first.");
            // Aside first: a file of that name is a whole one.
            var part = path + ".part";
            try
            {
                long bytes;
                await using (var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
                {
                    bytes = await client.Installation.ExportEventsAsync(file, filter.Read(parsed), ct);
                    file.Flush(flushToDisk: true);
                }
                File.Move(part, path);
                terminal.Note($"{path}: {bytes:N0} bytes");
            }
            finally
            {
                File.Delete(part);
            }
        });
        return command;
    }

    private static Command Verify(Terminal terminal)
    {
        var heads = new Option<string?>("--heads") { Description = "A copy of the anchored heads that was kept elsewhere, one JSON object a line, to be compared too.", HelpName = "FILE" };
        var (json, config) = (ClientAction.Json(), ServerFlags.Config());
        var command = new Command("verify", "Check the event log against its seals and the heads kept outside the database; fails when anything was edited, removed, reordered or cut off.") { heads, json, config };
        var flags = ServerFlags.AddTo(command, ServerFlags.OfStores);
        command.SetAction(async (parsed, ct) =>
        {
            var copies = parsed.GetValue(heads) is { } file ? Heads(file, terminal) : null;
            var report = Offline.Wanted(parsed, flags, config)
                ? await FromFolder(ServerFlags.Read(parsed, flags, parsed.GetValue(config)), copies, ct)
                : await ClientAction.Call(parsed, client => copies is null ? client.Installation.VerifyAuditAsync(ct) : client.Installation.VerifyAuditAsync(copies, ct));
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

    private static async Task<AuditReport> FromFolder(ServerOptions options, IReadOnlyList<AnchoredHead>? copies, CancellationToken ct)
    {
        await using var installation = Offline.Value(await Installation.Open(options, ct));
        return await installation.VerifyAudit(copies, ct);
    }

    private static List<AnchoredHead> Heads(string path, Terminal terminal)
    {
        if (!File.Exists(path)) throw new CommandFailure(ExitCode.NotFound, $"There is no file {path}.");
        var (heads, passed) = (new Queue<AnchoredHead>(), 0);
        foreach (var line in File.ReadLines(path))
        {
            try
            {
                if (JsonSerializer.Deserialize(line, EventsJson.Default.AnchoredHead) is { Hash: not null, Signature: not null } head) heads.Enqueue(head);
                // Each head stands for all before it.
                if (heads.Count > CompareHeads.HeadsMax) heads.Dequeue();
            }
            catch (JsonException)
            {
                passed++; // torn by a crash while it was copied
            }
        }
        if (passed > 0) terminal.Note($"{path}: {passed} lines are no heads and were passed over.");
        return heads.Count > 0 ? [.. heads] : throw new CommandFailure(ExitCode.Usage, $"--heads: {path} holds no anchored head.");
    }

    private static string Short(string? data) => data is null ? "" : data.Length <= 80 ? data : data[..77] + "...";
}
