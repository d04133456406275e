using System.Net;
using System.Security.Cryptography;
using Slipway.Access;
using Slipway.Server;
using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

public sealed class SecretsOnSqlite() : SecretsTests(Dialect.Sqlite);

public sealed class SecretsOnPostgres() : SecretsTests(Dialect.Postgres);

/// <summary>Secrets by name: set, listed without what they say, sealed in the database, sealed anew by command.</summary>
public abstract class SecretsTests(Dialect dialect)
{
    private const string Api = "/api/slipway/v1/secrets";

    [Fact]
    public async Task A_secret_is_set_replaced_listed_by_name_and_deleted_but_never_shown()
    {
        var (server, parts) = await Start();
        await using var running = server;
        Assert.Equal(HttpStatusCode.OK, (await Put(server, "webhook.key", "hunter2")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Put(server, "webhook.key", "hunter3")).Status);
        Assert.Equal("hunter3", (await parts.Access.Secrets.Read(0, "webhook.key", default)).Value);
        var listed = await server.Get(Api);
        Assert.Equal("webhook.key", (string?)Assert.Single(listed.Json["secrets"]!.AsArray())!["name"]);
        Assert.DoesNotContain("hunter", listed.Body);
        Assert.Equal(404, (await parts.Access.Secrets.Read(1, "webhook.key", default)).Problem?.Status);
        Assert.DoesNotContain("hunter", string.Join(' ', (await parts.Events.Of(Caller.Local(), "secret/webhook.key", default)).Select(static e => e.Kind + e.Data)));
        Assert.Equal(HttpStatusCode.OK, (await server.Send(new HttpRequestMessage(HttpMethod.Delete, Api + "/webhook.key"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Send(new HttpRequestMessage(HttpMethod.Delete, Api + "/webhook.key"))).Status);
        Assert.Empty((await server.Get(Api)).Json["secrets"]!.AsArray());
    }

    [Fact]
    public async Task Names_and_values_out_of_bounds_are_refused()
    {
        var (server, _) = await Start();
        await using var running = server;
        Assert.Equal(HttpStatusCode.BadRequest, (await Put(server, "no%20space", "v")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Put(server, new string('n', SetSecret.NameCharsMax + 1), "v")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await Put(server, "empty", "")).Status);
        var refused = await Put(server, "long", new string('v', SetSecret.ValueCharsMax + 1));
        Assert.Contains(SetSecret.ValueCharsMax.ToString(), refused.Message);
        Assert.DoesNotContain("vvv", refused.Body);
    }

    [Fact]
    public async Task The_database_holds_it_sealed_and_for_its_own_row_only()
    {
        var (server, parts) = await Start();
        await using var running = server;
        await Put(server, "a", "hunter2");
        await Put(server, "b", "other");
        var values = await parts.Database.Read(static session => session.Query("SELECT value FROM secrets", static row => row.Bytes(0)), default);
        Assert.All(values, static value => Assert.Equal(-1, value.AsSpan().IndexOf("hunter2"u8)));
        // Who can write to the database cannot make one name say what another says.
        await parts.Database.Write<int>(static session => session.Execute("UPDATE secrets SET value = (SELECT s.value FROM secrets s WHERE s.name = 'a') WHERE name = 'b'"), default);
        Assert.Equal(ErrorCode.DATA_LOSS, (await parts.Access.Secrets.Read(0, "b", default)).Problem?.Code);
    }

    [Fact]
    public async Task Rotation_seals_everything_anew_and_the_old_key_may_go()
    {
        var (server, parts) = await Start();
        await using var running = server;
        await Put(server, "a", "hunter2");
        var key = (await parts.Access.DataKeys.Of(0, default)).Value;
        var rotated = await server.Post(Api + "/rotate", "{}");
        Assert.Equal((1, 1), ((int?)rotated.Json["secrets"], (int?)rotated.Json["data_keys"]));
        var id = (string)rotated.Json["key_id"]!;
        Assert.Equal([id, id], await parts.Database.Read(static session => session.Query("SELECT key_id FROM secrets UNION ALL SELECT key_id FROM data_keys", static row => row.Text(0)), default));

        var file = Path.Combine(server.Data, SecretKeys.FileName);
        var lines = File.ReadAllLines(file);
        Assert.Equal(3, lines.Length);
        File.WriteAllLines(file, lines[..2]);
        var reopened = new SecretBox(SecretKeys.Open(server.Data, null, []).Value);
        Assert.Equal("hunter2", (await new NamedSecrets(parts.Database, parts.Events, parts.Clock, reopened).Read(0, "a", default)).Value);
        Assert.Equal(key.Bytes, (await new DataKeys(parts.Database, reopened, parts.Clock).Of(0, default)).Value.Bytes);

        // Without the new key nothing opens, and the answer says what is missing.
        File.WriteAllLines(file, [lines[2]]);
        var without = await new NamedSecrets(parts.Database, parts.Events, parts.Clock, new SecretBox(SecretKeys.Open(server.Data, null, []).Value)).Read(0, "a", default);
        Assert.Contains(id, without.Problem?.Message);
    }

    [Fact]
    public async Task Two_servers_that_make_a_workspaces_key_at_once_use_one()
    {
        var (server, parts) = await Start();
        await using var running = server;
        var keys = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            (await new DataKeys(parts.Database, new SecretBox(SecretKeys.Open(server.Data, null, []).Value), parts.Clock).Of(0, default)).Value)));
        Assert.All(keys, key => Assert.Equal((keys[0].Id, Convert.ToHexString(keys[0].Bytes)), (key.Id, Convert.ToHexString(key.Bytes))));
    }

    private async Task<(TestServer Server, Parts Parts)> Start()
    {
        Parts? parts = null;
        var server = await TestServer.Start(dialect, compose: p => parts = p);
        return (server, parts!);
    }

    private static Task<Answer> Put(TestServer server, string name, string value) =>
        server.Send(new HttpRequestMessage(HttpMethod.Put, $"{Api}/{name}") { Content = new StringContent($$"""{"value":"{{value}}"}""", System.Text.Encoding.UTF8, "application/json") });
}

/// <summary>The installation's keys, without a database.</summary>
public sealed class SecretKeysTests : IDisposable
{
    private static readonly string One = Convert.ToBase64String(new byte[32]);

    private readonly string folder = Directory.CreateTempSubdirectory("slipway-keys-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_first_start_makes_a_key_that_only_its_owner_reads()
    {
        var made = SecretKeys.Open(folder, null, []).Value;
        Assert.Equal(made.Current.Id, SecretKeys.Open(folder, null, []).Value.Current.Id);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, SecretKeys.FileName)));
    }

    [Fact]
    public void Keys_that_are_wrong_are_refused_without_being_repeated()
    {
        Assert.Contains("openssl rand", SecretKeys.Open(folder, Path.Combine(folder, "missing"), []).Problem?.Message);
        Assert.Contains("Set one of them", SecretKeys.Open(folder, Path.Combine(folder, "missing"), [One]).Problem?.Message);
        foreach (var wrong in new[] { "abc", One[..^4], One + "AAAA", new string('!', 44), new string('A', 10_000) })
        {
            var refused = SecretKeys.Open(folder, null, [One, wrong]).Problem;
            Assert.StartsWith("secrets.key: key 2 is not 32 bytes", refused?.Message);
            Assert.DoesNotContain(wrong, refused?.Message);
        }
        File.WriteAllText(Path.Combine(folder, "empty"), "# nothing\n");
        Assert.Contains("holds no key", SecretKeys.Open(folder, Path.Combine(folder, "empty"), []).Problem?.Message);
    }

    [Fact]
    public void Any_flipped_bit_another_purpose_and_another_key_do_not_open()
    {
        var box = new SecretBox(SecretKeys.Open(folder, null, []).Value);
        var boxed = box.Seal("secret/0/a", "hunter2"u8);
        Assert.Equal("hunter2"u8.ToArray(), box.Open("secret/0/a", boxed).Value);
        Assert.NotEqual(boxed.Value, box.Seal("secret/0/a", "hunter2"u8).Value);
        Assert.NotNull(box.Open("secret/1/a", boxed).Problem);
        for (var bit = 0; bit < boxed.Value.Length * 8; bit++)
        {
            var bad = boxed.Value.ToArray();
            bad[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotNull(box.Open("secret/0/a", boxed with { Value = bad }).Problem);
        }
        Assert.NotNull(box.Open("secret/0/a", boxed with { Value = [] }).Problem);
        Assert.Contains("is not among", new SecretBox(SecretKeys.Open(folder, null, [One]).Value).Open("secret/0/a", boxed).Problem?.Message);
    }

    [Fact]
    public void A_key_that_another_server_added_is_found_in_the_file()
    {
        var (one, other) = (new SecretBox(SecretKeys.Open(folder, null, []).Value), new SecretBox(SecretKeys.Open(folder, null, []).Value));
        one.Keys.Add();
        Assert.Equal("x"u8.ToArray(), other.Open("p", one.Seal("p", "x"u8)).Value);
    }

    [Fact]
    public void Options_do_not_print_keys() => Assert.DoesNotContain(One, new ServerOptions { Secrets = new SecretOptions { Keys = [One] } }.ToString());

    [Fact]
    public void A_key_id_tells_nothing_about_the_key() =>
        Assert.DoesNotContain(SecretKeys.Open(folder, null, [One]).Value.Current.Id, Convert.ToHexStringLower(SHA256.HashData(new byte[32])));
}
