namespace Slipway.Lineage;

/// <summary>The routes of lineage.</summary>
internal static class LineageApi
{
    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, LineageGraph graph, ToldLineage told)
    {
        Wire.Add(LineageJson.Default);
        routes.Add<GetLineage, LineageAnswer>("GET", "/api/slipway/v1/lineage", Right.ReadExperiments,
            $"Answers what led to a version, run, model or data set and what came of it, at most {LineageAnswer.NodesMax} things.", graph.Get);
        routes.AddBytes("POST", "/api/v1/lineage", Right.WriteExperiments, "Takes an event of OpenLineage: what a run, a job or a data set of another system did.", "application/json", told.Tell, OpenLineageEvent.BytesMax);
        routes.AddBytes("POST", "/api/v1/lineage/batch", Right.WriteExperiments, $"Takes at most {LineageTold.EventsMax} events of OpenLineage.", "application/json", told.TellAll, ToldLineage.BatchBytesMax);
    }
}
