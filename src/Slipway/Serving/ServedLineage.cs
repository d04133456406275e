using System.Globalization;
using Slipway.Lineage;
using Slipway.Registry;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Serving;

/// <summary>What endpoints know of lineage: which versions they route to now.</summary>
internal static class ServedLineage
{
    /// <summary>The kind of an endpoint, by its name.</summary>
    public const string Endpoint = "endpoint";

    private const string Deployed = "deployed";

    /// <summary>Adds it.</summary>
    public static void AddTo(LineageKinds kinds)
    {
        kinds.Add(Endpoint, 1, Describe);
        kinds.AddStep(Endpoint, LineageWay.Up, static (session, caller, ids, most, found) =>
        {
            foreach (var id in ids)
                if (Endpoints.Find(session, Seeing(caller), id.Parts[0], "", out var row) is null)
                    foreach (var arm in Endpoints.ArmsOf(session, row.Id).DistinctBy(static arm => (arm.ModelId, arm.Version)).Take(most))
                        found(new(id, LineageId.Of(RegisteredLineage.Version, arm.Model, RegisteredModels.Text(arm.Version)), Deployed));
        });
        kinds.AddStep(RegisteredLineage.Version, LineageWay.Down, static (session, caller, ids, most, found) =>
        {
            foreach (var id in ids)
                if (long.TryParse(id.Parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var version) && RegisteredModels.Find(session, Seeing(caller), id.Parts[0], "", out var model) is null)
                    session.Each("SELECT DISTINCT e.id, e.name FROM endpoint_arms a JOIN endpoints e ON e.id = a.endpoint_id WHERE a.model_id = $1 AND a.version = $2 AND e.workspace_id = $3 ORDER BY e.id DESC LIMIT $4", row =>
                    {
                        found(new(id, LineageId.Of(Endpoint, row.Text(1)), Deployed));
                        return true;
                    }, model.Id, version, caller.Workspace, most);
        });
    }

    private static IEnumerable<(LineageId, LineageNode)> Describe(Session session, Caller caller, IReadOnlyList<LineageId> ids)
    {
        foreach (var id in ids)
            if (Endpoints.Find(session, Seeing(caller), id.Parts[0], "", out var row) is null)
                yield return (id, new LineageNode(id.Text, Endpoint, row.Name, 0, row.MadeMs, TrackedLineage.Details(("state", row.Paused is null ? "serving" : "paused"), ("revision", RegisteredModels.Text(row.Revision)),
                    ("arms", string.Join(", ", Endpoints.ArmsOf(session, row.Id).Select(static arm => $"{arm.Name}={arm.Model}/{arm.Version}"))), ("user_id", row.MadeBy))));
    }

    private static Caller Seeing(Caller caller) => caller with { Acting = Right.None };
}
