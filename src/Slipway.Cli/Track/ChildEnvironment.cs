using Slipway.Client;

namespace Slipway.Cli.Track;

/// <summary>Variables through which a program finds its run: MLflow's clients of every language and ours read them.</summary>
internal static class ChildEnvironment
{
    /// <summary>The run that a program works in.</summary>
    public const string RunId = "SLIPWAY_RUN_ID";

    /// <summary>Where runs go that name no experiment, as with MLflow.</summary>
    public const string ExperimentDefault = "Default";

    /// <summary>What the program gets beside our own environment.</summary>
    /// <param name="client">The server, and who is asking: a token that came from a file reaches the program too.</param>
    /// <param name="run">Its run.</param>
    /// <param name="command">What is run.</param>
    /// <param name="interactive">A person watches: Python shall not hold its lines back because it writes to a pipe.</param>
    public static IReadOnlyDictionary<string, string?> Of(SlipwayClient client, ActiveRun run, TrackedCommand command, bool interactive)
    {
        var options = client.Wire.Options;
        var url = options.Url.AbsoluteUri.TrimEnd('/');
        var given = new Dictionary<string, string?>
        {
            ["MLFLOW_TRACKING_URI"] = url,
            ["MLFLOW_RUN_ID"] = run.Id,
            ["MLFLOW_EXPERIMENT_NAME"] = command.Experiment,
            ["MLFLOW_EXPERIMENT_ID"] = run.ExperimentId is { Length: > 0 } id ? id : null,
            ["SLIPWAY_URL"] = url,
            [RunId] = run.Id,
        };
        if (options.Token is { Length: > 0 } token) given["SLIPWAY_TOKEN"] = given["MLFLOW_TRACKING_TOKEN"] = token;
        else if (options.UserName is { Length: > 0 } name) (given["MLFLOW_TRACKING_USERNAME"], given["MLFLOW_TRACKING_PASSWORD"]) = (name, options.Password);
        if (options.Workspace is { Length: > 0 } workspace) given["SLIPWAY_WORKSPACE"] = given["MLFLOW_WORKSPACE"] = workspace;
        if (interactive && command.KeepsConsole && Environment.GetEnvironmentVariable("PYTHONUNBUFFERED") is null) given["PYTHONUNBUFFERED"] = "1";
        foreach (var (name, value) in command.Variables) given[name] = value;
        return given;
    }

    /// <summary>The whole environment that the program sees.</summary>
    public static SortedDictionary<string, string> Whole(TrackedCommand command)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry entry in Environment.GetEnvironmentVariables())
            if (entry is { Key: string name, Value: string value }) all[name] = value;
        foreach (var (name, value) in command.Variables) all[name] = value;
        return all;
    }
}
