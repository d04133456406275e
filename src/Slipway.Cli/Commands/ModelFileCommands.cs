using System.CommandLine;
using System.Security.Cryptography;
using Slipway.Client;
using Slipway.Registry;

namespace Slipway.Cli.Commands;

/// <summary>`slipway models inspect`, `sign`, `verify` and `keys`: what is in a version's files, and who vouches for them.</summary>
internal static class ModelFileCommands
{
    private static Argument<string> Name() => new("name") { Description = "The model's name." };

    private static Argument<string> Version() => new("version") { Description = "The version's number." };

    public static Command Inspect(Terminal terminal)
    {
        var (name, version, json) = (Name(), Version(), ClientAction.Json());
        var again = new Option<bool>("--again") { Description = "Look into the files anew, and wait for what is found." };
        var command = new Command("inspect", "Show what was found in a version's files, its ONNX models and signatures.") { name, version, again, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var (model, number) = (parsed.GetValue(name)!, parsed.GetValue(version)!);
            if (parsed.GetValue(again)) await client.Models.InspectAsync(model, number, ct);
            var package = await client.Models.PackageAsync(model, number, ct);
            for (; parsed.GetValue(again) && package.Scan?.Status == ModelScan.Pending; package = await client.Models.PackageAsync(model, number, ct)) await Task.Delay(300, ct);
            if (parsed.GetValue(json)) terminal.Json(package, CliJson.Default.ModelPackage);
            else Print(terminal, package);
        });
        return command;
    }

    public static Command Sign(Terminal terminal)
    {
        var (name, version) = (Name(), Version());
        var key = new Option<string>("--key") { Description = "A file with a private key on P-256 in PEM. It stays on this machine.", HelpName = "FILE", Required = true };
        var command = new Command("sign", "Sign a version's files, by their digests.") { name, version, key };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var (model, number) = (parsed.GetValue(name)!, parsed.GetValue(version)!);
            using var own = PrivateKey(parsed.GetValue(key)!);
            var package = await client.Models.PackageAsync(model, number, ct);
            if (package.Files is not { Length: > 0 } files) throw new CommandFailure(ExitCode.Failed, $"There is nothing to sign: {package.Remark}");
            var signed = await client.Models.AddSignatureAsync(model, number, ModelSigning.Sign(ModelSigning.Statement($"{model}/{number}", files), own), ct);
            terminal.Line($"Signed {files.Length} files of version {number} of '{model}' with the key {signed.KeyId}{(signed.KeyName is { } known ? $" ({known})" : "")}.");
            if (signed.KeyName is null) terminal.Note("The workspace does not trust this key yet: slipway models keys add NAME --public-key FILE");
        });
        return command;
    }

    public static Command Verify(Terminal terminal)
    {
        var (name, version, json) = (Name(), Version(), ClientAction.Json());
        var key = new Option<string>("--public-key") { Description = "A file with the public key, in PEM. What the server trusts does not count.", HelpName = "FILE", Required = true };
        var folder = new Option<string?>("--files") { Description = "A folder with a copy of the model, whose files are compared instead of what the server says of its own.", HelpName = "DIR" };
        var command = new Command("verify", "Check on this machine that a key signed a version's files as they are.") { name, version, key, folder, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var (model, number) = (parsed.GetValue(name)!, parsed.GetValue(version)!);
            var read = ModelSigning.PublicKey(await Text(parsed.GetValue(key)!, ct));
            if (read.Problem is { } bad) throw new CommandFailure(ExitCode.Usage, $"--public-key: {bad.Message}");
            using var trusted = read.Value;
            var id = ModelSigning.KeyId(trusted);
            var kept = (await client.Models.SignaturesAsync(model, number, ct)).FirstOrDefault(one => one.KeyId == id)
                ?? throw new CommandFailure(ExitCode.Failed, $"Version {number} of '{model}' is not signed with the key {id}.");
            var signed = ModelSigning.Read(kept.Envelope);
            if (signed.Problem is { } malformed) throw new CommandFailure(ExitCode.Failed, malformed.Message);
            if (!ModelSigning.Verify(signed.Value, trusted)) throw new CommandFailure(ExitCode.Failed, $"The key {id} did not make this signature: the statement was changed after it was signed, or another key signed it.");
            var files = parsed.GetValue(folder) is { } copy ? await Hash(copy, ct) : (await client.Models.PackageAsync(model, number, ct)).Files ?? [];
            if (ModelSigning.Differs(signed.Value, files) is { } other) throw new CommandFailure(ExitCode.Failed, other.Message);
            if (parsed.GetValue(json)) terminal.Json(kept with { State = ModelSignature.Valid, Envelope = null }, CliJson.Default.ModelSignature);
            else terminal.Line($"{files.Length} files of version {number} of '{model}' are as the key {id} signed them.");
        });
        return command;
    }

    public static Command Keys(Terminal terminal) => new("keys", "List, add and remove the keys whose signatures the workspace trusts.") { ListKeys(terminal), AddKey(terminal), RemoveKey(terminal) };

    private static Command ListKeys(Terminal terminal)
    {
        var json = ClientAction.Json();
        var command = new Command("list", "List the keys that the workspace trusts.") { json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var keys = await client.Models.KeysAsync(ct);
            if (parsed.GetValue(json)) terminal.Json([.. keys], CliJson.Default.ListModelKey);
            else terminal.Table(["NAME", "KEY", "ADDED", "BY"], [.. keys.Select(static one => (string[])[one.Name, one.KeyId, Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(one.AddedMs)), one.AddedBy])]);
        });
        return command;
    }

    private static Command AddKey(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "What people call it." };
        var key = new Option<string>("--public-key") { Description = "A file with a public key on P-256, in PEM.", HelpName = "FILE", Required = true };
        var command = new Command("add", "Trust a key.") { name, key };
        command.SetClientAction(async (parsed, client, ct) => terminal.Line($"The workspace trusts the key {(await client.Models.AddKeyAsync(parsed.GetValue(name)!, await Text(parsed.GetValue(key)!, ct), ct)).KeyId} as '{parsed.GetValue(name)}'."));
        return command;
    }

    private static Command RemoveKey(Terminal terminal)
    {
        var which = new Argument<string>("key") { Description = "Its name, or its id." };
        var command = new Command("remove", "Trust a key no longer.") { which };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var said = parsed.GetValue(which)!;
            var key = (await client.Models.KeysAsync(ct)).FirstOrDefault(one => one.Name == said || one.KeyId == said) ?? throw new CommandFailure(ExitCode.NotFound, $"The workspace trusts no key '{said}'.");
            await client.Models.RemoveKeyAsync(key.KeyId, ct);
            terminal.Line($"The workspace trusts the key '{key.Name}' no longer.");
        });
        return command;
    }

    /// <summary>The scan of the newest versions, for a list: one request each.</summary>
    public static async Task<Dictionary<string, string>> Scans(SlipwayClient client, string name, IEnumerable<string> versions, CancellationToken ct)
    {
        const int Newest = 20;
        var packages = await Task.WhenAll(versions.Take(Newest).Select(async version => (version, Status: (await client.Models.PackageAsync(name, version, ct)).Scan?.Status ?? "")));
        return packages.ToDictionary(static one => one.version, static one => one.Status);
    }

    private static void Print(Terminal terminal, ModelPackage package)
    {
        var scan = package.Scan ?? new ModelScan { Status = ModelScan.NotScanned };
        terminal.Line($"{scan.Status}{(scan.Files is { } files ? $": {files} files, {scan.Bytes:N0} bytes, in {scan.Mechanism}" : "")}{(scan.Remark is { } remark ? $": {remark}" : "")}");
        if (scan.Findings is { Length: > 0 } findings)
            terminal.Table(["SEVERITY", "FILE", "AT", "WHAT"], [.. findings.Select(static one => (string[])[one.Severity, one.Inside is { } inside ? $"{one.File}!{inside}" : one.File, one.Offset?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "", one.What])]);
        if (scan.LeftOut is { } more) terminal.Line($"And {more:N0} more.");
        foreach (var model in package.Onnx ?? [])
        {
            terminal.Line($"{model.File}: {model.Error ?? $"{model.Producer} {model.ProducerVersion}, {string.Join(' ', (model.Opsets ?? []).Select(static set => $"{set.Domain} {set.Version}"))}, {model.Nodes} operators, {model.Weights:N0} weights"}");
            foreach (var (what, port) in (model.Inputs ?? []).Select(static one => ("in ", one)).Concat((model.Outputs ?? []).Select(static one => ("out", one)))) terminal.Line($"  {what} {port.Name}: {port.Type}{port.Shape}");
        }
        foreach (var signature in package.Signatures ?? []) terminal.Line($"signed: {signature.State}, {signature.KeyName ?? signature.KeyId}, by {signature.SignedBy}");
    }

    private static ECDsa PrivateKey(string file)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(file));
            // A public key reads just as well, and shows only when it is to sign.
            _ = key.ExportParameters(includePrivateParameters: true);
            return key;
        }
        catch (Exception bad) when (bad is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new CommandFailure(ExitCode.Usage, $"--key: {file} holds no private key of an elliptic curve in PEM without a password.", "Make one: openssl ecparam -name prime256v1 -genkey -noout -out key.pem");
        }
    }

    private static async Task<string> Text(string file, CancellationToken ct)
    {
        if (!File.Exists(file)) throw new CommandFailure(ExitCode.Usage, $"There is no file {file}.");
        if (new FileInfo(file).Length > 10_000) throw new CommandFailure(ExitCode.Usage, $"{file} is no key: it has more than 10,000 bytes.");
        return await File.ReadAllTextAsync(file, ct);
    }

    private static async Task<ModelFile[]> Hash(string folder, CancellationToken ct)
    {
        if (!Directory.Exists(folder)) throw new CommandFailure(ExitCode.Usage, $"There is no folder {folder}.");
        List<ModelFile> files = [];
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
            files.Add(new ModelFile(Path.GetRelativePath(folder, path).Replace('\\', '/'), content.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct))));
        }
        return [.. files];
    }
}
