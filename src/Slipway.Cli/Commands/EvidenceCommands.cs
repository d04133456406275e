using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Registry;

namespace Slipway.Cli.Commands;

/// <summary>`slipway models bom` and `evidence`, and `slipway verify-evidence`, which needs no server.</summary>
internal static class EvidenceCommands
{
    public static Command Bom(Terminal terminal) => Export(terminal, "bom", "bom", "Write a version's bill of materials: CycloneDX 1.6, JSON.", mayPrint: true);

    public static Command Evidence(Terminal terminal) => Export(terminal, "evidence", "evidence", "Write all that speaks for a version as a signed zip: run, data, files, gates, approvals, card and the audit log's proof.", mayPrint: false);

    public static Command Verify(Terminal terminal)
    {
        var file = new Argument<string>("file") { Description = "The evidence pack." };
        var key = new Option<string?>("--public-key") { Description = "A file with the public key that you trust, PEM: what `slipway audit key` showed.", HelpName = "FILE" };
        var fingerprint = new Option<string?>("--fingerprint") { Description = "The fingerprint of the key that you trust: 64 hexadecimal digits.", HelpName = "HEX" };
        var (files, json) = (new Option<string?>("--files") { Description = "A folder with the model's files, to be compared with those that the pack names.", HelpName = "FOLDER" }, ClientAction.Json());
        var command = new Command("verify-evidence", "Check an evidence pack without any server: what was changed, removed or added, by whom it is signed, and whether its events stand in the audit chain.") { file, key, fingerprint, files, json };
        command.SetAction(async (parsed, ct) =>
        {
            if (parsed.GetValue(key) is null && parsed.GetValue(fingerprint) is null)
                throw new CommandFailure(ExitCode.Usage, "Against which key? Say --fingerprint or --public-key.", "A pack that is checked against its own key proves nothing: ask the server for it with `slipway audit key`.");
            var pem = parsed.GetValue(key) is { } path ? await Pem(path, ct) : null;
            await using var pack = new FileStream(parsed.GetValue(file)!, FileMode.Open, FileAccess.Read, FileShare.Read);
            var report = EvidenceCheck.Check(pack, pem, parsed.GetValue(fingerprint));
            if (report.Sound && parsed.GetValue(files) is { } folder) report = await Compare(report, pack, folder, ct);
            if (parsed.GetValue(json)) terminal.Json(report, EvidenceReportJson.Default.EvidenceReport);
            else Print(terminal, report);
            return report.Sound ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static Command Export(Terminal terminal, string name, string form, string says, bool mayPrint)
    {
        var (model, version, output) = (new Argument<string>("name") { Description = "The model's name." }, new Argument<string>("version") { Description = "The version's number." }, ModelCardCommands.Out());
        var command = new Command(name, says) { model, version, output };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            if (!mayPrint && parsed.GetValue(output) is null) throw new CommandFailure(ExitCode.Usage, "Where to? A zip is no text: say --out FILE.");
            await ModelCardCommands.Write(terminal, parsed.GetValue(output), to => client.Models.ExportAsync(parsed.GetValue(model)!, parsed.GetValue(version)!, form, to, ct));
        });
        return command;
    }

    private static async Task<string> Pem(string path, CancellationToken ct)
    {
        if (new FileInfo(path).Length > 64 * 1024) throw new CommandFailure(ExitCode.Usage, $"{path} is too large for a public key.");
        return await File.ReadAllTextAsync(path, ct);
    }

    /// <summary>Compares a folder with the files of a pack that was found sound.</summary>
    private static async Task<EvidenceReport> Compare(EvidenceReport report, Stream pack, string folder, CancellationToken ct)
    {
        pack.Position = 0;
        using var zip = new System.IO.Compression.ZipArchive(pack, System.IO.Compression.ZipArchiveMode.Read, leaveOpen: true);
        ModelFile[] named;
        await using (var list = zip.GetEntry("files.json")!.Open()) named = await JsonSerializer.DeserializeAsync(list, EvidenceJson.Default.ModelFileArray, ct) ?? [];
        var findings = new List<string>();
        foreach (var file in named)
        {
            var path = Path.GetFullPath(Path.Combine(folder, file.Path.Replace('/', Path.DirectorySeparatorChar)));
            // Even a pack that is signed names no file outside of the folder.
            if (!path.StartsWith(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !File.Exists(path)) findings.Add($"'{file.Path}' is not in {folder}.");
            else
            {
                await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
                if (Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct)) != file.Sha256) findings.Add($"'{file.Path}' is not the file that was registered.");
            }
        }
        return report with { Sound = findings.Count == 0, Findings = [.. findings.Take(EvidenceCheck.FindingsMax)] };
    }

    // Until the pack is found sound anybody may have written this.
    private static string Plain(string? text) => new([.. (text ?? "").Take(300).Select(static c => char.IsControl(c) ? '?' : c)]);

    private static void Print(Terminal terminal, EvidenceReport report)
    {
        foreach (var finding in report.Findings) terminal.Line(finding);
        if (report.Name is not null) terminal.Line($"{Plain(report.Name)} {Plain(report.Version)}, made {Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(report.MadeMs, 0, 253_402_300_799_999)))} by {Plain(report.MadeBy)}");
        terminal.Line($"{(report.Sound ? "The evidence is sound" : $"The evidence is NOT sound ({report.Findings.Count} findings)")}: {report.Parts} parts, {report.Events:N0} events in {report.Seals:N0} seals, {report.Anchored:N0} of them with a signed head.");
        if (report.Fingerprint.Length > 0) terminal.Line($"Checked against the key {report.Fingerprint}.");
        foreach (var remark in report.Remarks) terminal.Note(remark);
    }
}

/// <summary>The report as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EvidenceReport))]
internal sealed partial class EvidenceReportJson : JsonSerializerContext;
