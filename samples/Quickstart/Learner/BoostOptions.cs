namespace Slipway.Quickstart.Learner;

/// <summary>How the trees are grown.</summary>
public sealed record BoostOptions
{
    /// <summary>Trees, 1 to 10,000.</summary>
    public int Rounds { get; init => field = value is >= 1 and <= 10_000 ? value : throw new ArgumentOutOfRangeException(nameof(value), "Rounds must be 1 to 10,000."); } = 100;

    /// <summary>Leaves a tree may have, 2 to 1,024.</summary>
    public int Leaves { get; init => field = value is >= 2 and <= 1_024 ? value : throw new ArgumentOutOfRangeException(nameof(value), "Leaves must be 2 to 1,024."); } = 31;

    /// <summary>Shrinkage: how much of each tree's answer is taken, in (0, 1].</summary>
    public double LearningRate { get; init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), "LearningRate must be in (0, 1]."); } = 0.1;

    /// <summary>Rows a leaf must hold, at least 1.</summary>
    public int MinLeafRows { get; init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), "MinLeafRows must be at least 1."); } = 100;

    /// <summary>L2 penalty on leaf values, at least 0.</summary>
    public double L2 { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), "L2 must not be negative."); } = 1;

    /// <summary>Share of the rows each tree is grown on, drawn by <see cref="Seed"/>, in (0, 1].</summary>
    public double RowShare { get; init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), "RowShare must be in (0, 1]."); } = 1;

    /// <summary>The same seed gives the same trees, on any number of cores.</summary>
    public int Seed { get; init; } = 1;
}
