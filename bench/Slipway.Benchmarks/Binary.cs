using System.Diagnostics;
using Slipway.Tracking;

namespace Slipway.Benchmarks;

/// <summary>Binary ingest at full speed, by senders that encode as the SDK does, and what the disk gives for as many bytes.</summary>
internal static class Binary
{
    private const int Keys = 10, PerKey = 10_000, Senders = 2;

    public static void Measure(ServerUnderTest server, Results results, double share, long points, string folder)
    {
        using var setup = server.Connect();
        var experiment = Load.CreateExperiment(setup, "binary");
        var floor = WriteAndSyncMbPerSecond(folder);
        Run(server, experiment, Senders * 2); // the server's first requests compile its code
        var requests = Math.Max(4, points / (Keys * PerKey));
        var cpu = server.CpuSeconds();
        var rate = Run(server, experiment, requests);
        cpu = server.CpuSeconds() - cpu;
        var perSecond = rate.PerSecond * Keys * PerKey;
        results.Add($"binary ingest, {Results.N(requests * Keys * PerKey / 1e6)} million points, {Senders} senders", $"{Results.N(perSecond)} points/s, p99 {Results.N(rate.P99Ms, 1)} ms",
            $"{Results.N(perSecond * 10 / 1e6, 1)} MB/s of log; write and sync of 1 MB: {Results.N(floor)} MB/s", $">= {Results.N(2_000_000 * share)} points/s", perSecond >= 2_000_000 * share);
        results.Add("the server's processor time for it", $"{Results.N(cpu / (requests * Keys * PerKey) * 1e9)} ns a point, {Results.N(cpu / rate.Seconds, 2)} cores", "compaction meanwhile included", "", null);
        var lag = Ingest.WaitForCompaction(server, Stopwatch.GetTimestamp());
        results.Add("compaction lag behind that load", $"{Results.N(lag, 1)} s", $"{Results.N(rate.Seconds, 1)} s of load", "", null);
        var (_, peak) = server.Memory();
        results.Add("resident memory, highest so far", $"{Results.N(peak)} MB", "", "", null);
    }

    private static Rate Run(ServerUnderTest server, string experiment, long requests) =>
        Load.Clients(server, Senders, TimeSpan.FromMinutes(10), requests, (http, sender) =>
        {
            var run = Load.CreateRun(http, experiment);
            var (writer, log, random, mine) = (new IngestWriter(), Guid.NewGuid(), new Random(sender), 0L);
            var (times, steps, values) = (new long[PerKey], new long[PerKey], new double[PerKey]);
            return _ =>
            {
                writer.Begin(new IngestHeader(log, mine, ++mine));
                writer.Run(run);
                for (var key = 0; key < Keys; key++)
                {
                    for (var i = 0; i < PerKey; i++)
                    {
                        steps[i] = (mine - 1) * PerKey + i;
                        times[i] = 1_700_000_000_000 + steps[i] * 3 + (i & 1); // not quite even, as clocks are
                        values[i] = random.NextDouble();
                    }
                    writer.AddPoints("metric_" + key, times, steps, values);
                }
                Load.Must(http.Send("POST", IngestFormat.Path, writer.End().Span, IngestFormat.ContentType), http);
            };
        });

    private static double WriteAndSyncMbPerSecond(string folder)
    {
        using var file = new FileStream(Path.Combine(folder, "write-probe"), FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.DeleteOnClose);
        var block = new byte[1024 * 1024];
        Random.Shared.NextBytes(block);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 100; i++)
        {
            file.Write(block);
            file.Flush(flushToDisk: true);
        }
        return 100 / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
