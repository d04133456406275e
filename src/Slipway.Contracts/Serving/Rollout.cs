namespace Slipway.Serving;

/// <summary>How a canary goes up, and by what it is judged. All optional.</summary>
/// <param name="Steps">Shares in percent, rising, at most <see cref="StepsMax"/>; 100: it takes over. 1, 5, 25, 100 if null.</param>
/// <param name="Requests">How many requests it answers on a step, at least; 500 if null.</param>
/// <param name="HoldSeconds">How long a step lasts, at least; 60 if null.</param>
/// <param name="Guards">By what it is judged.</param>
/// <param name="Alpha">The chance, at most, with which a canary that is like its control is rolled back; 0.05 if null.</param>
public sealed record CanaryPlan(double[]? Steps = null, long? Requests = null, double? HoldSeconds = null, CanaryGuards? Guards = null, double? Alpha = null)
{
    /// <summary>The most steps.</summary>
    public const int StepsMax = 20;
}

/// <summary>By what a canary is judged; null is true.</summary>
/// <param name="Errors">Requests that the server fails.</param>
/// <param name="Latency">Slow requests.</param>
/// <param name="Predictions">Predictions that are distributed otherwise.</param>
public sealed record CanaryGuards(bool? Errors = null, bool? Latency = null, bool? Predictions = null);

/// <summary>A canary: a version that gets a growing share, and goes back by itself.</summary>
public sealed record Canary
{
    /// <summary>Its arm.</summary>
    public string? Arm { get; init; }

    /// <summary>The arm that it is compared with and will replace.</summary>
    public string? Against { get; init; }

    /// <summary>Its model.</summary>
    public string? Model { get; init; }

    /// <summary>Its version.</summary>
    public string? Version { get; init; }

    /// <summary>`running`, `held`, `promoted`, `rolled_back` or `aborted`.</summary>
    public string? State { get; init; }

    /// <summary>Its step, from 0.</summary>
    public int Step { get; init; }

    /// <summary>Its share now, 0 to 1.</summary>
    public double Share { get; init; }

    /// <summary>Its plan's steps.</summary>
    public double[]? Steps { get; init; }

    /// <summary>How many requests a step takes, at least.</summary>
    public long Requests { get; init; }

    /// <summary>How long a step takes, at least.</summary>
    public double HoldSeconds { get; init; }

    /// <summary>How many it answered on this step.</summary>
    public long StepRequests { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long StartedMs { get; init; }

    /// <summary>When the step began, Unix milliseconds.</summary>
    public long StepMs { get; init; }

    /// <summary>When it ended, Unix milliseconds.</summary>
    public long? EndedMs { get; init; }

    /// <summary>Why it ended, or is held.</summary>
    public string? Reason { get; init; }

    /// <summary>What its guards say.</summary>
    public CanaryTest[]? Tests { get; init; }
}

/// <summary>What one guard says of a canary.</summary>
public sealed record CanaryTest
{
    /// <summary>`errors`, `latency` or `predictions`.</summary>
    public string? Guard { get; init; }

    /// <summary>The e-value: 1 says nothing, large numbers speak against the canary.</summary>
    public double Evidence { get; init; }

    /// <summary>Where it is rolled back.</summary>
    public double Limit { get; init; }

    /// <summary>The canary's rate; of predictions the population stability index.</summary>
    public double Canary { get; init; }

    /// <summary>The control's rate.</summary>
    public double Control { get; init; }

    /// <summary>Requests of the canary that count.</summary>
    public long CanaryRequests { get; init; }

    /// <summary>Requests of the control that count.</summary>
    public long ControlRequests { get; init; }

    /// <summary>A sentence.</summary>
    public string? Message { get; init; }
}

/// <summary>Shares that follow rewards.</summary>
/// <param name="Reward">`binary` (0 to 1) or `value`.</param>
/// <param name="FloorPercent">What every arm keeps; 1 if null.</param>
/// <param name="Minimize">True: small rewards are good.</param>
/// <param name="Arms">Answered: what is known of each arm.</param>
public sealed record Bandit(string? Reward = null, double? FloorPercent = null, bool? Minimize = null, BanditArm[]? Arms = null);

/// <summary>What is known of an arm.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="Rewards">How many rewards came.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Best">The chance that it is the best arm.</param>
public sealed record BanditArm(string? Arm = null, long Rewards = 0, double Mean = 0, double Best = 0);
