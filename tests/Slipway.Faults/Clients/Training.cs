using System.Globalization;
using Slipway.Client;

namespace Slipway.Faults.Clients;

/// <summary>The program that trains, as a process of its own: it logs as fast as it can from several threads and says how far the calls have returned.</summary>
internal static class Training
{
    /// <summary>Steps between two lines on its output.</summary>
    public const int Says = 500;

    /// <summary>Plays it.</summary>
    /// <param name="folder">The log folder.</param>
    /// <param name="url">The server, or "-" for none.</param>
    /// <param name="joined">A run to log to, or "-" for one of its own.</param>
    /// <param name="threads">Each logs to a metric of its own.</param>
    /// <param name="steps">Points of each thread.</param>
    /// <param name="pauseEvery">Steps between two pauses of a millisecond; 0 for none.</param>
    public static async Task Run(string folder, string url, string joined, int threads, int steps, int pauseEvery)
    {
        using var client = new SlipwayClient(new SlipwayClientOptions
        {
            LogFolder = folder,
            Offline = url == "-",
            Url = new Uri(url == "-" ? SlipwayClientOptions.UrlDefault : url),
            FlushEvery = TimeSpan.FromMilliseconds(20),
            RetryDelay = TimeSpan.FromMilliseconds(20),
            RetryDelayMax = TimeSpan.FromMilliseconds(200),
            FinishWait = TimeSpan.FromMinutes(2),
            BufferBytesMax = 4 << 20,
            Capture = Captures.None,
        });
        await using var run = joined == "-" ? await client.StartRunAsync("training") : await client.JoinRunAsync(joined);
        Say($"run {run.Id}");
        var me = Environment.ProcessId;
        run.LogParam($"threads/{me}", threads);
        var work = Enumerable.Range(0, threads).Select(thread => new Thread(() =>
        {
            var key = $"p{me}/t{thread}";
            for (var step = 0; step < steps; step++)
            {
                run.LogMetric(key, step * 0.5, step);
                if ((step + 1) % Says == 0) Say(string.Create(CultureInfo.InvariantCulture, $"at {key} {step}"));
                if (pauseEvery > 0 && step % pauseEvery == 0) Thread.Sleep(1);
            }
        })).ToList();
        work.ForEach(thread => thread.Start());
        work.ForEach(thread => thread.Join());
        await run.FinishAsync();
        for (var tries = 0; !run.IsStored && url != "-" && tries < 200; tries++)
        {
            try
            {
                await run.FlushAsync();
            }
            catch (SlipwayException)
            {
                await Task.Delay(100);
            }
        }
        Say(string.Create(CultureInfo.InvariantCulture, $"done {run.IsStored} {run.Dropped}"));
    }

    private static void Say(string line)
    {
        lock (Console.Out)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }
    }
}
