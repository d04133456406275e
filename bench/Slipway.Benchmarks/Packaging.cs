using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Benchmarks;

/// <summary>A model of 1 GB: how long its registration takes beside what hashing the same file takes here, how long the scan in the sandbox takes, and what memory the server needs for it.</summary>
internal static class Packaging
{
    public static async Task Measure(ServerUnderTest server, Results results, double share, long bytes, string folder)
    {
        var source = Path.Combine(folder, "model.pt");
        Write(source, bytes);
        using var client = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromMinutes(10) };
        using var setup = server.Connect();
        var experiment = Load.CreateExperiment(setup, "packages");
        await Post(client, "/api/2.0/mlflow/registered-models/create", """{"name":"large"}""");
        List<double> hashes = [], uploads = [], registrations = [], scans = [];
        var (before, _) = server.Memory();
        for (var i = 1; i <= 3; i++)
        {
            hashes.Add(Hash(source));
            var run = Load.CreateRun(setup, experiment);
            uploads.Add(await Timed(async () =>
            {
                await using var file = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
                using var answer = await client.PutAsync($"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/model/model.pt", new StreamContent(file, 1 << 20));
                answer.EnsureSuccessStatusCode();
            }));
            registrations.Add(await Timed(() => Post(client, "/api/2.0/mlflow/model-versions/create", $$"""{"name":"large","source":"runs:/{{run}}/model"}""")));
            scans.Add(await Timed(async () =>
            {
                string status;
                while ((status = (string)JsonNode.Parse(await client.GetStringAsync(string.Create(CultureInfo.InvariantCulture, $"/api/slipway/v1/models/large/versions/{i}/package")))!["scan"]!["status"]!) == "pending") await Task.Delay(20);
                if (status != "clean") throw new InvalidOperationException($"The scan of a clean model answers {status}.");
            }));
        }
        var (_, peak) = server.Memory();
        var gb = Results.N(bytes / 1e9, 1);
        var ratio = Median(hashes) / (Median(uploads) + Median(registrations));
        results.Add($"upload and registration of a model of {gb} GB", $"{Results.N(bytes / 1e6 / (Median(uploads) + Median(registrations)))} MB/s", $"{Results.N(100 * ratio)} % of its plain SHA-256 ({Results.N(bytes / 1e6 / Median(hashes))} MB/s)", $">= {Results.N(30 * share)} %", ratio >= 0.3 * share);
        results.Add($"registration of its version alone", $"{Results.N(1_000 * Median(registrations), 1)} ms", "", "< 100 ms", Median(registrations) < 0.1);
        results.Add($"its scan in the sandbox, from the registration on", $"{Results.N(Median(scans), 1)} s", $"{Results.N(bytes / 1e6 / Median(scans))} MB/s, a copy included", "", true);
        results.Add($"the server's memory for it", $"{Results.N(peak - before)} MB more", "", "< 100 MB", peak - before < 100);
    }

    /// <summary>A model of 10 GB, once, from a sparse file: registration and scan, and that memory does not follow the size.</summary>
    public static async Task Large(ServerUnderTest server, Results results, long bytes, string folder)
    {
        var source = Path.Combine(folder, "large.bin");
        using (var sparse = File.Create(source)) sparse.SetLength(bytes);
        using var client = new HttpClient { BaseAddress = server.Url, Timeout = TimeSpan.FromHours(1) };
        using var setup = server.Connect();
        var experiment = Load.CreateExperiment(setup, "large");
        await Post(client, "/api/2.0/mlflow/registered-models/create", """{"name":"very-large"}""");
        var (before, _) = server.Memory();
        var (hash, run) = (Hash(source), Load.CreateRun(setup, experiment));
        var upload = await Timed(async () =>
        {
            await using var file = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
            using var answer = await client.PutAsync($"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/model/model.bin", new StreamContent(file, 1 << 20));
            answer.EnsureSuccessStatusCode();
        });
        var registration = await Timed(() => Post(client, "/api/2.0/mlflow/model-versions/create", $$"""{"name":"very-large","source":"runs:/{{run}}/model"}"""));
        var scan = await Timed(async () =>
        {
            while ((string)JsonNode.Parse(await client.GetStringAsync("/api/slipway/v1/models/very-large/versions/1/package"))!["scan"]!["status"]! == "pending") await Task.Delay(100);
        });
        var (_, peak) = server.Memory();
        var gb = Results.N(bytes / 1e9, 1);
        results.Add($"upload and registration of a model of {gb} GB (sparse)", $"{Results.N(bytes / 1e6 / (upload + registration))} MB/s", $"its plain SHA-256: {Results.N(bytes / 1e6 / hash)} MB/s", "", true);
        results.Add($"registration of its version alone, {gb} GB", $"{Results.N(1_000 * registration, 1)} ms", "", "< 100 ms", registration < 0.1);
        results.Add($"its scan in the sandbox, {gb} GB", $"{Results.N(scan, 1)} s", $"{Results.N(bytes / 1e6 / scan)} MB/s, a copy included", "", true);
        results.Add($"the server's memory for {gb} GB", $"{Results.N(peak - before)} MB more", "", "< 100 MB", peak - before < 100);
    }

    /// <summary>As PyTorch writes it: a zip archive with a pickle and numbers that are not packed.</summary>
    private static void Write(string path, long bytes)
    {
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        using (var pickle = zip.CreateEntry("model/data.pkl", CompressionLevel.NoCompression).Open()) pickle.Write(Encoding.Latin1.GetBytes("\u0080\u0002ccollections\nOrderedDict\n)R."));
        using var data = zip.CreateEntry("model/data/0", CompressionLevel.NoCompression).Open();
        var block = new byte[1 << 20];
        var random = new Random(3);
        for (long written = 0; written < bytes; written += block.Length)
        {
            random.NextBytes(block);
            data.Write(block);
        }
    }

    private static double Hash(string path)
    {
        var started = Stopwatch.GetTimestamp();
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        SHA256.HashData(file);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> Timed(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task Post(HttpClient client, string path, string json)
    {
        using var answer = await client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
        answer.EnsureSuccessStatusCode();
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
