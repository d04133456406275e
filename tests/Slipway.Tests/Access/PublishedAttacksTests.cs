using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

/// <summary>
/// Published attacks on MLflow, Airflow, Kubeflow and W&amp;B servers, each under its number. A request is the reported one wherever the report tells it; docs/security.md says
/// with what each was compared, what it did there, and what prevents it here.
/// </summary>
/// <remarks>What must not be read, overwritten, deleted or joined lies in a folder of its own beside the server's: the reports' /etc/passwd.</remarks>
public sealed partial class PublishedAttacksTests : IDisposable
{
    private const string Marker = "only-on-the-server's-disk-7f3a";

    private readonly string outside = Directory.CreateTempSubdirectory("slipway-outside-").FullName;

    public PublishedAttacksTests() => File.WriteAllText(Secret, Marker);

    private string Secret => Path.Combine(outside, "secret.txt");

    public void Dispose() => Directory.Delete(outside, recursive: true);

    [Fact]
    public void The_documentation_lists_the_numbers_that_are_replayed_and_no_others()
    {
        var replayed = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "Slipway.Tests", "Access"), "PublishedAttacksTests*.cs").SelectMany(file => Numbers(File.ReadAllText(file)));
        var table = File.ReadLines(Path.Combine(Repository.Root, "docs", "security.md")).Where(line => line.StartsWith("| CVE-", StringComparison.Ordinal)).SelectMany(line => Numbers(line.Split('|')[1])).ToList();
        Assert.Equal(table.Count, table.Distinct().Count());
        Assert.Equal(replayed.ToHashSet().Order(), table.Order());
    }

    private static IEnumerable<string> Numbers(string text) => Number().Matches(text).Select(match => match.Value.Replace('_', '-'));

    [GeneratedRegex("CVE[-_][0-9]{4}[-_][0-9]{4,}")]
    private static partial Regex Number();

    /// <summary>Nothing outside was changed, deleted or added.</summary>
    private void NothingHappenedOutside()
    {
        Assert.Equal(["secret.txt"], Directory.GetFileSystemEntries(outside).Select(Path.GetFileName));
        Assert.Equal(Marker, File.ReadAllText(Secret));
    }

    private static void TellsNothing(Answer answer)
    {
        Assert.DoesNotContain(Marker, answer.Body, StringComparison.Ordinal);
        Assert.NotEqual(HttpStatusCode.OK, answer.Status);
    }

    private static HttpRequestMessage Bytes(HttpMethod method, string path, string text) => new(method, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text)) };

    // HttpClient would tidy the path up before sending it.
    private static async Task<string> Raw(TestServer server, string method, string target, string body = "")
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Address);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
