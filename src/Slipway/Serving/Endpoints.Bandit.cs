using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>Shares that follow rewards.</summary>
internal sealed partial class Endpoints
{
    /// <summary>By which arms of an endpoint requests were answered, for those that are known; whoever keeps the log says so.</summary>
    public Func<Session, long, IReadOnlyCollection<string>, IReadOnlyDictionary<string, string>> Answering { get; set; } = static (_, _, _) => new Dictionary<string, string>();

    /// <summary>Takes rewards, by arm or by request.</summary>
    public async Task<Outcome<RewardsTaken>> Reward(Caller caller, SendRewards request, CancellationToken ct)
    {
        if (request.Rewards is not { Length: > 0 } rewards) return Problem.Missing("rewards");
        if (rewards.Length > SendRewards.RewardsMax) return Problem.Invalid($"rewards: at most {SendRewards.RewardsMax:N0} at once, got {rewards.Length:N0}.");
        for (var i = 0; i < rewards.Length; i++)
        {
            if (rewards[i] is not { Value: { } value } one || !double.IsFinite(value)) return Problem.Invalid($"rewards[{i}].reward: expected a finite number.");
            if (string.IsNullOrEmpty(one.Arm) == string.IsNullOrEmpty(one.RequestId)) return Problem.Invalid($"rewards[{i}]: expected one of arm and request_id.");
        }
        return await db.Write<RewardsTaken>(session =>
        {
            if (Find(session, caller, request.Name, "", out var row) is { } refused) return refused;
            if (row.Settings.Bandit is { Reward: "binary" } && Array.FindIndex(rewards, static one => one.Value is < 0 or > 1) is var wrong and >= 0) return Problem.Invalid($"rewards[{wrong}].reward: expected 0 to 1 since rewards are binary here, got {rewards[wrong].Value}.");
            var arms = ArmsOf(session, row.Id).Select(static arm => arm.Name).ToHashSet();
            var answered = Answering(session, row.Id, [.. rewards.Select(static one => one.RequestId).OfType<string>().Distinct()]);
            var known = rewards.Select(one => (Arm: one.Arm ?? answered.GetValueOrDefault(one.RequestId!), Reward: one.Value!.Value)).Where(one => one.Arm is not null && arms.Contains(one.Arm)).Select(static one => (one.Arm!, one.Reward)).ToList();
            Rewards.Add(session, row.Id, known);
            return new RewardsTaken(known.Count, rewards.Length - known.Count);
        }, ct);
    }

    /// <summary>Draws the shares of an endpoint with a bandit anew; true when one moved by a hundredth or more.</summary>
    public async Task<bool> Draw(long endpoint, Random random, CancellationToken ct)
    {
        var seed = random.Next(); // the write may run twice
        var moved = false;
        await db.Write<Done>(session =>
        {
            moved = false;
            if (session.First($"{Columns} WHERE id = $1{session.Dialect.ForUpdate()}", Read, endpoint) is not { Settings.Bandit: { } bandit }) return default(Done);
            var arms = ArmsOf(session, endpoint).FindAll(static arm => !arm.Shadow);
            var known = Rewards.Read(session, endpoint).ToDictionary(static one => one.Arm);
            var best = ThompsonShares.Best([.. arms.Select(arm => known.TryGetValue(arm.Name, out var one) ? one.Rewards : default)], bandit.Reward == "binary", bandit.Minimize is true, new Random(seed));
            var shares = ThompsonShares.Shares(best, (bandit.FloorPercent ?? 1) / 100);
            var sum = arms.Sum(static arm => arm.Weight);
            for (var i = 0; i < arms.Count; i++) moved |= sum == 0 || Math.Abs(arms[i].Weight / sum - shares[i]) >= 0.01;
            Rewards.SetBest(session, endpoint, arms.Select((arm, i) => (arm.Name, best[i])));
            if (!moved) return default(Done);
            // Shares move all the time: they are no revision of their own.
            for (var i = 0; i < arms.Count; i++) session.Execute("UPDATE endpoint_arms SET weight = $3 WHERE endpoint_id = $1 AND name = $2", endpoint, arms[i].Name, shares[i] * 100);
            session.Execute(Raise);
            return default(Done);
        }, ct);
        if (moved)
            foreach (var tell in Changed) tell();
        return moved;
    }

    /// <summary>The endpoints whose shares follow rewards.</summary>
    public async Task<List<long>> Bandits(CancellationToken ct) => [.. (await db.Read(static session => All(session).Rows, ct)).Where(static row => row.Settings.Bandit is not null).Select(static row => row.Id)];
}
