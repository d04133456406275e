using Slipway.Jobs;

namespace Slipway.Registry;

/// <summary>Closes requests for approval whose time is over. They count no more from that moment; this says so to people.</summary>
internal sealed class ApprovalExpiry(Approvals approvals, TimeProvider clock)
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <summary>The resident job that looks once a minute.</summary>
    public JobHandler Handler => new("approvals.expire", async (_, ct) =>
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(ct)) await approvals.ExpireAll(ct);
    }, Resident: true);
}
