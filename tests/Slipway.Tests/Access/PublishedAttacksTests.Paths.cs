using System.Net;
using System.Text.Json.Nodes;
using Slipway.Client;
using Slipway.Tests.Client;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

/// <summary>A path that leaves the folder it is below: of an artifact, in a request and in a server's answer to a client.</summary>
public sealed partial class PublishedAttacksTests
{
    private const string Proxy = "/api/2.0/mlflow-artifacts/artifacts/";

    /// <summary>Number, method and target as sent. {below} is the folder without its first slash; {1}, {2} and {3} are it percent-encoded so many times, {run} is a run.</summary>
    public static TheoryData<string, string, string> Paths => new()
    {
        { "CVE-2023-3765", "GET", "/ajax-api/2.0/mlflow-artifacts/artifacts?path=C:/" },
        { "CVE-2023-3765", "GET", "/ajax-api/2.0/mlflow-artifacts/artifacts?path=/{below}" },
        { "CVE-2023-3765", "GET", @"/ajax-api/2.0/mlflow-artifacts/artifacts?path=\\localhost\c$\" },
        { "CVE-2023-6015", "PUT", Proxy + "../../../../../../../../{below}/secret.txt" },
        { "CVE-2023-6015", "PUT", Proxy + "/{below}/secret.txt" },
        { "CVE-2023-6015", "PUT", Proxy + "..%5C..%5C..%5C..%5C{1}%5Csecret.txt" },
        { "CVE-2023-6831", "DELETE", Proxy + "%252E%252E%252F%252E%252E%252F%252E%252E%252F%252E%252E%252F%252E%252E%252F%252E%252E%252F{2}" },
        { "CVE-2023-6831", "DELETE", Proxy + "%2E%2E%2F%2E%2E%2F%2E%2E%2F{1}" },
        { "CVE-2023-6831", "DELETE", Proxy + "path/../../../../../{below}" },
        { "CVE-2023-6831", "DELETE", Proxy + "/{below}/secret.txt%00.jpg" },
        { "CVE-2023-6831", "DELETE", Proxy + "/file://{below}" },
        { "CVE-2023-6976", "PUT", Proxy + "%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2f{1}%2fsecret.txt" },
        { "CVE-2023-6976", "PUT", Proxy + "C:%2f..%2f..%2f{1}%2fsecret.txt" },
        { "CVE-2023-6976", "PUT", Proxy + "%2%0952e%2%0952e/%2%0A52e%2%0A52e/{below}/secret.txt" },
        { "CVE-2023-6976", "POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=%252e%252e%252f%252e%252e%252f{2}%252fsecret.txt" },
        { "CVE-2023-22887", "GET", "/get-artifact?path=secret.txt&run_uuid=../../../../../../{below}" },
        { "CVE-2023-22887", "GET", "/api/2.0/mlflow/artifacts/list?run_id=..%2F..%2F..%2F..%2F{1}" },
        { "CVE-2023-22887", "GET", "/api/2.0/mlflow/runs/get?run_id=/{below}/secret.txt" },
        { "CVE-2023-30172", "GET", "/get-artifact?path=../../../../../../{below}/secret.txt&run_uuid={run}" },
        { "CVE-2024-1560", "DELETE", Proxy + "%252E%252E%252F%252E%252E%252F%252E%252E%252F{2}" },
        { "CVE-2024-1560", "DELETE", Proxy + "%25252E%25252E%25252F%25252E%25252E%25252F%25252E%25252E%25252F{3}" },
        { "CVE-2024-7340", "GET", "/__weave/file/tmp/weave/fs/../../../{below}/secret.txt" },
        { "CVE-2024-7340", "GET", Proxy + "0/{run}/artifacts/../../../../../../../{below}/secret.txt" },
    };

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_path_reads_writes_and_deletes_nothing_outside(string number, string method, string target)
    {
        await using var server = await TestServer.Start();
        var (_, run, _) = await MakeRun(server, number, null);
        const string Kept = Proxy + "0/kept/artifacts/kept.txt";
        Assert.Equal(HttpStatusCode.OK, (await server.Send(Bytes(HttpMethod.Put, Kept, "kept"))).Status);
        var below = outside[1..];
        var (once, twice) = (Uri.EscapeDataString(below), Uri.EscapeDataString(Uri.EscapeDataString(below)));
        target = target.Replace("{below}", below, StringComparison.Ordinal).Replace("{run}", run, StringComparison.Ordinal)
            .Replace("{1}", once, StringComparison.Ordinal).Replace("{2}", twice, StringComparison.Ordinal).Replace("{3}", Uri.EscapeDataString(twice), StringComparison.Ordinal);

        // Each target is tried with every verb: what one route forgets another may still do.
        foreach (var verb in new[] { method, "GET", "PUT", "DELETE" }.Distinct())
        {
            var answer = await Raw(server, verb, target, verb is "PUT" or "POST" ? "overwritten" : "");
            Assert.DoesNotContain(Marker, answer, StringComparison.Ordinal);
            Assert.DoesNotContain("\"is_dir\"", answer, StringComparison.Ordinal);
            Assert.True(answer.StartsWith("HTTP/1.1 4", StringComparison.Ordinal), $"{number} {verb} {target}: {answer}");
        }
        NothingHappenedOutside();
        Assert.Equal("kept", (await server.Get(Kept)).Body);
        Assert.Equal(HttpStatusCode.OK, (await server.Get("/api/2.0/mlflow/runs/get?run_id=" + run)).Status);
    }

    [Theory]
    [InlineData("CVE-2023-6018", "{outside}/secret.txt")]
    [InlineData("CVE-2023-6753", @"..\..\secret.txt")]
    [InlineData("CVE-2023-6753", @"C:\Windows\System32\secret.txt")]
    [InlineData("CVE-2023-6975", "//..")]
    [InlineData("CVE-2023-6975", "/../secret.txt")]
    [InlineData("CVE-2024-0520", "../../poc.txt")]
    [InlineData("CVE-2024-0520", "{outside}/poc.txt")]
    public async Task What_a_server_calls_its_files_takes_a_client_nowhere(string number, string name)
    {
        // There the reader was the server too, or a client of it; here only clients read from others, and the folder is their own.
        name = name.Replace("{outside}", outside, StringComparison.Ordinal);
        using var fake = new FakeServer();
        const string Run = "0123456789abcdef0123456789abcdef";
        fake.Answer = one =>
        {
            if (one.Path.EndsWith("/artifacts/list", StringComparison.Ordinal))
                return FakeServer.Say(HttpStatusCode.OK, new JsonObject { ["files"] = new JsonArray(new JsonObject { ["path"] = name, ["is_dir"] = false, ["file_size"] = 9 }) }.ToJsonString());
            if (one.Method is not "GET" || !one.Path.Contains("/mlflow-artifacts/", StringComparison.Ordinal)) return null;
            var file = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("malicious") };
            file.Content.Headers.TryAddWithoutValidation("Content-Disposition", "attachment; filename=" + name);
            return file;
        };
        using var client = fake.Client();
        var inner = Directory.CreateDirectory(Path.Combine(outside, "inner", "folder")).FullName;
        var refused = await Assert.ThrowsAsync<SlipwayException>(() => client.Artifacts.DownloadFolderAsync(Run, null, inner));
        Assert.True(refused.Message.Contains(name, StringComparison.Ordinal), number);
        Assert.Empty(Directory.GetFileSystemEntries(inner));
        // A header names the file for a browser; whoever downloads says where to.
        await client.Artifacts.DownloadAsync(Run, "data.csv", Path.Combine(inner, "data.csv"));
        Assert.Equal(["data.csv"], Directory.GetFileSystemEntries(inner).Select(Path.GetFileName));
        Directory.Delete(Path.Combine(outside, "inner"), recursive: true);
        NothingHappenedOutside();
    }
}
