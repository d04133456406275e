using System.Text;
using Slipway.Prediction;

namespace Slipway.Serving;

/// <summary>
/// Who saw which arm, and what came of it. At most <see cref="UnitsMax"/> units are held: beyond that a share of them, chosen by a hash that knows nothing of arms, so that ratios stay what they are.
/// </summary>
internal sealed class AbUnits(bool byVersion)
{
    /// <summary>The most units in memory.</summary>
    public const int UnitsMax = 500_000;

    private const int SawTwo = -1;

    private readonly Dictionary<ulong, int> seen = [];
    private readonly Dictionary<string, int> index = new(StringComparer.Ordinal);
    private readonly List<Arm> arms = [];
    private ulong border = ulong.MaxValue;
    private long keyed, all;

    /// <summary>Whether versions are compared instead of arms.</summary>
    public bool ByVersion => byVersion;

    /// <summary>Each arm that answered.</summary>
    public IReadOnlyList<Arm> Arms => arms;

    /// <summary>Units that saw more than one arm.</summary>
    public long Mixed { get; private set; }

    /// <summary>True while every unit's outcome was 0 or 1.</summary>
    public bool AllBinary { get; private set; } = true;

    /// <summary>The share of units that is looked at.</summary>
    public double Share { get; private set; } = 1;

    /// <summary>What a unit is: `key`, `request`, or `mixed` when only some requests had a key.</summary>
    public string Unit => keyed == 0 ? "request" : keyed == all ? "key" : "mixed";

    /// <summary>Adds the requests of a segment.</summary>
    public void Add(PredictionSegment segment, long fromMs, long toMs)
    {
        var (names, versions, ids, keys) = (segment.Texts(byVersion ? "version" : "arm"), segment.Texts("version"), segment.Texts("id"), segment.Texts("key"));
        var times = segment.Numbers<long>("at_ms");
        var statuses = segment.Numbers<int>("status");
        var parse = segment.Numbers<int>("parse_us");
        var queue = segment.Numbers<int>("queue_us");
        var run = segment.Numbers<int>("run_us");
        for (var i = 0; i < segment.Records; i++)
        {
            if (times[i] < fromMs || times[i] >= toMs) continue;
            var at = Index(names[i]);
            var arm = arms[at];
            arm.Requests++;
            if (statuses[i] >= 400) arm.Errors++;
            else arm.Times[TimeBuckets.IndexOf(((long)parse[i] + queue[i] + run[i]) * 1_000)]++;
            arm.Version = versions[i];
            all++;
            var key = keys.Utf8(i);
            if (!key.IsEmpty) keyed++;
            Saw(Hash(key.IsEmpty ? ids.Utf8(i) : key), at);
        }
    }

    /// <summary>Adds the mean outcome of a unit under one arm.</summary>
    public void AddOutcome(string arm, string unit, double value)
    {
        var hash = Hash(Encoding.UTF8.GetBytes(unit));
        if (hash > border) return;
        // A unit whose exposure is no longer in the log, or was sampled out, counts by what the outcome knows.
        if (!seen.TryGetValue(hash, out var at)) Saw(hash, at = Index(arm));
        else if (at != SawTwo && arms[at].Name != arm) Saw(hash, Index(arm));
        if (!seen.TryGetValue(hash, out at) || at == SawTwo) return;
        AllBinary &= value is 0 or 1;
        arms[at].Outcomes = arms[at].Outcomes.With(value);
    }

    private int Index(string name)
    {
        if (index.TryGetValue(name, out var at)) return at;
        index.Add(name, at = arms.Count);
        arms.Add(new Arm(name));
        return at;
    }

    private void Saw(ulong hash, int arm)
    {
        if (hash > border) return;
        if (!seen.TryGetValue(hash, out var before))
        {
            seen.Add(hash, arm);
            arms[arm].Units++;
            if (seen.Count > UnitsMax) Halve();
        }
        else if (before != arm && before != SawTwo)
        {
            seen[hash] = SawTwo;
            arms[before].Units--;
            Mixed++;
        }
    }

    private void Halve()
    {
        (border, Share) = (border / 2, Share / 2);
        foreach (var (hash, arm) in seen)
        {
            if (hash <= border) continue;
            seen.Remove(hash);
            if (arm == SawTwo) Mixed--;
            else arms[arm].Units--;
        }
    }

    private static ulong Hash(ReadOnlySpan<byte> utf8)
    {
        Span<char> text = stackalloc char[Math.Min(utf8.Length, 1_024)];
        return PredictionHash.Of(text[..Encoding.UTF8.GetChars(utf8[..Math.Min(utf8.Length, 1_024)], text)]);
    }

    /// <summary>What one arm did.</summary>
    internal sealed class Arm(string name)
    {
        public string Name => name;

        public string? Version { get; set; }

        public long Requests { get; set; }

        public long Errors { get; set; }

        /// <summary>Units that saw this arm alone.</summary>
        public long Units { get; set; }

        public AbSums Outcomes { get; set; }

        public long[] Times { get; } = new long[TimeBuckets.Buckets];
    }
}
