using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Registry;
using Slipway.Tests.Cli;

namespace Slipway.Tests.Registry;

public sealed class ModelSigningOnSqlite(RegistryOnSqlite server) : ModelSigningTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class ModelSigningOnPostgres(RegistryOnPostgres server) : ModelSigningTests(server), IClassFixture<RegistryOnPostgres>;

public abstract class ModelSigningTests(RegistryServer server)
{
    private static readonly ModelFile[] Files = [new("b/weights.bin", 3, new string('a', 64)), new("MLmodel", 1, new string('b', 64))];

    private async Task<string> Registered(params (string Path, string Text)[] files)
    {
        var (name, run) = (await server.Model(), await server.Run());
        var root = (string)(await server.TheRun(run))["info"]!["artifact_uri"]!;
        foreach (var (path, text) in files) Assert.Equal(200, (int)(await server.Send("PUT", $"/api/2.0/mlflow-artifacts/artifacts/{root["mlflow-artifacts:/".Length..]}/model/{path}", text)).Status);
        await server.Version(name, $"runs:/{run}/model");
        return name;
    }

    private Task<Server.Answer> Sign(string name, string envelope) => server.Send("POST", $"/api/slipway/v1/models/{name}/versions/1/signatures", new JsonObject { ["envelope"] = envelope }.ToJsonString());

    private Task<Server.Answer> Trust(string name, string pem) => server.Send("POST", "/api/slipway/v1/model-keys", new JsonObject { ["name"] = name, ["public_key"] = pem }.ToJsonString());

    private async Task<ModelFile[]> Recorded(string name) =>
        [.. (await server.Send("GET", $"/api/slipway/v1/models/{name}/versions/1/package")).Json["files"]!.AsArray().Select(static file => new ModelFile((string)file!["path"]!, (long)file["size"]!, (string)file["sha256"]!))];

    [Fact]
    public async Task Signature_of_a_trusted_key_is_valid_until_it_is_trusted_no_longer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = await Registered(("MLmodel", "flavors: {a: {}}"), ("m.bin", "weights"));
        var trusted = await Trust("release", key.ExportSubjectPublicKeyInfoPem());
        Assert.Equal((200, ModelSigning.KeyId(key)), ((int)trusted.Status, (string)trusted.Json["key_id"]!));
        var signed = await Sign(name, ModelSigning.Sign(ModelSigning.Statement("flights", await Recorded(name)), key));
        Assert.True((int)signed.Status == 200, signed.Body);
        Assert.Equal(("valid", "release"), ((string)signed.Json["state"]!, (string)signed.Json["key_name"]!));
        async Task<JsonNode> Shown() => Assert.Single((await server.Send("GET", $"/api/slipway/v1/models/{name}/versions/1/package")).Json["signatures"]!.AsArray())!;
        Assert.Equal("valid", (string)(await Shown())["state"]!);
        Assert.Null((await Shown())["envelope"]);
        Assert.NotNull((await server.Send("GET", $"/api/slipway/v1/models/{name}/versions/1/signatures")).Json["signatures"]![0]!["envelope"]);
        Assert.Equal(400, (int)(await Trust("again", key.ExportSubjectPublicKeyInfoPem())).Status);
        Assert.Equal(200, (int)(await server.Send("DELETE", "/api/slipway/v1/model-keys/" + ModelSigning.KeyId(key))).Status);
        Assert.Equal(404, (int)(await server.Send("DELETE", "/api/slipway/v1/model-keys/" + ModelSigning.KeyId(key))).Status);
        Assert.Equal("unknown-key", (string)(await Shown())["state"]!);
    }

    [Fact]
    public async Task What_does_not_fit_is_refused_and_says_what()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = await Registered(("MLmodel", "flavors: {a: {}}"), ("m.bin", "weights"));
        var files = await Recorded(name);
        Assert.Equal(200, (int)(await Trust("of " + name, key.ExportSubjectPublicKeyInfoPem())).Status);
        var good = ModelSigning.Sign(ModelSigning.Statement("m", files), key);
        async Task Refused(string envelope, string says)
        {
            var answer = await Sign(name, envelope);
            Assert.Equal((400, "INVALID_PARAMETER_VALUE"), ((int)answer.Status, answer.ErrorCode));
            Assert.Contains(says, answer.Message, StringComparison.Ordinal);
        }
        await Refused(ModelSigning.Sign(ModelSigning.Statement("m", files[..1]), key), "does not cover 'm.bin'");
        await Refused(ModelSigning.Sign(ModelSigning.Statement("m", [.. files, new ModelFile("more", 1, new string('c', 64))]), key), "covers 'more'");
        await Refused(ModelSigning.Sign(ModelSigning.Statement("m", [files[0], files[1] with { Sha256 = new string('c', 64) }]), key), "is for another 'm.bin'");
        // Another key's signature under the trusted key's name, and a statement that was changed after it was signed
        await Refused(ModelSigning.Sign(ModelSigning.Statement("m", files), other).Replace(ModelSigning.KeyId(other), ModelSigning.KeyId(key)), "did not make this signature");
        var changed = JsonNode.Parse(good)!;
        changed["payload"] = Convert.ToBase64String(ModelSigning.Statement("n", files));
        await Refused(changed.ToJsonString(), "did not make this signature");
        await Refused("", "envelope");
        foreach (var (text, says) in new[] { ("{}", "'payloadType'"), ("hello", "not what was expected"), ("[]", "'payloadType'"), (good.Replace("in-toto", "other"), "'payloadType'"), (good.Replace("\"sig\"", "\"gis\""), "'sig'") }) await Refused(text, says);
        var unknown = await Sign(name, ModelSigning.Sign(ModelSigning.Statement("m", files), other));
        Assert.Equal("unknown-key", (string)unknown.Json["state"]!);
        await server.Version(name, "s3://elsewhere/model");
        Assert.Equal(400, (int)(await server.Send("POST", $"/api/slipway/v1/models/{name}/versions/2/signatures", new JsonObject { ["envelope"] = good }.ToJsonString())).Status);
    }

    [Fact]
    public async Task Only_public_keys_of_the_curve_are_trusted()
    {
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        foreach (var (pem, says) in new[] { ("", "public_key"), ("hello", "Expected a public key"), (p256.ExportPkcs8PrivateKeyPem(), "private key"), (p384.ExportSubjectPublicKeyInfoPem(), "P-256"), (rsa.ExportSubjectPublicKeyInfoPem(), "P-256"), (new string('x', 20_000), "Expected") })
        {
            var answer = await Trust("k", pem);
            Assert.Equal(400, (int)answer.Status);
            Assert.Contains(says, answer.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Statement_is_that_of_the_field_and_its_root_that_of_the_digests_by_name()
    {
        var statement = JsonNode.Parse(ModelSigning.Statement("m", Files))!;
        Assert.Equal(["MLmodel", "b/weights.bin"], statement["predicate"]!["resources"]!.AsArray().Select(static one => (string)one!["name"]!));
        var root = SHA256.HashData([.. Convert.FromHexString(new string('b', 64)), .. Convert.FromHexString(new string('a', 64))]);
        Assert.Equal(Convert.ToHexStringLower(root), (string)statement["subject"]![0]!["digest"]!["sha256"]!);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var read = ModelSigning.Read(ModelSigning.Sign(ModelSigning.Statement("m", Files), key)).Value;
        Assert.True(ModelSigning.Verify(read, key));
        Assert.Null(ModelSigning.Differs(read, Files));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.False(ModelSigning.Verify(read, other));
        Assert.False(ModelSigning.Verify(read with { Signature = [1, 2, 3] }, key));
    }

    [Fact]
    public void No_envelope_makes_the_reader_fail()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var good = ModelSigning.Sign(ModelSigning.Statement("m", Files), key);
        var random = new Random(3);
        for (var i = 0; i < 5_000; i++)
        {
            var text = good.ToCharArray();
            for (var change = random.Next(1, 5); change > 0; change--) text[random.Next(text.Length)] = (char)random.Next(32, 127);
            if (ModelSigning.Read(new string(text)) is { Succeeded: true, Value: var read }) ModelSigning.Verify(read, key);
        }
        Assert.NotNull(ModelSigning.Read(new string('[', 100_000)).Problem);
        Assert.NotNull(ModelSigning.Read(new string('x', ModelSigning.EnvelopeCharsMax + 1)).Problem);
    }

    [Fact]
    public async Task Command_line_signs_trusts_and_verifies()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-sign-").FullName;
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var (own, open, wrong, copy) = (Path.Combine(folder, "key.pem"), Path.Combine(folder, "public.pem"), Path.Combine(folder, "other.pem"), Path.Combine(folder, "copy"));
            File.WriteAllText(own, key.ExportECPrivateKeyPem());
            File.WriteAllText(open, key.ExportSubjectPublicKeyInfoPem());
            File.WriteAllText(wrong, other.ExportSubjectPublicKeyInfoPem());
            Directory.CreateDirectory(copy);
            File.WriteAllText(Path.Combine(copy, "m.bin"), "weights");
            var name = await Registered(("m.bin", "weights"));
            Task<Said> Run(params string[] args) => Shell.Run(["models", .. args, "--url", server.Server.Http.BaseAddress!.AbsoluteUri]);
            async Task Ok(string says, params string[] args)
            {
                var said = await Run(args);
                Assert.True(said.Code == ExitCode.Ok, said.Error);
                Assert.Contains(says, said.Output, StringComparison.Ordinal);
            }
            await Ok("Signed 1 files", "sign", name, "1", "--key", own);
            await Ok("as 'of the team'", "keys", "add", "of the team", "--public-key", open);
            await Ok("of the team", "keys", "list");
            await Ok("as the key", "verify", name, "1", "--public-key", open);
            await Ok("as the key", "verify", name, "1", "--public-key", open, "--files", copy);
            await Ok("signed: valid, of the team", "inspect", name, "1", "--again");
            await Ok("clean", "show", name);
            Assert.Contains("is not signed with", (await Run("verify", name, "1", "--public-key", wrong)).Error, StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(copy, "m.bin"), "others");
            Assert.Contains("is for another 'm.bin'", (await Run("verify", name, "1", "--public-key", open, "--files", copy)).Error, StringComparison.Ordinal);
            Assert.Equal(ExitCode.Usage, (await Run("sign", name, "1", "--key", open)).Code);
            await Ok("no longer", "keys", "remove", "of the team");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
