using System.Diagnostics;
using Slipway.Quickstart;
using Spectre.Console;

namespace Slipway.Cli;

/// <summary>Shows how far the quickstart is: bars on a terminal, a line for each finished piece of work elsewhere.</summary>
internal static class QuickstartProgressView
{
    public static Task<QuickstartSummary> Show(Terminal terminal, Func<Action<QuickstartProgress>, Task<QuickstartSummary>> work) =>
        terminal.Interactive ? Bars(terminal.Rich, work) : Lines(terminal, work);

    private static Task<QuickstartSummary> Bars(IAnsiConsole console, Func<Action<QuickstartProgress>, Task<QuickstartSummary>> work) =>
        console.Progress().AutoRefresh(true).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new ElapsedTimeColumn())
            .StartAsync(async view =>
            {
                ProgressTask? task = null;
                var stage = "";
                var summary = await work(now =>
                {
                    if (now.Stage != stage)
                    {
                        End(task);
                        task = view.AddTask(Markup.Escape(now.Text));
                        stage = now.Stage;
                    }
                    task!.Description = Markup.Escape(now.Text);
                    // A bar that is full counts as finished: the next setting of the grid fills it again.
                    task.Value = Math.Min(now.Fraction, 0.999) * 100;
                });
                End(task);
                return summary;
            });

    private static void End(ProgressTask? task)
    {
        if (task is null) return;
        task.Value = 100;
        task.StopTask();
    }

    private static Task<QuickstartSummary> Lines(Terminal terminal, Func<Action<QuickstartProgress>, Task<QuickstartSummary>> work)
    {
        var clock = Stopwatch.StartNew();
        return work(now =>
        {
            if (now.Fraction is 0 or >= 1) terminal.Note($"{clock.Elapsed.TotalSeconds,6:0.0} s  {now.Text}");
        });
    }
}
