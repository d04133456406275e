using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>Rewards that come as outcomes, given to the arms that earned them: each once, when it meets its prediction.</summary>
internal static class OutcomeRewards
{
    /// <summary>Adds the rewards among joined outcomes; those of names that are no endpoint's teach nobody.</summary>
    public static void Learn(Session session, IReadOnlyList<JoinedOutcome> joined)
    {
        foreach (var endpoint in joined.Where(static one => one.Reward is not null).GroupBy(static one => (one.Workspace, one.Endpoint)).OrderBy(static one => one.Key.Endpoint, StringComparer.Ordinal))
            if (session.Long("SELECT id FROM endpoints WHERE workspace_id = $1 AND name = $2", endpoint.Key.Workspace, endpoint.Key.Endpoint) is { } id)
                Rewards.Add(session, id, endpoint.Select(static one => (one.Arm, one.Reward!.Value)));
    }
}
