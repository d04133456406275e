using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>Prompts are registered models with a tag that says so; their texts are tags of their versions.</summary>
internal static class Prompts
{
    /// <summary>The tag that makes a prompt of a model.</summary>
    public const string IsPromptTag = "mlflow.prompt.is_prompt";

    /// <summary>The tag of a version that holds the prompt's text.</summary>
    public const string TextTag = "mlflow.prompt.text";

    /// <summary>The tag that says whether a prompt is one text or a chat.</summary>
    public const string TypeTag = "_mlflow_prompt_type";

    /// <summary>True for tags that say that their owner is a prompt.</summary>
    public static bool Marked(IReadOnlyList<KeyValue> tags) => tags.Any(static tag => tag.Key == IsPromptTag && Says(tag.Value));

    /// <summary>The tags that people set, without those that make the prompt.</summary>
    public static IReadOnlyList<KeyValue> Plain(IReadOnlyList<KeyValue> tags) => [.. tags.Where(static tag => tag.Key is not (IsPromptTag or TextTag or TypeTag))];

    /// <summary>True for the tag's value that makes a prompt.</summary>
    public static bool Says(string value) => value.Equals("true", StringComparison.OrdinalIgnoreCase);
}
