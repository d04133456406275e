namespace Slipway.Registry;

/// <summary>The stages that MLflow's clients know.</summary>
internal static class ModelStage
{
    public const string None = "None";
    public const string Staging = "Staging";
    public const string Production = "Production";
    public const string Archived = "Archived";

    /// <summary>In the order in which a version usually passes them.</summary>
    public static IReadOnlyList<string> All { get; } = [None, Staging, Production, Archived];

    /// <summary>True for stages that others can be archived from.</summary>
    public static bool IsActive(string stage) => stage is Staging or Production;

    /// <summary>The stage of a name in any case of letters, or null.</summary>
    public static string? Parse(string name) => All.FirstOrDefault(stage => stage.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The refusal of a stage that there is not, in the reference's words.</summary>
    public static Problem Unknown(string name) => Problem.Invalid($"Invalid Model Version stage: {Tracking.SearchText.Cut(name)}. Value must be one of {string.Join(", ", All)}.");
}
