using Slipway.Faults.Processes;
using Slipway.Storage;

namespace Slipway.Faults.Kills;

/// <summary>kill -9 of the real server, at random moments and at named ones: what was acknowledged is there, once, and the event log is whole.</summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private const int Clients = 4;
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-kills-").FullName;

    [Fact]
    public async Task Killed_at_random_moments_it_keeps_everything_acknowledged_exactly_once()
    {
        var seed = Scale.Seed();
        var random = new Random(seed);
        var ledger = new Ledger();
        var rounds = Scale.Of(full: 100, least: 3);
        for (var round = 0; round < rounds; round++)
        {
            await using var server = await RealServer.Start(Data);
            // After so many acknowledgements and then some: a busy machine makes rounds longer, not emptier. One kill in six meets the start itself, but never the last: some have to be acknowledged.
            var kill = round < rounds - 1 && random.Next(6) == 0 ? 0 : random.Next(60, 200);
            await Load(server, ledger, random, async () =>
            {
                var upTo = ledger.Acknowledged + kill;
                while (ledger.Acknowledged < upTo && !server.HasEnded) await Task.Delay(1);
                await Task.Delay(random.Next(20));
                await server.Kill();
            });
            // Every run at the end; before that those of the last rounds, else the time would grow with the square of the rounds.
            await Verify(ledger, $"SLIPWAY_TEST_SEED={seed}, round {round}, killed after {kill} writes", round == rounds - 1 ? int.MaxValue : 60);
        }
        Assert.True(ledger.Acknowledged > 15 * rounds, $"Only {ledger.Acknowledged} writes were acknowledged in {rounds} rounds: this proves nothing.");
        output.WriteLine($"{rounds} rounds, {ledger.Acknowledged} acknowledged writes");
    }

    public static TheoryData<string> FailPoints => [.. FailPoint.All];

    [Theory]
    [MemberData(nameof(FailPoints))]
    public async Task Killed_at_a_fail_point_it_keeps_everything_acknowledged_exactly_once(string name)
    {
        var seed = Scale.Seed();
        var random = new Random(seed);
        // Compaction waits for a run to grow; its second pass over a run finds keys with segments of their own beside packs.
        var compaction = name.Contains("compact", StringComparison.Ordinal);
        var ledger = new Ledger(compaction ? 5_000 : 12);
        for (var round = 0; round < Scale.Of(full: 10, least: 1); round++)
        {
            // Migrations and the loops' first ticks also commit: the n-th passing lies in the middle of the load.
            var passing = name is FailPoint.BeforeCommit or FailPoint.CommittedNotAcknowledged ? random.Next(20, 80) : compaction ? 1 : random.Next(1, 3);
            await using var server = await RealServer.Start(Data, $"{name}:{passing}");
            await Load(server, ledger, random, () => server.Ended(TimeSpan.FromSeconds(120)));
            Assert.Equal(137, server.ExitCode);
            await Verify(ledger, $"SLIPWAY_TEST_SEED={seed}, {name}:{passing}");
        }
        output.WriteLine($"{ledger.Acknowledged} acknowledged writes");
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Data => Path.Combine(folder, "data");

    private static async Task Load(RealServer server, Ledger ledger, Random random, Func<Task> end)
    {
        using var stop = new CancellationTokenSource();
        var seeds = Enumerable.Range(0, Clients).Select(_ => random.Next()).ToList();
        var clients = seeds.Select(seed => Task.Run(async () =>
        {
            using var wire = new WireClient(server.Url);
            await ledger.Client(wire, new Random(seed), stop.Token);
        })).ToList();
        try
        {
            await end();
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(clients);
        }
    }

    private async Task Verify(Ledger ledger, string when, int newest = int.MaxValue)
    {
        await using var server = await RealServer.Start(Data);
        using var wire = new WireClient(server.Url);
        Assert.True(ledger.Refused.Count == 0, $"{when}\nrefused: {string.Join('\n', ledger.Refused.Take(5))}");
        var losses = await ledger.Losses(wire, beforeResend: true, newest);
        await ledger.Resend(wire);
        losses.AddRange(await ledger.Losses(wire, beforeResend: false, newest));
        Assert.True(losses.Count == 0, $"{when}\n{string.Join('\n', losses.Take(20))}\n{server.LastWords}");
    }
}
