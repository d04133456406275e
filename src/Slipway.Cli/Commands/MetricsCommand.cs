using System.CommandLine;
using Slipway.Cli.Charts;
using Slipway.Client;
using Slipway.Tracking;
using Run = Slipway.Client.Run;

namespace Slipway.Cli.Commands;

/// <summary>`slipway metrics RUN [KEY...]`: curves in the terminal, exact at any width.</summary>
internal static class MetricsCommand
{
    /// <summary>The most charts when no metric is named.</summary>
    private const int ChartsDefault = 4;

    /// <summary>Of a chart in a pipe, in characters.</summary>
    private const int WidthDefault = 80, HeightDefault = 12;

    /// <summary>Buckets of the JSON when the width is not given.</summary>
    private const int BucketsDefault = 200;

    public static Command Create(Terminal terminal)
    {
        var which = new Argument<string>("run") { Description = "The run's id." };
        var keys = new Argument<string[]>("key") { Description = $"Metrics; a chart for each. Default: the first {ChartsDefault}, system metrics aside.", Arity = ArgumentArity.ZeroOrMore };
        var with = new Option<string[]>("--with") { Description = "Another run in the same charts; repeat for more.", HelpName = "RUN", DefaultValueFactory = _ => [] };
        var axis = new Option<string>("--axis") { Description = "Along step or time.", HelpName = "AXIS", DefaultValueFactory = _ => "step" };
        axis.AcceptOnlyFromAmong("step", "time");
        var from = new Option<long?>("--from") { Description = "The first step, or Unix millisecond, to show.", HelpName = "N" };
        var to = new Option<long?>("--to") { Description = "The last step, or Unix millisecond, to show.", HelpName = "N" };
        var log = new Option<bool>("--log") { Description = "A logarithmic axis; values that are not positive are not drawn." };
        var width = Size("--width", "Of a chart, in characters. Default: the terminal's.", 20, 1_000);
        var height = Size("--height", $"Of a chart, in lines. Default: {HeightDefault}.", 2, 200);
        var json = ClientAction.Json();
        var command = new Command("metrics", "Draw metrics of runs in the terminal.") { which, keys, with, axis, from, to, log, width, height, ClientAction.Options(), json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var runs = new List<Run>();
            foreach (var id in (string[])[parsed.GetValue(which)!, .. parsed.GetValue(with) ?? []]) runs.Add(await client.Runs.GetAsync(id, ct));
            if (runs.Count > ChartView.CurvesMax) throw new CommandFailure(ExitCode.Usage, $"--with: at most {ChartView.CurvesMax} runs are drawn together, got {runs.Count}.");
            var chosen = Chosen(runs, parsed.GetValue(keys) ?? [], terminal);
            var size = (Width: parsed.GetValue(width) ?? (terminal.Interactive ? Math.Clamp(terminal.Rich.Profile.Width, 20, 1_000) : WidthDefault), Height: parsed.GetValue(height) ?? HeightDefault);
            var plot = Math.Max(10, size.Width - 14);
            var buckets = parsed.GetValue(json) ? parsed.GetValue(width) ?? BucketsDefault : BrailleChart.Buckets(plot);
            var answers = new List<SeriesView>();
            foreach (var key in chosen)
            {
                var group = new List<SeriesView>();
                foreach (var run in runs.Where(run => run.Metrics.ContainsKey(key)))
                    group.Add(SeriesView.Of(run, await Series(client, run.Id, key, buckets, parsed.GetValue(axis)!, parsed.GetValue(from), parsed.GetValue(to), ct)));
                if (!parsed.GetValue(json)) Print(terminal, key, group, plot, size.Height, parsed.GetValue(log), parsed.GetValue(axis) is "time", runs.Count > 1);
                answers.AddRange(group);
            }
            if (parsed.GetValue(json)) terminal.Json(answers, CliJson.Default.ListSeriesView);
        });
        return command;
    }

    private static List<string> Chosen(List<Run> runs, string[] named, Terminal terminal)
    {
        var there = runs.SelectMany(run => run.Metrics.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (named.FirstOrDefault(key => !there.Contains(key)) is { } missing)
            throw new CommandFailure(ExitCode.NotFound, $"No such metric: '{missing}'.", there.Count == 0 ? "Nothing was logged yet." : $"There are: {string.Join(", ", there.Take(20))}{(there.Count > 20 ? ", ..." : "")}.");
        if (named.Length > 0) return [.. named.Distinct()];
        var own = there.Where(key => !key.StartsWith("system/", StringComparison.Ordinal)).ToList();
        if (own.Count > ChartsDefault) terminal.Note($"{own.Count} metrics; the first {ChartsDefault} are drawn. Name others: {string.Join(", ", own.Skip(ChartsDefault).Take(10))}{(own.Count > ChartsDefault + 10 ? ", ..." : "")}.");
        if (own.Count == 0) terminal.Note("Nothing was logged yet.");
        return [.. own.Take(ChartsDefault)];
    }

    private static Task<SeriesAnswer> Series(SlipwayClient client, string run, string key, int buckets, string axis, long? from, long? to, CancellationToken ct) =>
        client.Wire.Get<SeriesAnswer>($"api/slipway/v1/runs/{Uri.EscapeDataString(run)}/metrics/series?key={Uri.EscapeDataString(key)}&buckets={Math.Clamp(buckets, 1, GetSeries.BucketsMax)}&axis={axis}"
            + (from is { } first ? $"&from={first}" : "") + (to is { } last ? $"&to={last}" : ""), ct);

    private static void Print(Terminal terminal, string key, List<SeriesView> series, int width, int height, bool log, bool isTime, bool several)
    {
        var colours = terminal.Colours;
        // Without colours curves in one chart could not be told apart: one below the other then.
        foreach (var group in colours || series.Count < 2 ? [series] : series.Select(one => (List<SeriesView>)[one]))
        {
            for (var i = 0; i < group.Count; i++) terminal.Line($"{ChartView.Name(several ? $"{key}  {group[i].RunName} ({group[i].RunId})" : key, i, colours && several)}: {group[i].Words()}");
            if (BrailleChart.Draw([.. group.Select(one => one.Curve())], width, height, log) is not { } chart) continue;
            string Place(long at) => isTime ? Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(at)) : $"step {at}";
            foreach (var line in ChartView.Lines(chart, Place(chart.From), Place(group.Max(one => one.To)), colours && several)) terminal.Line(line);
            terminal.Line();
        }
    }

    private static Option<int?> Size(string name, string description, int least, int most)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [.., var last] && (!int.TryParse(last.Value, out var number) || number < least || number > most)) result.AddError($"{name}: expected {least} to {most}.");
        });
        return option;
    }
}
