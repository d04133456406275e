using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Slipway.Server;

/// <summary>The text exposition format of Prometheus, version 0.0.4: our meters, and the process with its memory, collections and threads.</summary>
internal static class PrometheusText
{
    /// <summary>The content type that scrapers expect.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly string[] Generations = ["0", "1", "2", "loh", "poh"];

    /// <summary>Everything, now.</summary>
    /// <param name="metrics">The instruments.</param>
    /// <param name="texts">Parts of the product that count by themselves, since a request may not wait for an instrument.</param>
    public static string Write(MetricStore metrics, IReadOnlyList<Action<StringBuilder>>? texts = null)
    {
        var text = new StringBuilder(8 * 1024);
        foreach (var (family, series) in metrics.Collect()) Write(text, family, series);
        foreach (var write in texts ?? []) write(text);
        WriteProcess(text);
        return text.ToString();
    }

    private static void Write(StringBuilder text, MetricStore.Family family, IReadOnlyList<KeyValuePair<TagSet, MetricStore.Series>> all)
    {
        Head(text, family.Name, family.Help, family.Kind.ToString().ToLowerInvariant());
        foreach (var (tags, series) in all.OrderBy(pair => Labels(pair.Key), StringComparer.Ordinal))
        {
            var (sum, counts) = series.Read();
            var labels = Labels(tags);
            if (family.Kind != MetricStore.Kind.Histogram)
            {
                Line(text, family.Name, labels, sum);
                continue;
            }
            long below = 0;
            for (var i = 0; i < counts.Length; i++)
            {
                below += counts[i];
                var bound = i < family.Bounds.Length ? Number(family.Bounds[i]) : "+Inf";
                Line(text, family.Name + "_bucket", $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{bound}\"", below);
            }
            Line(text, family.Name + "_sum", labels, sum);
            Line(text, family.Name + "_count", labels, below);
        }
    }

    private static void WriteProcess(StringBuilder text)
    {
        using var process = Process.GetCurrentProcess();
        var memory = GC.GetGCMemoryInfo();
        One(text, "process_resident_memory_bytes", "Resident memory.", "gauge", Environment.WorkingSet);
        One(text, "process_cpu_seconds_total", "Processor time used.", "counter", Environment.CpuUsage.TotalTime.TotalSeconds);
        One(text, "process_start_time_seconds", "When the process began, since 1970.", "gauge", new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0);
        One(text, "process_threads", "Threads of the process.", "gauge", process.Threads.Count);
        One(text, "dotnet_gc_heap_bytes", "Managed memory in use.", "gauge", GC.GetTotalMemory(false));
        One(text, "dotnet_gc_committed_bytes", "Memory that the collector holds.", "gauge", memory.TotalCommittedBytes);
        One(text, "dotnet_gc_allocated_bytes_total", "Managed memory allocated since the start.", "counter", GC.GetTotalAllocatedBytes());
        One(text, "dotnet_gc_pause_seconds_total", "Time stopped for collections.", "counter", GC.GetTotalPauseDuration().TotalSeconds);
        Head(text, "dotnet_gc_collections_total", "Collections by generation.", "counter");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++) Line(text, "dotnet_gc_collections_total", $"generation=\"{generation}\"", GC.CollectionCount(generation));
        Head(text, "dotnet_gc_generation_bytes", "Size of each generation after the last collection: 0 to 2, large objects, pinned objects.", "gauge");
        for (var generation = 0; generation < memory.GenerationInfo.Length; generation++) Line(text, "dotnet_gc_generation_bytes", $"generation=\"{Generations[generation]}\"", memory.GenerationInfo[generation].SizeAfterBytes);
        One(text, "dotnet_threadpool_threads", "Threads of the pool.", "gauge", ThreadPool.ThreadCount);
        One(text, "dotnet_threadpool_queue_length", "Work items that wait for a thread.", "gauge", ThreadPool.PendingWorkItemCount);
        Head(text, "slipway_build_info", "The version that runs.", "gauge");
        Line(text, "slipway_build_info", $"version=\"{ServerApi.Version}\",mlflow=\"{ServerApi.MlflowVersion}\"", 1);
    }

    private static void One(StringBuilder text, string name, string help, string kind, double value)
    {
        Head(text, name, help, kind);
        Line(text, name, "", value);
    }

    private static void Head(StringBuilder text, string name, string help, string kind) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Labels(TagSet tags) => string.Join(',', tags.Tags.Select(tag => $"{tag.Key}=\"{Escaped(Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "")}\""));

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
