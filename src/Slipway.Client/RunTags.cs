using System.Reflection;

namespace Slipway.Client;

/// <summary>The tags that MLflow's clients set on every run, so that pages and scripts find them on ours.</summary>
internal static class RunTags
{
    public const string Parent = "mlflow.parentRunId";
    public const string Note = "mlflow.note.content";

    public static Dictionary<string, string> Of(RunOptions options)
    {
        var tags = new Dictionary<string, string>
        {
            ["mlflow.user"] = Environment.UserName is { Length: > 0 } user ? user : "unknown",
            ["mlflow.source.name"] = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) is not "dotnet"
                ? path
                : Assembly.GetEntryAssembly()?.Location is { Length: > 0 } entry ? entry : "dotnet",
            ["mlflow.source.type"] = "LOCAL",
        };
        if (options.ParentRunId is { } parent) tags[Parent] = parent;
        if (options.Description is { } note) tags[Note] = note;
        foreach (var (key, value) in options.Tags) tags[key] = value;
        return tags;
    }
}
