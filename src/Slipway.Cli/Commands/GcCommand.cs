using System.CommandLine;
using System.Globalization;
using Slipway.Server;
using Slipway.Tracking;

namespace Slipway.Cli.Commands;

/// <summary>`slipway gc`: what was deleted long enough ago goes for good; first look at what that is.</summary>
internal static class GcCommand
{
    public static Command Create(Terminal terminal)
    {
        var dry = new Option<bool>("--dry-run") { Description = "Only list what would go: runs with bytes and references, experiments whose names become free." };
        var olderThan = new Option<string?>("--older-than") { Description = "Deleted at least so long ago: DAYS, or 12h, 30d. Default: the server's tracking.keepDeletedDays.", HelpName = "TIME" };
        var (json, config) = (ClientAction.Json(), ServerFlags.Config());
        var command = new Command("gc", "Delete for good the runs, models and experiments that were deleted long enough ago. With --data the folder is opened, else the server at --url is asked.")
        {
            dry, olderThan, ClientAction.Options(), json, config,
        };
        var flags = ServerFlags.AddTo(command, ServerFlags.OfStores);
        command.SetAction(async (parsed, ct) =>
        {
            var age = Age(parsed.GetValue(olderThan));
            var offline = Offline.Wanted(parsed, flags, config) ? ServerFlags.Read(parsed, flags, parsed.GetValue(config)) : null;
            if (parsed.GetValue(dry))
            {
                var found = new GarbageList([], []);
                if (offline is not null) await Listed(offline, age, found, ct);
                else await ClientAction.Call(parsed, async client =>
                {
                    await foreach (var page in client.Installation.GarbageAsync(age, ct)) found.Add(page);
                    return ExitCode.Ok;
                });
                if (parsed.GetValue(json)) terminal.Json(found, CliJson.Default.GarbageList);
                else Print(terminal, found);
            }
            else
            {
                var done = offline is not null ? await Collected(offline, age, ct) : await ClientAction.Call(parsed, client => client.Installation.CollectGarbageAsync(age, ct), patient: true);
                if (parsed.GetValue(json)) terminal.Json(done, CliJson.Default.GarbageCollected);
                else terminal.Line($"{done.Runs:N0} runs, {done.Models:N0} models and {done.Experiments:N0} experiments are gone for good: {done.Points:N0} points, {done.Files:N0} artifacts, {Size(done.Bytes)}. The space is freed in the background; artifacts' within a day or two.");
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task Listed(ServerOptions options, TimeSpan? age, GarbageList found, CancellationToken ct)
    {
        await using var installation = Offline.Value(await Installation.Open(options, ct));
        for (string? token = null; ;)
        {
            var page = Offline.Value(await installation.ListGarbage(new ListGarbage((long?)age?.TotalSeconds, token), ct));
            found.Add(page);
            if ((token = page.NextPageToken) is null) return;
        }
    }

    private static async Task<GarbageCollected> Collected(ServerOptions options, TimeSpan? age, CancellationToken ct)
    {
        await using var installation = Offline.Value(await Installation.Open(options, ct));
        return Offline.Value(await installation.CollectGarbage(new CollectGarbage((long?)age?.TotalSeconds), ct));
    }

    private static void Print(Terminal terminal, GarbageList found)
    {
        if (found.Runs.Count > 0)
            terminal.Table(["RUN", "NAME", "EXPERIMENT", "DELETED", "POINTS", "FILES", "SIZE", "REFERENCES"], [.. found.Runs.Select(run => (string[])
                [run.RunId, run.Name, run.ExperimentId, Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(run.DeletedMs)), run.Points.ToString("N0", CultureInfo.InvariantCulture),
                 run.Elsewhere is null ? run.Files.ToString("N0", CultureInfo.InvariantCulture) : "elsewhere", Size(run.MetricBytes + run.ArtifactBytes), string.Join(' ', run.References ?? [])])]);
        foreach (var experiment in found.Experiments) terminal.Line($"experiment {experiment.ExperimentId}, {experiment.Name}: deleted {Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(experiment.DeletedMs))}, {experiment.Runs:N0} runs left; its name becomes free");
        var bytes = found.Runs.Sum(static run => run.MetricBytes + run.ArtifactBytes);
        terminal.Line($"{found.Runs.Count:N0} runs, {found.Models:N0} models and {found.Experiments.Count:N0} experiments would go: {found.Runs.Sum(static run => run.Points):N0} points, {found.Runs.Sum(static run => run.Files):N0} artifacts, {Size(bytes)}. Nothing was changed.");
    }

    private static string Size(long bytes) => bytes < 1_000_000 ? $"{bytes:N0} bytes" : $"{bytes / 1e6:N1} MB";

    private static TimeSpan? Age(string? text)
    {
        if (text is null) return null;
        var unit = text.EndsWith('h') ? 1.0 / 24 : 1.0;
        return double.TryParse(text.TrimEnd('h', 'd'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number * unit is >= 0 and <= 36_500
            ? TimeSpan.FromDays(number * unit)
            : throw new CommandFailure(ExitCode.Usage, $"--older-than: got '{text}', expected days such as 30, 0.5, 12h or 7d.");
    }
}

/// <summary>What `gc --dry-run --json` prints.</summary>
internal sealed record GarbageList(List<GarbageRun> Runs, List<GarbageExperiment> Experiments)
{
    public int Models { get; set; }

    public void Add(GarbagePage page)
    {
        Runs.AddRange(page.Runs ?? []);
        Experiments.AddRange(page.Experiments ?? []);
        Models += page.Models ?? 0;
    }
}
