using System.Diagnostics;

namespace Slipway.Quickstart;

/// <summary>What is going on.</summary>
/// <param name="Stage">data, features, grid, final, model, upload.</param>
/// <param name="Text">For people.</param>
/// <param name="Fraction">How much of the present piece of work is done, 0 to 1; 0 when a stage begins.</param>
public readonly record struct QuickstartProgress(string Stage, string Text, double Fraction);

/// <summary>Tells and times the stages.</summary>
internal sealed class Stages(Action<QuickstartProgress>? tell)
{
    private readonly Dictionary<string, double> seconds = [];
    private readonly long started = Stopwatch.GetTimestamp();
    private long stageStarted = Stopwatch.GetTimestamp();
    private string stage = "";

    public void Start(string name, string text)
    {
        End();
        stage = name;
        Tell(text, 0);
    }

    public void Tell(string text, double fraction) => tell?.Invoke(new(stage, text, fraction));

    public Dictionary<string, double> Finish()
    {
        End();
        seconds["total"] = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return seconds;
    }

    private void End()
    {
        if (stage.Length > 0) seconds[stage] = Stopwatch.GetElapsedTime(stageStarted).TotalSeconds;
        stageStarted = Stopwatch.GetTimestamp();
    }
}
