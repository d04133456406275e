using System.Diagnostics;
using System.Globalization;

namespace Slipway.Client.Capture;

/// <summary>One look at the machine: processor, memory, this process, GPUs. On Linux from /proc; elsewhere what .NET says.</summary>
internal sealed class SystemSampler(TimeProvider clock)
{
    private static readonly TimeSpan GpuPatience = TimeSpan.FromSeconds(5);

    private (long Busy, long All) processor = Processor();
    private (TimeSpan Used, long At) own = (Environment.CpuUsage.TotalTime, clock.GetTimestamp());
    private bool hasGpu = true;

    /// <summary>Names and values of this moment; rates are since the last look.</summary>
    public async Task<List<KeyValuePair<string, double>>> Look(CancellationToken ct)
    {
        var found = new List<KeyValuePair<string, double>>();
        var (busy, all) = Processor();
        if (all > processor.All) Add("system/cpu_utilization_percentage", 100.0 * (busy - processor.Busy) / (all - processor.All));
        processor = (busy, all);
        var (used, at) = (Environment.CpuUsage.TotalTime, clock.GetTimestamp());
        if (clock.GetElapsedTime(own.At, at) is { TotalSeconds: > 0 } passed) Add("system/process_cpu_percentage", 100 * (used - own.Used) / passed);
        own = (used, at);
        Add("system/process_memory_megabytes", Environment.WorkingSet / 1e6);
        if (Memory() is var (total, free) && total > 0)
        {
            Add("system/system_memory_usage_megabytes", (total - free) / 1e3);
            Add("system/system_memory_usage_percentage", 100.0 * (total - free) / total);
        }
        if (hasGpu)
        {
            var lines = await Gpus("utilization.gpu,memory.used,memory.total,power.draw", ct).ConfigureAwait(false);
            hasGpu = lines is not null; // Nobody plugs one in while a program trains.
            for (var i = 0; i < (lines?.Length ?? 0); i++)
                if (lines![i].Split(',') is [var load, var taken, var room, var watts])
                {
                    if (Number(load) is { } percent) Add($"system/gpu_{i}_utilization_percentage", percent);
                    if (Number(taken) is { } mb) Add($"system/gpu_{i}_memory_usage_megabytes", mb);
                    if (Number(taken) is { } part && Number(room) is > 0 and var whole) Add($"system/gpu_{i}_memory_usage_percentage", 100 * part / whole);
                    if (Number(watts) is { } power) Add($"system/gpu_{i}_power_usage_watts", power);
                }
        }
        return found;

        void Add(string name, double value) => found.Add(new(name, value));
    }

    /// <summary>What the driver's tool says, a line a GPU; null where there is none.</summary>
    public static async Task<string[]?> Gpus(string fields, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(GpuPatience);
        try
        {
            using var process = Process.Start(new ProcessStartInfo("nvidia-smi", [$"--query-gpu={fields}", "--format=csv,noheader,nounits"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            try
            {
                var text = await process.StandardOutput.ReadToEndAsync(limit.Token).ConfigureAwait(false);
                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
                return process.ExitCode == 0 ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : null;
            }
            finally
            {
                if (!process.HasExited) process.Kill();
            }
        }
        catch (Exception absent) when (absent is System.ComponentModel.Win32Exception or InvalidOperationException or IOException || absent is OperationCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Ticks that the machine worked and all of them; zeros where nobody counts.</summary>
    private static (long Busy, long All) Processor()
    {
        var fields = FirstLine("/proc/stat").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 6) return default;
        var (all, idle) = (0L, 0L);
        for (var i = 1; i < Math.Min(fields.Length, 9); i++)
        {
            if (!long.TryParse(fields[i], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)) return default;
            all += ticks;
            if (i is 4 or 5) idle += ticks;
        }
        return (all - idle, all);
    }

    private static (long TotalKb, long FreeKb) Memory()
    {
        var (total, free) = (0L, 0L);
        try
        {
            foreach (var line in File.ReadLines("/proc/meminfo").Take(10))
                if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var name, var kb, ..] && long.TryParse(kb, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                    (total, free) = name switch { "MemTotal:" => (value, free), "MemAvailable:" => (total, value), _ => (total, free) };
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            // Not Linux.
        }
        return (total, free);
    }

    private static string FirstLine(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault() ?? "";
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
}
