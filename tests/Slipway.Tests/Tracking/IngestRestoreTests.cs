using System.Net.Http.Headers;
using Slipway.Server;
using Slipway.Tests.Server;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

/// <summary>A server that is put back to its backup: the client notices and ships again, and everything is there, once.</summary>
public sealed class IngestRestoreTests
{
    [Fact]
    public async Task A_restored_server_is_filled_up_again()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-restored-").FullName;
        try
        {
            var (backup, log) = (Path.Combine(folder, "all.backup"), Guid.NewGuid());
            string run;
            IngestAnswer before;
            await using (var server = await TestServer.Start())
            {
                run = (string)(await server.Post("/api/2.0/mlflow/runs/create", "{}")).Json["run"]!["info"]!["run_id"]!;
                await Ship(server.Http, log, run, 0, 5);
                await File.WriteAllBytesAsync(backup, await server.Http.GetByteArrayAsync("/api/slipway/v1/backup"));
                before = await Ship(server.Http, log, run, 5, 9);
                Assert.Equal(9, before.Acknowledged);
            }
            var options = new ServerOptions { Urls = ["http://127.0.0.1:0"], Data = Path.Combine(folder, "data") };
            Assert.Null((await Installation.Restore(options, backup, null, default)).Problem);
            await using var restored = await SlipwayServer.Start(options, TimeProvider.System, static _ => { }, null, Right.All, default);
            using var http = new HttpClient { BaseAddress = new Uri(restored.Urls[0]) };
            // A client that knows nothing of the restore goes on where it was, and one that asks sees another incarnation: both are told to go back to 5.
            var next = await Ship(http, log, run, 9, 12);
            var asked = await Ship(http, log, run, 0, 0);
            Assert.Equal((5, 5), (next.Acknowledged, asked.Acknowledged));
            Assert.NotEqual(before.Incarnation, asked.Incarnation);
            Assert.Equal(12, (await Ship(http, log, run, 5, 12)).Acknowledged);
            var history = await http.GetStringAsync($"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=m");
            Assert.Equal(12, history.Split("\"step\"").Length - 1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<IngestAnswer> Ship(HttpClient http, Guid log, string run, int first, int next)
    {
        var writer = new IngestWriter();
        writer.Begin(new IngestHeader(log, first, next));
        writer.Run(run);
        long[] steps = [.. Enumerable.Range(first, next - first).Select(static n => (long)n)];
        writer.AddPoints("m", steps, steps, new double[steps.Length]);
        var content = new ByteArrayContent(writer.End().ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue(IngestFormat.ContentType);
        using var answer = await http.PostAsync(new Uri(IngestFormat.Path, UriKind.Relative), content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return System.Text.Json.JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), TrackingJson.Default.IngestAnswer)!;
    }
}
