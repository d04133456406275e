using System.Diagnostics;
using Spectre.Console;

namespace Slipway.Cli.Score;

/// <summary>Shows how far a scoring is: a bar with rows a second on a terminal, a line every ten seconds elsewhere.</summary>
internal static class ScoreView
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(10), BarEvery = TimeSpan.FromMilliseconds(100);

    public static Task<Problem?> Show(Terminal terminal, Func<Action<ScoreProgress>, Task<Problem?>> work) => terminal.Interactive ? Bar(terminal.Rich, work) : Lines(terminal, work);

    private static Task<Problem?> Bar(IAnsiConsole console, Func<Action<ScoreProgress>, Task<Problem?>> work) =>
        console.Progress().AutoRefresh(true).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async view =>
            {
                var task = view.AddTask("scoring");
                return await work(Rarely(BarEvery, (now, rate) =>
                {
                    (task.MaxValue, task.Value) = (Math.Max(1, now.Rows), now.Done);
                    task.Description = Markup.Escape(Text(now, rate));
                }));
            });

    private static Task<Problem?> Lines(Terminal terminal, Func<Action<ScoreProgress>, Task<Problem?>> work) => work(Rarely(LineEvery, (now, rate) => terminal.Note(Text(now, rate))));

    private static Action<ScoreProgress> Rarely(TimeSpan every, Action<ScoreProgress, double> show)
    {
        var (began, last, first) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp(), -1L);
        return now =>
        {
            if (first < 0) first = now.Done;
            if (Stopwatch.GetElapsedTime(last) < every) return;
            last = Stopwatch.GetTimestamp();
            show(now, (now.Done - first) / Math.Max(0.001, Stopwatch.GetElapsedTime(began).TotalSeconds));
        };
    }

    private static string Text(ScoreProgress now, double rate) => $"{now.Done:N0} of {now.Rows:N0} rows, {rate:N0} a second{(now.Failed > 0 ? $", {now.Failed:N0} failed" : "")}";
}
