using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Slipway.Benchmarks;

/// <summary>Upload and download of 1 GB, in turns with a plain program that copies a file over loopback HTTP on the same host.</summary>
internal static class Files
{
    public static async Task Measure(ServerUnderTest server, Results results, double share, long bytes, string folder)
    {
        var source = Path.Combine(folder, "source.bin");
        await using (var file = File.Create(source))
        {
            var block = new byte[1 << 20];
            for (var random = new Random(3); file.Length < bytes;)
            {
                random.NextBytes(block);
                file.Write(block);
            }
        }
        await using var plain = await Plain(folder);
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(10) };
        using var setup = server.Connect();
        var experiment = Load.CreateExperiment(setup, "files");
        var run = Load.CreateRun(setup, experiment);
        var plainUrl = plain.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var ours = new Uri(server.Url, $"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/big.bin");
        var theirs = new Uri(plainUrl + "/copy.bin");
        List<double> up = [], upPlain = [], down = [], downPlain = [];
        for (var i = 0; i < 4; i++)
        {
            upPlain.Add(await Upload(client, theirs, source));
            up.Add(await Upload(client, ours, source));
            downPlain.Add(await Download(client, theirs));
            down.Add(await Download(client, ours));
        }
        foreach (var (name, mine, other) in new[] { ("upload", up, upPlain), ("download", down, downPlain) })
        {
            var ratio = Median(other) / Median(mine);
            results.Add($"artifact {name} of {Results.N(bytes / 1e9, 1)} GB", $"{Results.N(bytes / 1e6 / Median(mine))} MB/s", $"{Results.N(100 * ratio)} % of a plain copy ({Results.N(bytes / 1e6 / Median(other))} MB/s)", $">= {Results.N(80 * share)} %", ratio >= 0.8 * share);
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static async Task<double> Upload(HttpClient client, Uri to, string source)
    {
        var started = Stopwatch.GetTimestamp();
        await using var file = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        using var content = new StreamContent(file, 1 << 20);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var answer = await client.PutAsync(to, content);
        answer.EnsureSuccessStatusCode();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> Download(HttpClient client, Uri from)
    {
        var started = Stopwatch.GetTimestamp();
        using var answer = await client.GetAsync(from, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[1 << 20];
        while (await body.ReadAsync(buffer) > 0) { }
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>The least that moves a file over HTTP: body to file with a sync at the end, and SendFile back.</summary>
    private static async Task<WebApplication> Plain(string folder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        var app = builder.Build();
        // A new file each time, as the server keeps what it replaces until the sweep: memory that was never used before costs a virtual machine more than memory used again.
        var (path, copies) = ("", 0);
        app.MapPut("/copy.bin", async context =>
        {
            path = Path.Combine(folder, $"copy-{++copies}.bin");
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);
            await context.Request.Body.CopyToAsync(file, 1 << 20);
            file.Flush(flushToDisk: true);
        });
        app.MapGet("/copy.bin", context => context.Response.SendFileAsync(path));
        await app.StartAsync();
        return app;
    }
}
