using Microsoft.Extensions.Logging;
using Slipway.Jobs;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>Judges canaries and draws the shares of bandits: on one server of an installation, which holds the job's lease; every decision is a write of its own that looks again.</summary>
internal sealed partial class Rollouts(Endpoints endpoints, TimeProvider clock, ILogger<Rollouts> log)
{
    /// <summary>How often canaries are judged.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>How often shares are drawn anew, in looks.</summary>
    private const int DrawEvery = 5;

    /// <summary>The resident job.</summary>
    public JobHandler Handler => new("serving.rollouts", Run, Resident: true);

    /// <summary>One look.</summary>
    public async Task Look(bool draws, Random random, CancellationToken ct)
    {
        foreach (var canary in await endpoints.OpenCanaries(ct)) await endpoints.Judge(canary.Endpoint, ct);
        if (!draws) return;
        foreach (var endpoint in await endpoints.Bandits(ct)) await endpoints.Draw(endpoint, random, ct);
    }

    private async Task Run(Lease lease, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Every, clock);
        var random = new Random();
        for (var looks = 0; await timer.WaitForNextTickAsync(ct); looks++)
        {
            try
            {
                await Look(looks % DrawEvery == 0, random, ct);
            }
            catch (StorageException failure)
            {
                Failed(failure.Message); // the next look tries again
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Rollouts could not be looked at: {Why} It is tried again.")]
    private partial void Failed(string why);
}
