using Slipway.Registry;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>What arms were worth, as sums: nothing grows with the number of rewards. Rewards may come late and in any order.</summary>
internal static class Rewards
{
    private const string Put = """
        INSERT INTO endpoint_rewards (endpoint_id, arm, rewards, total, squares) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (endpoint_id, arm) DO UPDATE SET rewards = endpoint_rewards.rewards + excluded.rewards, total = endpoint_rewards.total + excluded.total, squares = endpoint_rewards.squares + excluded.squares
        """;

    /// <summary>Adds rewards of arms. Sorted, so that two writers do not wait for each other in a circle.</summary>
    public static void Add(Session session, long endpoint, IEnumerable<(string Arm, double Reward)> rewards)
    {
        foreach (var arm in rewards.GroupBy(static one => one.Arm).OrderBy(static one => one.Key, StringComparer.Ordinal))
            session.Execute(Put, endpoint, arm.Key, arm.Count(), arm.Sum(static one => one.Reward), arm.Sum(static one => one.Reward * one.Reward));
    }

    /// <summary>What is known of the arms, in their order.</summary>
    public static List<(string Arm, ArmRewards Rewards, double? Best)> Read(Session session, long endpoint) =>
        session.Query("SELECT arm, rewards, total, squares, best FROM endpoint_rewards WHERE endpoint_id = $1 ORDER BY arm", static row => (row.Text(0), new ArmRewards(row.Long(1), row.Double(2), row.Double(3)), row.IsNull(4) ? (double?)null : row.Double(4)), endpoint);

    /// <summary>For the wire.</summary>
    public static BanditArm[]? Of(Session session, long endpoint, IReadOnlyList<ArmRow> arms)
    {
        var known = Read(session, endpoint).ToDictionary(static one => one.Arm);
        return RegisteredModels.Some(arms.Where(static arm => !arm.Shadow).Select(arm => known.TryGetValue(arm.Name, out var one)
            ? new BanditArm(arm.Name, one.Rewards.Count, one.Rewards.Mean, one.Best ?? 0) : new BanditArm(arm.Name)));
    }

    /// <summary>Keeps the chances of being the best.</summary>
    public static void SetBest(Session session, long endpoint, IEnumerable<(string Arm, double Best)> chances)
    {
        foreach (var (arm, best) in chances)
            session.Execute("INSERT INTO endpoint_rewards (endpoint_id, arm, rewards, total, squares, best) VALUES ($1, $2, 0, 0, 0, $3) ON CONFLICT (endpoint_id, arm) DO UPDATE SET best = excluded.best", endpoint, arm, best);
    }
}
