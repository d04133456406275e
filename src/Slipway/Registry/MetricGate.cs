using System.Globalization;

namespace Slipway.Registry;

/// <summary>
/// A metric against bounds or against the champion. Only what Slipway computed itself counts, on the same bytes for both, unless the policy takes the run's word
/// for it. What is no number passes nothing.
/// </summary>
internal static class MetricGate
{
    // A value that is exactly at the edge passes: the subtraction of a tolerance may be off by its last bit.
    private const double Slack = 1e-12;

    public static GateFinding Decide(MetricPolicyCheck check, GateFacts facts)
    {
        var value = Value(check, facts, facts.Version, null);
        if (value.Missing is { } missing) return missing;
        if (double.IsNaN(value.Number)) return new(GateFinding.Failed, $"{check.Metric} is no number.", Evidence: Evidence(check, value, null, null));
        if (check.Against is { } who) return Against(check, facts, who, value);
        var (low, high) = (value.Number < check.Min, value.Number > check.Max);
        var asked = low ? $"at least {Text(check.Min!.Value)}" : $"at most {Text(check.Max ?? 0)}";
        return low || high ? new(GateFinding.Failed, $"{check.Metric} is {Text(value.Number)}{Origin(value)}; {asked} is asked.", Evidence: Evidence(check, value, null, null), Claimed: value.Claimed)
            : new(GateFinding.Passed, $"{check.Metric} is {Text(value.Number)}{Origin(value)}.", Evidence: Evidence(check, value, null, null), Claimed: value.Claimed);
    }

    private static GateFinding Against(MetricPolicyCheck check, GateFacts facts, SlotRef who, Measured value)
    {
        if (facts.Champions.GetValueOrDefault(who) is not { } champion)
            return new(GateFinding.Passed, $"{check.Metric} is {Text(value.Number)}{Origin(value)}; nothing stands there yet to compare with.", Evidence: Evidence(check, value, null, null), Claimed: value.Claimed);
        if (champion.No == facts.Version.No) return new(GateFinding.Passed, $"{check.Metric} is {Text(value.Number)}{Origin(value)}; it stands there itself.", Evidence: Evidence(check, value, champion, null), Claimed: value.Claimed);
        var other = Value(check, facts, champion, value);
        if (other.Missing is { } missing) return missing;
        var evidence = Evidence(check, value, champion, other);
        if (double.IsNaN(other.Number)) return new(GateFinding.Failed, $"{check.Metric} of version {champion.Version}, which stands there, is no number: there is nothing to compare with.", Evidence: evidence);
        var room = check.Tolerance + Math.Abs(other.Number) * check.TolerancePercent / 100;
        var edge = check.HigherIsBetter ? other.Number - room : other.Number + room;
        var slack = Slack * (Math.Abs(other.Number) + room);
        var passes = value.Number == other.Number || (check.HigherIsBetter ? value.Number >= edge - slack : value.Number <= edge + slack);
        var says = $"{check.Metric} is {Text(value.Number)}{Origin(value)}, that of version {champion.Version}, which stands there, {Text(other.Number)}";
        return passes ? new(GateFinding.Passed, says + ".", Evidence: evidence, Claimed: value.Claimed)
            : new(GateFinding.Failed, $"{says}; {(check.HigherIsBetter ? "at least" : "at most")} {Text(edge)} is asked.", Evidence: evidence, Claimed: value.Claimed);
    }

    private readonly record struct Measured(double Number, bool Claimed, string? Digest, string? From, GateFinding? Missing);

    // The champion is measured on the bytes that the candidate was measured on; where a claim counted, by its own claim.
    private static Measured Value(MetricPolicyCheck check, GateFacts facts, ModelVersionRow version, Measured? like)
    {
        var computed = check.Dataset is { } dataset && like is not { Claimed: true }
            ? facts.Computed.GetValueOrDefault(dataset)?.FindAll(one => one.VersionNo == version.No && one.Metric == check.Metric && (like is null || one.DatasetDigest == like.Value.Digest)) : null;
        if (computed?.Find(static one => one.Status is ComputedStatus.Done) is { } done)
            return new(done.Value ?? double.NaN, false, done.DatasetDigest, $"evaluation {GateChecks.Number(done.Evaluation)}", null);
        var claim = version.RunId is { } run && facts.Claimed.TryGetValue((run, check.Metric), out var said) ? said : (double?)null;
        if (check.ClaimedCounts && claim is { } number && like is null or { Claimed: true }) return new(number, true, null, $"run {version.RunId}", null);
        return new(0, false, null, null, NotThere(check, facts, version, computed, claim));
    }

    private static GateFinding NotThere(MetricPolicyCheck check, GateFacts facts, ModelVersionRow version, List<ComputedMetric>? computed, double? claim)
    {
        var of = version.No == facts.Version.No ? "" : $" of version {version.Version}, which stands there,";
        var remedy = check.Dataset is null ? null : $"slipway models evaluate {GateChecks.Quoted(version.Name)} {GateChecks.Number(version.Version)} --dataset {GateChecks.Quoted(check.Dataset)}";
        (string, string?)[] evidence = [("dataset", check.Dataset), ("dataset_digest", check.Dataset is null ? null : facts.Newest.GetValueOrDefault(check.Dataset)), ("claimed", claim is { } known ? Text(known) : null)];
        if (check.Dataset is null) return new(GateFinding.Failed, $"The run logged no {check.Metric}.", "Log it with the run, and register the model of that run.");
        if (computed?.Find(static one => one.Status is ComputedStatus.UnderWay) is not null) return new(GateFinding.Pending, $"{check.Metric}{of} on {check.Dataset} is being computed.", "Wait until it is done.", Evidence: evidence);
        if (computed?.Find(static one => one.Status is ComputedStatus.Failed) is { } failed) return new(GateFinding.Failed, $"{check.Metric}{of} on {check.Dataset} could not be computed: {failed.Problem}", remedy, Evidence: evidence);
        var hint = claim is not { } value ? "" : check.ClaimedCounts ? $" A claim of {Text(value)} cannot be compared with a computed value." : $" The run claims {Text(value)}, which does not count here.";
        if (facts.Newest.GetValueOrDefault(check.Dataset) is null) return new(GateFinding.Failed, $"There is no evaluation dataset '{check.Dataset}'.{hint}", $"slipway eval-datasets add {GateChecks.Quoted(check.Dataset)} FILE --target COLUMN", Evidence: evidence);
        return new(GateFinding.Failed, $"Slipway did not compute {check.Metric}{of} on the newest version of {check.Dataset}.{hint}", remedy, Evidence: evidence);
    }

    private static (string, string?)[] Evidence(MetricPolicyCheck check, Measured value, ModelVersionRow? champion, Measured? other) =>
    [
        ("value", Text(value.Number)), ("from", value.From), ("origin", value.Claimed ? "claimed" : "computed"), ("dataset", value.Claimed ? null : check.Dataset), ("dataset_digest", value.Digest),
        ("champion", champion is null ? null : GateChecks.Number(champion.Version)), ("champion_value", other is null ? null : Text(other.Value.Number)), ("champion_from", other?.From),
    ];

    private static string Origin(Measured value) => value.Claimed ? " as the run claims" : "";

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
