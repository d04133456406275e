using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Registry;

namespace Slipway.Tests.Registry;

public sealed class EvidenceOnSqlite(ClockedRegistryOnSqlite server) : EvidenceTests(server), IClassFixture<ClockedRegistryOnSqlite>;

public sealed class EvidenceOnPostgres(ClockedRegistryOnPostgres server) : EvidenceTests(server), IClassFixture<ClockedRegistryOnPostgres>;

/// <summary>The signed pack: whole as it comes, and every kind of tampering named, without the server.</summary>
public abstract class EvidenceTests(RegistryServer server)
{
    private const string Own = "/api/slipway/v1/models/";

    private async Task<(byte[] Pack, string Key, string Fingerprint)> Pack(string? name = null)
    {
        name ??= await Registered();
        await Sealed(name);
        var answer = await server.Server.Http.GetAsync($"{Own}{name}/versions/1/evidence");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.Equal("application/zip", answer.Content.Headers.ContentType!.MediaType);
        var key = (await server.Send("GET", "/api/slipway/v1/audit/key")).Json;
        return (await answer.Content.ReadAsByteArrayAsync(), (string)key["public_key"]!, (string)key["fingerprint"]!);
    }

    private async Task<string> Registered()
    {
        var (name, run) = (await server.Model(), await server.Run());
        await server.Ok("/runs/log-batch", $$"""{"run_id":"{{run}}","params":[{"key":"depth","value":"6"}],"metrics":[{"key":"rmse","value":"NaN","timestamp":5,"step":2}],"tags":[{"key":"t","value":"1"}]}""");
        var root = (string)(await server.TheRun(run))["info"]!["artifact_uri"]!;
        foreach (var (path, text) in ((string, string)[])[("model/model.bin", "weights"), ("model/requirements.txt", "numpy==2.1.0\nscikit_Learn >= 1\n-e .\n# no\nhttps://x/y.whl\npandas[io]==2.2.3 ; python_version > '3'\nnumpy==1")])
            Assert.Equal(200, (int)(await server.Send("PUT", "/api/2.0/mlflow-artifacts/artifacts/" + root["mlflow-artifacts:/".Length..] + "/" + path, text)).Status);
        await server.Version(name, $"runs:/{run}/model", $$""","run_id":"{{run}}" """);
        await server.Send("PATCH", $"{Own}{name}/profile", """{"owner":"ada","license":"apache-2.0","intended_use":"Planning","limitations":"Three airports"}""");
        await server.Ok("/registered-models/alias", $$"""{"name":"{{name}}","alias":"champion","version":"1"}""");
        return name;
    }

    // The sealer comes by once a second: the clock is turned until it did.
    private async Task Sealed(string name)
    {
        for (var tries = 0; tries < 1_000; tries++)
        {
            server.Clock.Advance(TimeSpan.FromSeconds(1));
            using var zip = new ZipArchive(await server.Server.Http.GetStreamAsync($"{Own}{name}/versions/1/evidence"), ZipArchiveMode.Read);
            using var manifest = zip.GetEntry("manifest.json")!.Open();
            if ((int)(await JsonNode.ParseAsync(manifest))!["unsealed"]! == 0) return;
        }
        Assert.Fail("The events were not sealed.");
    }

    private static EvidenceReport Check(byte[] pack, string? key, string? fingerprint = null) => EvidenceCheck.Check(new MemoryStream(pack), key, fingerprint);

    private static byte[] Change(byte[] pack, Action<ZipArchive> change)
    {
        var copy = new MemoryStream();
        copy.Write(pack);
        using (var zip = new ZipArchive(copy, ZipArchiveMode.Update, leaveOpen: true)) change(zip);
        return copy.ToArray();
    }

    private static byte[] Read(ZipArchive zip, string path)
    {
        using var stream = zip.GetEntry(path)!.Open();
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return buffer.ToArray();
    }

    private static void Put(ZipArchive zip, string path, byte[] content)
    {
        zip.GetEntry(path)?.Delete();
        using var stream = zip.CreateEntry(path).Open();
        stream.Write(content);
    }

    /// <summary>What somebody could do who has a key of his own: changes a part and signs all of it anew.</summary>
    private static byte[] Forge(byte[] pack, string part, Func<string, string> change, ECDsa key) => Change(pack, zip =>
    {
        var content = Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(Read(zip, part))));
        Put(zip, part, content);
        var manifest = JsonNode.Parse(Read(zip, "manifest.json"))!;
        var entry = manifest["parts"]!.AsArray().Single(one => (string)one!["path"]! == part)!;
        (entry["size"], entry["sha256"], manifest["public_key"]) = (content.Length, Convert.ToHexStringLower(SHA256.HashData(content)), key.ExportSubjectPublicKeyInfoPem());
        var bytes = Encoding.UTF8.GetBytes(manifest.ToJsonString());
        Put(zip, "manifest.json", bytes);
        Put(zip, "manifest.sig", key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    });

    [Fact]
    public async Task Pack_is_sound_as_it_comes_and_holds_what_speaks_for_the_version()
    {
        var (pack, key, fingerprint) = await Pack();
        foreach (var report in (EvidenceReport[])[Check(pack, key), Check(pack, null, fingerprint), Check(pack, key, fingerprint.ToUpperInvariant())])
        {
            Assert.True(report.Sound, string.Join('\n', report.Findings));
            Assert.Empty(report.Remarks);
            Assert.True(report is { Events: >= 4, Seals: >= 1, Version: "1" } && report.Anchored == report.Seals && report.Fingerprint == fingerprint);
        }
        using var zip = new ZipArchive(new MemoryStream(pack));
        Assert.Equal(["README.txt", "version.json", "profile.json", "card.json", "card.md", "files.json", "bom.json", "run.json", "gates.json", "waivers.json", "approvals.json", "evaluations.json", "audit/events.jsonl", "audit/seals.jsonl", "manifest.json", "manifest.sig"], zip.Entries.Select(static entry => entry.FullName));
        var run = JsonNode.Parse(Read(zip, "run.json"))!;
        Assert.Equal(("6", "NaN", "claimed"), ((string)run["params"]![0]!["value"]!, (string)run["metrics"]![0]!["value"]!, (string)run["metrics"]![0]!["origin"]!));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("weights"u8)), (string)JsonNode.Parse(Read(zip, "files.json"))![0]!["sha256"]!);
        var kinds = Encoding.UTF8.GetString(Read(zip, "audit/events.jsonl")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (string)JsonNode.Parse(line)!["kind"]!).ToList();
        foreach (var kind in (string[])["registered_model.created", "model_version.created", "registered_model.described", "model_alias.set"]) Assert.Contains(kind, kinds);
        Assert.DoesNotContain("127.0.0.1", Encoding.UTF8.GetString(Read(zip, "audit/events.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gates_waivers_and_the_origin_stand_in_the_pack_and_on_its_card()
    {
        var name = await Registered();
        var policy = await server.Policy(name, "checks:\n- {check: tags, required: [ticket]}\n- {check: tags, id: audit, required: [audited]}\n", ""","stage":"Production" """);
        await server.Tag(name, "1", "ticket", "T|1");
        await server.Own200("POST", $"/models/{name}/versions/1/waivers", $$"""{"policy":"{{policy}}","check":"audit","reason":"The auditor | is <ill>."}""");
        await server.Ok("/model-versions/transition-stage", $$"""{"name":"{{name}}","version":"1","stage":"Production"}""");
        var (pack, key, _) = await Pack(name);
        Assert.True(Check(pack, key).Sound);
        using var zip = new ZipArchive(new MemoryStream(pack));
        var said = JsonNode.Parse(Read(zip, "gates.json"))!["evaluations"]!.AsArray().Single(one => (string)one!["purpose"]! == "transition")!;
        Assert.Equal(["tags-1 passed", "audit waived"], GatesServer.Statuses(said));
        Assert.Equal("T|1", (string)said["checks"]![0]!["evidence"]![0]!["value"]!);
        Assert.Equal("The auditor | is <ill>.", (string)JsonNode.Parse(Read(zip, "waivers.json"))![0]!["reason"]!);
        // Each check is one row of the card's table, whatever people wrote.
        var rows = Encoding.UTF8.GetString(Read(zip, "card.md")).Split('\n').SkipWhile(static line => line != "## Gates").Skip(1).SkipWhile(static line => line.Length == 0).TakeWhile(static line => line.StartsWith('|')).ToList();
        Assert.Equal(4, rows.Count);
        Assert.Contains("waived", rows[3], StringComparison.Ordinal);
        Assert.Contains("The auditor \\| is &lt;ill&gt;.", rows[3], StringComparison.Ordinal);
        Assert.Null(zip.GetEntry("origin.json"));
    }

    [Fact]
    public async Task Any_flipped_byte_of_any_part_is_found_and_named()
    {
        var (pack, key, _) = await Pack();
        using var zip = new ZipArchive(new MemoryStream(pack));
        var random = new Random(5);
        foreach (var path in zip.Entries.Select(static entry => entry.FullName))
            for (var i = 0; i < 3; i++)
            {
                var content = Read(zip, path);
                content[random.Next(content.Length)] ^= (byte)(1 << random.Next(8));
                var report = Check(Change(pack, changed => Put(changed, path, content)), key);
                Assert.False(report.Sound, path);
                if (path is not ("manifest.json" or "manifest.sig")) Assert.Contains(report.Findings, finding => finding.Contains($"'{path}' was changed", StringComparison.Ordinal));
            }
    }

    [Fact]
    public async Task Any_byte_of_the_file_may_be_anything_and_no_check_fails_to_answer()
    {
        var (pack, key, _) = await Pack();
        var random = new Random(6);
        for (var i = 0; i < 150; i++)
        {
            var copy = (byte[])pack.Clone();
            for (var n = random.Next(1, 4); n > 0; n--) copy[random.Next(copy.Length)] = (byte)random.Next(256);
            Check(copy, key);
            Check(copy[..random.Next(copy.Length)], key);
        }
        foreach (var text in (string[])["", "PK", "no zip"]) Assert.False(Check(Encoding.ASCII.GetBytes(text), key).Sound);
    }

    [Fact]
    public async Task Removed_and_added_parts_are_named()
    {
        var (pack, key, _) = await Pack();
        Assert.Contains("'run.json' is missing.", Check(Change(pack, static zip => zip.GetEntry("run.json")!.Delete()), key).Findings);
        Assert.Contains("'manifest.sig' is missing.", Check(Change(pack, static zip => zip.GetEntry("manifest.sig")!.Delete()), key).Findings);
        Assert.Contains(Check(Change(pack, static zip => Put(zip, "extra.json", "{}"u8.ToArray())), key).Findings, static finding => finding.StartsWith("'extra.json' was added", StringComparison.Ordinal));
        Assert.Contains(Check(Change(pack, static zip => zip.CreateEntry("run.json")), key).Findings, static finding => finding.Contains("is in the zip 2 times", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Foreign_key_is_named_whatever_the_pack_says_of_itself()
    {
        var (pack, key, fingerprint) = await Pack();
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var forged = Forge(pack, "run.json", static text => text.Replace("\"6\"", "\"7\"", StringComparison.Ordinal), foreign);
        foreach (var report in (EvidenceReport[])[Check(forged, key), Check(forged, null, fingerprint), Check(pack, foreign.ExportSubjectPublicKeyInfoPem()), Check(pack, null, new string('0', 64))])
            Assert.Contains(report.Findings, static finding => finding.Contains("foreign key", StringComparison.Ordinal));
        Assert.Contains("no PEM", Check(pack, "-----BEGIN").Findings[0], StringComparison.Ordinal);
        // Who trusts that key all the same learns that the chain's heads are another's.
        Assert.Contains(Check(forged, foreign.ExportSubjectPublicKeyInfoPem()).Findings, static finding => finding.Contains("is not signed by the trusted key", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Event_seal_or_head_that_does_not_fit_the_chain_is_named_even_when_the_manifest_is_signed()
    {
        var (pack, _, _) = await Pack();
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        EvidenceReport Forged(string part, Func<JsonObject, JsonObject?> change) => Check(Forge(pack, part, text =>
            string.Concat(text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select((line, i) => (i == 0 ? change((JsonObject)JsonNode.Parse(line)!)?.ToJsonString() : line) is { } kept ? kept + "\n" : "")), foreign), foreign.ExportSubjectPublicKeyInfoPem());
        JsonObject With(JsonObject line, string field, JsonNode? value)
        {
            line[field] = value;
            return line;
        }
        void Says(EvidenceReport report, string says) => Assert.Contains(report.Findings, finding => finding.Contains(says, StringComparison.Ordinal));
        Says(Forged("audit/events.jsonl", line => With(line, "actor", "mallory")), "is not the one that was sealed");
        Says(Forged("audit/events.jsonl", line => With(line, "data", "{}")), "is not the one that was sealed");
        Says(Forged("audit/events.jsonl", line => With(line, "at_ms", 1)), "is not the one that was sealed");
        Says(Forged("audit/events.jsonl", line => With(line, "actor_commitment", Convert.ToBase64String(new byte[32]))), "is not the one that was sealed");
        Says(Forged("audit/events.jsonl", line => With(line, "position", 999_999_999)), "No seal of the pack covers");
        Says(Forged("audit/seals.jsonl", line => With(line, "at_ms", 1)), "does not fit its content");
        // No number of leaves is a byte long, whatever the sealer found to seal at once.
        Says(Forged("audit/seals.jsonl", line => With(line, "leaves", Convert.ToBase64String(new byte[1]))), "Seal ");
        Says(Forged("audit/seals.jsonl", line => With(line, "no", 999_999_999)), "does not fit its content");
        Says(Forged("audit/seals.jsonl", line =>
        {
            line["head"]!["hash"] = new string('0', 64);
            return line;
        }), "is that of another seal");
        Says(Forged("audit/seals.jsonl", static _ => null), "No seal of the pack covers");
        Says(Forged("audit/events.jsonl", static line => new JsonObject { ["position"] = "x" }), "'audit/events.jsonl' line 1");
    }

    [Fact]
    public async Task Bill_of_materials_names_model_files_data_and_packages()
    {
        var name = await Registered();
        var answer = await server.Send("GET", $"{Own}{name}/versions/1/bom");
        var bom = answer.Json;
        Assert.Equal(("CycloneDX", "1.6", 1, "machine-learning-model"), ((string?)bom["bomFormat"], (string?)bom["specVersion"], (int)bom["version"]!, (string?)bom["metadata"]!["component"]!["type"]));
        Assert.Matches("^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", (string)bom["serialNumber"]!);
        Assert.Equal("apache-2.0", (string?)bom["metadata"]!["component"]!["licenses"]![0]!["license"]!["name"]);
        Assert.Equal("Three airports", (string?)bom["metadata"]!["component"]!["modelCard"]!["considerations"]!["technicalLimitations"]![0]);
        var metric = bom["metadata"]!["component"]!["modelCard"]!["quantitativeAnalysis"]!["performanceMetrics"]![0]!;
        Assert.Equal(("rmse", "NaN", "claimed"), ((string?)metric["type"], (string?)metric["value"], (string?)metric["slice"]));
        Assert.Equal(["file model.bin", "file requirements.txt", "library numpy", "library scikit_Learn", "library pandas"], bom["components"]!.AsArray().Select(one => $"{one!["type"]} {one["name"]}"));
        Assert.Equal(["pkg:pypi/numpy@2.1.0", "pkg:pypi/scikit-learn", "pkg:pypi/pandas@2.2.3"], bom["components"]!.AsArray().Where(one => one!["purl"] is not null).Select(one => (string?)one!["purl"]));
        var refs = bom["components"]!.AsArray().Select(one => (string)one!["bom-ref"]!).ToList();
        Assert.Equal(refs.Count, refs.Distinct().Count());
        Assert.Equal(refs, bom["dependencies"]![0]!["dependsOn"]!.AsArray().Select(one => (string)one!));
        Assert.Empty(CycloneDxCheck.Of(Encoding.UTF8.GetBytes(answer.Body)));
        Assert.Equal((string?)bom["serialNumber"], (string?)(await server.Send("GET", $"{Own}{name}/versions/1/bom")).Json["serialNumber"]);
    }

    [Fact]
    public async Task What_is_not_there_has_no_evidence()
    {
        foreach (var what in (string[])["evidence", "bom", "card/html"])
        {
            Assert.Equal(404, (int)(await server.Send("GET", $"{Own}nobody/versions/1/{what}")).Status);
            Assert.Equal(400, (int)(await server.Send("GET", $"{Own}nobody/versions/x/{what}")).Status);
        }
    }

    [Fact]
    public void Requirements_of_any_kind_are_read_without_harm()
    {
        var random = new Random(8);
        string[] parts = ["numpy", "==", ">=", "1.0", " ", "\n", "#", ";", "[", "]", "@", "-r x", "\0", "é", "===", "!", ":", "/", "=", "a_b.C"];
        for (var i = 0; i < 20_000; i++)
            foreach (var (name, version) in ModelBom.Packages(string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => parts[random.Next(parts.Length)])))) Assert.Matches("^[A-Za-z0-9][A-Za-z0-9._-]*$", name);
        Assert.Equal(ModelBom.PackagesMax, ModelBom.Packages(string.Join('\n', Enumerable.Range(0, ModelBom.PackagesMax + 5).Select(static i => $"p{i}==1"))).Count);
    }
}
