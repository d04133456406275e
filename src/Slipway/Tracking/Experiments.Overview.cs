namespace Slipway.Tracking;

/// <summary>What a list of experiments shows of each.</summary>
internal sealed partial class Experiments
{
    /// <summary>Runs by state, last activity and bytes of many experiments, in five statements.</summary>
    public async Task<Outcome<ExperimentOverviews>> Overview(Caller caller, OverviewExperiments request, CancellationToken ct)
    {
        var ids = request.ExperimentIds ?? [];
        if (ids.Length == 0) return Problem.Missing("experiment_ids");
        if (WireCheck.Count(ids.Length, OverviewExperiments.ExperimentsMax, "experiment_ids") is { } tooMany) return tooMany;
        foreach (var id in ids)
            if (WireCheck.ExperimentId(id, "experiment_ids") is { } bad) return bad;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Read<Outcome<ExperimentOverviews>>(session =>
        {
            var visible = Visible(session, caller, ids.OfType<string>().ToHashSet(StringComparer.Ordinal));
            if (visible.Count == 0) return new ExperimentOverviews([]);
            var found = ExperimentActivity.Overviews(session, caller, ExperimentActivity.Of(session, caller, visible, now));
            var place = ids.Select(static (id, index) => (Id: WireCheck.ExperimentNumber(id!) ?? -1, index)).GroupBy(static pair => pair.Id).ToDictionary(static group => group.Key, static group => group.First().index);
            return new ExperimentOverviews([.. found.OrderBy(one => place.GetValueOrDefault(one.Key)).Select(static one => one.Value)]);
        }, ct);
    }
}
