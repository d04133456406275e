using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Events;
using Slipway.Lineage;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>What other systems are told of a version that was made: of which logged model, run or other version.</summary>
internal static class ToldVersions
{
    /// <summary>The job in whose name versions are made.</summary>
    public const string Job = "registry";

    private const string Origin = "SELECT f.workspace_id, f.name, f.version FROM model_origins o JOIN model_versions f ON f.no = o.from_no WHERE o.version_no = $1";

    /// <summary>The event of OpenLineage for a version that was made.</summary>
    public static IEnumerable<JsonObject> Of(Session session, Event change, OpenLineageText text)
    {
        var parts = change.Subject.Split('/');
        var version = session.First("SELECT name, version, run_id, logged_model_id, source, is_prompt, no FROM model_versions WHERE model_id = $1 AND version = $2",
            static row => (Name: row.Text(0), Number: row.Long(1), Run: row.TextOrNull(2), Model: row.TextOrNull(3), Source: row.Text(4), IsPrompt: row.Bool(5), No: row.Long(6)),
            long.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture));
        if (version.Name is null || version.IsPrompt) yield break;
        var space = text.SpaceOf(change.Workspace);
        var at = change.At.ToUnixTimeMilliseconds();
        var made = $"{change.Workspace}/{change.Position}";
        yield return OpenLineageText.Event("START", at, made, space, Job, [], []);
        yield return OpenLineageText.Event("COMPLETE", at, made, space, Job, Inputs(), [OpenLineageText.Data(space, "models/" + version.Name, RegisteredModels.Text(version.Number))]);

        IEnumerable<JsonObject> Inputs()
        {
            if (ModelUri.Is(version.Source) && ModelUri.Parse(version.Source) is { Name: { } name, Version: { } number }) yield return OpenLineageText.Data(space, "models/" + name, RegisteredModels.Text(number));
            else if (!string.IsNullOrEmpty(version.Model)) yield return OpenLineageText.Data(space, ToldRuns.Model(version.Model), null);
            else if (session.First(Origin, static row => (Workspace: row.Long(0), Name: row.TextOrNull(1), Version: row.Long(2)), version.No) is { Name: { } from } origin)
                yield return OpenLineageText.Data(text.SpaceOf(origin.Workspace), "models/" + from, RegisteredModels.Text(origin.Version));
            else if (!string.IsNullOrEmpty(version.Run)) yield return OpenLineageText.Data(space, "runs/" + version.Run, null);
        }
    }
}
