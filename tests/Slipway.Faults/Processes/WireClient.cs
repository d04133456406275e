using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Faults.Processes;

/// <summary>What came back: a status and a body, or nothing because the server went away.</summary>
internal readonly record struct Reply(int Status, string Body)
{
    /// <summary>No answer: the request may have been carried out or not.</summary>
    public static readonly Reply None = new(0, "");

    public bool Ok => Status == 200;

    public JsonNode Json => JsonNode.Parse(Body)!;
}

/// <summary>MLflow's calls as a client sends them, without retries, so that a test knows the fate of each.</summary>
internal sealed class WireClient(Uri url) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(60) };

    public Task<Reply> Post(string call, JsonNode body) =>
        Send(HttpMethod.Post, "api/2.0/mlflow/" + call, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"));

    public Task<Reply> Ingest(byte[] request)
    {
        var content = new ByteArrayContent(request);
        content.Headers.ContentType = new MediaTypeHeaderValue(Slipway.Tracking.IngestFormat.ContentType);
        return Send(HttpMethod.Post, Slipway.Tracking.IngestFormat.Path.TrimStart('/'), content);
    }

    public Task<Reply> Get(string path) => Send(HttpMethod.Get, path, null);

    public Task<Reply> PutArtifact(string path, byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return Send(HttpMethod.Put, "api/2.0/mlflow-artifacts/artifacts/" + path, content);
    }

    /// <summary>The bytes of an artifact, or null with its status.</summary>
    public async Task<(int Status, byte[] Bytes)> GetArtifact(string path)
    {
        using var answer = await http.GetAsync("api/2.0/mlflow-artifacts/artifacts/" + path);
        return ((int)answer.StatusCode, await answer.Content.ReadAsByteArrayAsync());
    }

    public void Dispose() => http.Dispose();

    private async Task<Reply> Send(HttpMethod method, string path, HttpContent? content)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            using var answer = await http.SendAsync(request);
            return new Reply((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException)
        {
            return Reply.None;
        }
        catch (IOException)
        {
            return Reply.None;
        }
    }
}
