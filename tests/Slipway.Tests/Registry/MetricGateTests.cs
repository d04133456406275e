using Slipway.Registry;

namespace Slipway.Tests.Registry;

/// <summary>Metrics against bounds and champions, decided from facts.</summary>
public sealed class MetricGateTests
{
    private static ModelVersionRow Version(long number, string? run = null) => new(number * 10, 1, number, "m", "None", "s", "s", true, run, null, null, false);

    private static GateFacts Facts(params ComputedMetric[] computed)
    {
        var facts = new GateFacts { Version = Version(2, "r2"), Slot = (StayKind.Alias, "champion") };
        facts.Computed["d"] = [.. computed];
        facts.Newest["d"] = "digest";
        facts.Champions[default] = Version(1, "r1");
        return facts;
    }

    private static ComputedMetric Computed(long version, double? value, ComputedStatus status = ComputedStatus.Done, string digest = "digest") => new(version * 10, "f1", digest, value, status, status is ComputedStatus.Failed ? "no model" : null, version);

    private static MetricPolicyCheck Check(double? min = null, double? max = null, bool against = false, double tolerance = 0, double percent = 0, bool higher = true, bool claimed = false) =>
        new("f1", "d", min, max, against ? default(SlotRef) : null, tolerance, percent, higher, claimed);

    [Theory]
    [InlineData(0.9, 0.9, null, "passed")]
    [InlineData(0.9, 0.900001, null, "failed")]
    [InlineData(0.9, null, 0.9, "passed")]
    [InlineData(0.9, null, 0.89, "failed")]
    [InlineData(0.9, 0.8, 1.0, "passed")]
    [InlineData(double.NaN, 0.0, null, "failed")]
    [InlineData(double.NaN, null, 1.0, "failed")]
    [InlineData(double.PositiveInfinity, 0.0, null, "passed")]
    public void Bounds_are_part_of_what_passes_and_NaN_passes_nothing(double value, double? min, double? max, string status) =>
        Assert.Equal(status, MetricGate.Decide(Check(min, max), Facts(Computed(2, value))).Status);

    [Theory]
    [InlineData(0.90, 0.90, true, 0, 0, "passed")]
    [InlineData(0.89, 0.90, true, 0, 0, "failed")]
    [InlineData(0.89, 0.90, true, 0.01, 0, "passed")] // 0.90 - 0.01 is a bit more than 0.89
    [InlineData(0.8899, 0.90, true, 0.01, 0, "failed")]
    [InlineData(0.81, 0.90, true, 0, 10, "passed")]
    [InlineData(0.8, 0.90, true, 0, 10, "failed")]
    [InlineData(0.31, 0.30, false, 0, 0, "failed")]
    [InlineData(0.31, 0.30, false, 0.01, 0, "passed")]
    [InlineData(-5.1, -5.0, true, 0, 2, "passed")]
    [InlineData(-5.2, -5.0, true, 0, 2, "failed")]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity, false, 0, 0, "passed")]
    [InlineData(0.9, double.NaN, true, 1, 0, "failed")]
    [InlineData(double.NaN, 0.9, true, 1, 0, "failed")]
    public void Champion_is_met_within_the_tolerance(double value, double champion, bool higher, double tolerance, double percent, string status) =>
        Assert.Equal(status, MetricGate.Decide(Check(against: true, tolerance: tolerance, percent: percent, higher: higher), Facts(Computed(2, value), Computed(1, champion))).Status);

    [Fact]
    public void Champion_that_is_absent_or_the_version_itself_is_met()
    {
        var alone = Facts(Computed(2, 0.1));
        alone.Champions[default] = null;
        Assert.Equal("passed", MetricGate.Decide(Check(against: true), alone).Status);
        alone.Champions[default] = alone.Version;
        Assert.Equal("passed", MetricGate.Decide(Check(against: true), alone).Status);
    }

    [Fact]
    public void Champion_counts_on_the_same_bytes_only()
    {
        var found = MetricGate.Decide(Check(against: true), Facts(Computed(2, 0.9), Computed(1, 0.8, digest: "older")));
        Assert.Equal("failed", found.Status);
        Assert.Equal("slipway models evaluate m 1 --dataset d", found.Remedy);
    }

    [Fact]
    public void What_is_not_computed_does_not_pass_and_says_why()
    {
        Assert.Equal(("failed", "slipway models evaluate m 2 --dataset d"), (MetricGate.Decide(Check(0), Facts()).Status, MetricGate.Decide(Check(0), Facts()).Remedy));
        Assert.Equal("pending", MetricGate.Decide(Check(0), Facts(Computed(2, null, ComputedStatus.UnderWay))).Status);
        Assert.Contains("no model", MetricGate.Decide(Check(0), Facts(Computed(2, null, ComputedStatus.Failed))).Message, StringComparison.Ordinal);
        var absent = Facts();
        absent.Newest["d"] = null;
        Assert.Contains("There is no evaluation dataset 'd'", MetricGate.Decide(Check(0), absent).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Claim_counts_only_where_the_policy_takes_it_and_never_against_a_computed_value()
    {
        GateFacts Claiming(params ComputedMetric[] computed)
        {
            var facts = Facts(computed);
            facts.Claimed[("r2", "f1")] = 0.95;
            facts.Claimed[("r1", "f1")] = 0.97;
            return facts;
        }
        var refused = MetricGate.Decide(Check(0.9), Claiming());
        Assert.Equal(("failed", false), (refused.Status, refused.Claimed));
        Assert.Contains("The run claims 0.95, which does not count", refused.Message, StringComparison.Ordinal);
        var taken = MetricGate.Decide(Check(0.9, claimed: true), Claiming());
        Assert.Equal(("passed", true), (taken.Status, taken.Claimed));
        // What was computed goes before what is claimed.
        Assert.Equal(("failed", false), (MetricGate.Decide(Check(0.9, claimed: true), Claiming(Computed(2, 0.5))).Status, MetricGate.Decide(Check(0.9, claimed: true), Claiming(Computed(2, 0.5))).Claimed));
        Assert.Equal("failed", MetricGate.Decide(Check(against: true, claimed: true), Claiming()).Status); // 0.95 < 0.97
        Assert.Equal("passed", MetricGate.Decide(Check(against: true, tolerance: 0.02, claimed: true), Claiming(Computed(1, 0.99))).Status); // claim against claim
        Assert.Equal("failed", MetricGate.Decide(Check(against: true, claimed: true), Claiming(Computed(2, 0.99))).Status); // nothing computed of the champion
    }
}
