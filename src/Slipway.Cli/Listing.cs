using System.CommandLine;
using Slipway.Client;

namespace Slipway.Cli;

/// <summary>Options and words that listings share.</summary>
internal static class Listing
{
    public const int LimitDefault = 100;

    public static Option<int> Limit()
    {
        var limit = new Option<int>("--limit") { Description = "The most rows; 0 for all.", HelpName = "N", DefaultValueFactory = _ => LimitDefault };
        limit.Validators.Add(result =>
        {
            if (int.TryParse(result.Tokens is [.., var last] ? last.Value : null, out var number) && number < 0) result.AddError("--limit: expected 0 (all) or more.");
        });
        return limit;
    }

    public static Option<string[]> OrderBy(string example) => new("--order-by")
    {
        Description = $"A key with optional ASC or DESC, such as '{example}'; repeat for ties.",
        HelpName = "KEY",
        DefaultValueFactory = _ => [],
    };

    public static Option<string> View()
    {
        var view = new Option<string>("--view") { Description = "Which to see: active, deleted or all.", DefaultValueFactory = _ => "active", HelpName = "VIEW" };
        view.AcceptOnlyFromAmong("active", "deleted", "all");
        return view;
    }

    public static Lifecycle ViewOf(string? word) => Enum.Parse<Lifecycle>(word ?? "active", ignoreCase: true);

    /// <summary>Reads so many, and says so when there is more: a cut that nobody sees is a wrong answer.</summary>
    public static async Task<List<T>> Take<T>(IAsyncEnumerable<T> source, int limit, Terminal terminal, CancellationToken ct)
    {
        var found = new List<T>();
        await foreach (var one in source.WithCancellation(ct))
        {
            if (limit > 0 && found.Count == limit)
            {
                terminal.Note($"There are more than {limit}: raise --limit to see them (0 for all).");
                break;
            }
            found.Add(one);
        }
        return found;
    }

    public static int PageSize(int limit) => limit == 0 ? 1_000 : Math.Clamp(limit + 1, 1, 1_000);

    /// <summary>KEY=VALUE pairs of repeated --tag options.</summary>
    public static Dictionary<string, string> Tags(string[]? pairs)
    {
        var tags = new Dictionary<string, string>();
        foreach (var pair in pairs ?? [])
        {
            var at = pair.IndexOf('=');
            if (at <= 0) throw new CommandFailure(ExitCode.Usage, $"--tag: got '{pair}', expected KEY=VALUE.");
            tags[pair[..at]] = pair[(at + 1)..];
        }
        return tags;
    }

    public static Option<string[]> Tag() => new("--tag") { Description = "A tag to begin with; repeat for more.", HelpName = "KEY=VALUE", DefaultValueFactory = _ => [] };

    public static string Time(DateTimeOffset time) => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss");

    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 1 } => $"{time.TotalMilliseconds:0} ms",
        { TotalMinutes: < 1 } => $"{time.TotalSeconds:0.0} s",
        { TotalHours: < 1 } => $"{time.Minutes} min {time.Seconds} s",
        { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes} min",
        _ => $"{(int)time.TotalDays} d {time.Hours} h",
    };

    public static string Number(double value) => value.ToString("G6");

    public static string Bytes(long bytes)
    {
        if (bytes < 1024) return $"{bytes} B";
        var (value, unit) = ((double)bytes, 0);
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        for (; value >= 1024 && unit < units.Length - 1; unit++) value /= 1024;
        return $"{value:0.0} {units[unit]}";
    }
}
