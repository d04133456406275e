namespace Slipway.Registry;

/// <summary>The stages of a model; also the body of PUT models/{name}/stages.</summary>
/// <param name="Name">Part of the path.</param>
/// <param name="Stages">In the order in which a version usually passes them; at most <see cref="StagesMax"/>. Empty to go back to MLflow's four.</param>
/// <param name="Custom">False for MLflow's four.</param>
public sealed record ModelStages(string? Name = null, ModelStageOf[]? Stages = null, bool Custom = false)
{
    /// <summary>The most stages of a model.</summary>
    public const int StagesMax = 20;

    /// <summary>The longest name of a stage, in characters.</summary>
    public const int NameCharsMax = 40;
}

/// <summary>A stage of a model.</summary>
/// <param name="Stage">Its name: letters, digits, `_`, `-` and spaces.</param>
/// <param name="Shows">What MLflow's clients see: Staging, Production or Archived.</param>
/// <param name="Versions">Which versions are in it, the newest first; of all stages but None and Archived together at most 1,000.</param>
public sealed record ModelStageOf(string? Stage = null, string? Shows = null, string[]? Versions = null);
