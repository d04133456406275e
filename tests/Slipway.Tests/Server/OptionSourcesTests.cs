using System.Collections;
using Microsoft.Extensions.Logging;
using Slipway.Server;

namespace Slipway.Tests.Server;

public sealed class OptionSourcesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Outcome<ServerOptions> Read(string? file = null, Hashtable? environment = null, Dictionary<string, string>? flags = null)
    {
        if (file is not null) File.WriteAllText(Path.Combine(folder, OptionSources.FileName), file);
        flags ??= [];
        flags.TryAdd("data", folder);
        return OptionSources.Read(flags, null, environment ?? []);
    }

    [Fact]
    public void Flags_win_over_the_environment_and_that_over_the_file()
    {
        var options = Read(
            """{ "urls": ["http://127.0.0.1:1", "http://localhost:2"], "limits": { "concurrentRequests": 7, "requestsPerSecondPerAddress": 8 }, /* why */ "log": { "format": "json", "level": "Debug" }, }""",
            new Hashtable { ["SLIPWAY__LIMITS__CONCURRENTREQUESTS"] = "9", ["SLIPWAY__LOG__FORMAT"] = "text", ["SLIPWAY_OTHER"] = "x" },
            new() { ["limits.concurrentRequests"] = "10" }).Value;
        Assert.Equal(["http://127.0.0.1:1", "http://localhost:2"], options.Urls);
        Assert.Equal((10, 8, "text", LogLevel.Debug), (options.Limits.ConcurrentRequests, options.Limits.RequestsPerSecondPerAddress, options.Log.Format, options.Log.Level));
    }

    [Fact]
    public void Every_wrong_and_unknown_key_is_said_at_once()
    {
        var problem = Read("""{ "urls": ["ftp://x"], "limit": { "requestBytes": 5 }, "drainSeconds": -1 }""",
            new Hashtable { ["SLIPWAY__LOG__LEVEL"] = "loud", ["SLIPWAY__S3__SECRETKEY"] = "" },
            new() { ["database"] = "mysql:Password=hunter2", ["tracking.truncateLongValues"] = "yes" }).Problem!;
        Assert.StartsWith("The configuration has 7 faults:", problem.Message);
        Assert.Contains("urls: got 'ftp://x' (from " + folder, problem.Message);
        Assert.Contains("limit.requestBytes: no such key", problem.Message);
        Assert.Contains("'limits.requestBytes' perhaps", problem.Message);
        Assert.Contains("drainSeconds: got '-1'", problem.Message);
        Assert.Contains("log.level: got 'loud' (from SLIPWAY__LOG__LEVEL), expected trace, debug", problem.Message);
        Assert.Contains("s3.secretKey: got a value that is not shown", problem.Message);
        Assert.Contains("database: got 'mysql:...' (from --database), expected sqlite:PATH or postgres:CONNECTION", problem.Message);
        Assert.Contains("tracking.truncateLongValues: got 'yes' (from --tracking-truncate-long-values), expected true or false", problem.Message);
        Assert.DoesNotContain("hunter2", problem.Message);
    }

    [Fact]
    public void Listening_where_others_can_reach_must_be_asked_for()
    {
        var urls = new Dictionary<string, string> { ["urls"] = "http://127.0.0.1:5000,http://0.0.0.0:5000" };
        Assert.Contains("allowRemoteWithoutAuthentication", Read(flags: urls).Problem!.Message);
        Assert.Equal(2, Read("""{ "allowRemoteWithoutAuthentication": true }""", flags: urls).Value.Urls.Count);
    }

    [Fact]
    public void The_audits_keys_are_read()
    {
        var audit = Read("""{ "audit": { "anchorFile": "/mnt/heads.jsonl", "anchorUrl": "https://audit.example.com/heads", "retentionDays": ["attempt.refused=90", "member=30"] } }""").Value.Audit;
        Assert.Equal(("/mnt/heads.jsonl", "https://audit.example.com/heads"), (audit.AnchorFile, audit.AnchorUrl!.AbsoluteUri));
        Assert.Equal([("attempt.refused", 90), ("member", 30)], audit.RetentionDays.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value)));
    }

    [Theory]
    [InlineData("""{ "audit": { "retentionDays": ["attempt.refused"] } }""", "attempt.refused=90")]
    [InlineData("""{ "audit": { "retentionDays": ["member=0"] } }""", "1 to 36500 days")]
    [InlineData("""{ "audit": { "retentionDays": ["member=1", "member=2"] } }""", "1 to 36500 days")]
    [InlineData("""{ "audit": { "anchorUrl": "http://audit.example.com/" } }""", "http only on loopback")]
    [InlineData("""{ "audit": { "anchorUrl": "https://user:secret@audit.example.com/" } }""", "http only on loopback")]
    [InlineData("""{ "audit": { "anchorUrl": "https://169.254.169.254/latest" } }""", "outbound.allowPrivate")]
    [InlineData("""{ "audit": { "anchorUrl": "http://localhost:9/" } }""", "outbound.allowPrivate")]
    [InlineData("""{ "audit": { "anchorUrl": "https://[::1]/" } }""", "outbound.allowPrivate")]
    public void The_audits_wrong_keys_are_refused(string file, string says) => Assert.Contains(says, Read(file).Problem!.Message);

    [Fact]
    public void A_private_webhook_may_be_allowed() =>
        Assert.Equal("localhost", Read("""{ "audit": { "anchorUrl": "http://localhost:9/" }, "outbound": { "allowPrivate": true } }""").Value.Audit.AnchorUrl!.Host);

    [Theory]
    [InlineData("{", "not JSON at line")]
    [InlineData("[]", "expected a JSON object")]
    public void File_that_is_no_object_is_named(string text, string says) => Assert.Contains(says, Read(text).Problem!.Message);

    [Fact]
    public void Named_file_must_exist()
    {
        var missing = Path.Combine(folder, "missing.json");
        Assert.Contains(missing, OptionSources.Read(new Dictionary<string, string>(), missing, new Hashtable()).Problem!.Message);
    }

    [Fact]
    public void Secrets_have_no_flag_and_are_not_printed()
    {
        Assert.All(OptionKeys.All.Where(key => key.Secret), key => Assert.Null(key.Flag));
        var options = Read(environment: new Hashtable { ["SLIPWAY__S3__SECRETKEY"] = "hunter2" }).Value;
        Assert.Equal("hunter2", options.S3.SecretKey);
        Assert.DoesNotContain("hunter2", options.ToString());
    }

    [Fact]
    public void Documentation_lists_every_key_with_what_it_takes()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"));
        Assert.All(OptionKeys.All, key => Assert.Contains($"| `{key.Key}` | {key.Expected} | {key.Default} | {key.Summary} |", text));
    }
}
