using System.Globalization;

namespace Slipway.Serving;

/// <summary>What a canary's plan may say, and what holds where it says nothing.</summary>
internal static class CanaryRules
{
    /// <summary>How the chance of a wrong rollback is shared between errors, latency and predictions.</summary>
    public static readonly (string Guard, double Part)[] Parts = [("errors", 0.4), ("latency", 0.3), ("predictions", 0.3)];

    /// <summary>From which population stability index on a difference of predictions matters.</summary>
    public const double IndexMatters = 0.25;

    private static readonly double[] Ladder = [1, 5, 25, 100];

    /// <summary>A whole plan, or what is wrong with one.</summary>
    public static Outcome<CanaryPlan> Read(CanaryPlan asked)
    {
        var steps = asked.Steps ?? Ladder;
        if (steps.Length is 0 or > CanaryPlan.StepsMax) return Problem.Invalid($"canary.steps: expected 1 to {CanaryPlan.StepsMax} shares in percent, got {steps.Length}.");
        for (var i = 0; i < steps.Length; i++)
            if (!(steps[i] > (i == 0 ? 0 : steps[i - 1]) && steps[i] <= 100)) return Problem.Invalid($"canary.steps: expected rising shares above 0 and up to 100 percent, got {string.Join(", ", steps.Select(static step => step.ToString(CultureInfo.InvariantCulture)))}.");
        if (steps[0] >= 100) return Problem.Invalid("canary.steps: expected a first step below 100 percent: with nobody left there is nothing to compare with. Deploy without a canary instead.");
        if (asked.Requests is < 1 or > 1_000_000_000) return Problem.Invalid($"canary.requests: expected 1 to 1,000,000,000, got {asked.Requests}.");
        if (asked.HoldSeconds is { } hold && !(hold is >= 0 and <= 2_592_000)) return Problem.Invalid($"canary.hold_seconds: expected 0 to 2,592,000 (30 days), got {hold}.");
        if (asked.Alpha is { } alpha && !(alpha is > 0 and <= 0.5)) return Problem.Invalid($"canary.alpha: expected above 0 and up to 0.5, got {alpha}.");
        return new CanaryPlan(steps, asked.Requests ?? 500, asked.HoldSeconds ?? 60, new CanaryGuards(asked.Guards?.Errors ?? true, asked.Guards?.Latency ?? true, asked.Guards?.Predictions ?? true), asked.Alpha ?? 0.05);
    }

    /// <summary>Whether a plan asks for a guard.</summary>
    public static bool Wants(CanaryPlan plan, string guard) => guard switch { "errors" => plan.Guards!.Errors, "latency" => plan.Guards!.Latency, _ => plan.Guards!.Predictions } is not false;
}
