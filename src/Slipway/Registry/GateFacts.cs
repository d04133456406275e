using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>
/// Everything that the checks of some policies look at, read in a handful of statements however many checks there are: one for each kind of fact, for the
/// version and those that it is compared with together.
/// </summary>
internal sealed class GateFacts
{
    /// <summary>The version that is to move.</summary>
    public required ModelVersionRow Version { get; init; }

    /// <summary>Where to.</summary>
    public required (StayKind Kind, string Name) Slot { get; init; }

    /// <summary>Who stands there.</summary>
    public long? StandsThere { get; private set; }

    /// <summary>Whoever stands where checks look.</summary>
    public Dictionary<SlotRef, ModelVersionRow?> Champions { get; } = [];

    /// <summary>Packages by version: digest of all files, signature.</summary>
    public Dictionary<long, (string? Digest, ModelPackage? Said)> Packages { get; } = [];

    /// <summary>The tags of the model, under those of the version.</summary>
    public Dictionary<string, string> Tags { get; } = new(StringComparer.Ordinal);

    /// <summary>What the model says about itself.</summary>
    public Dictionary<string, string> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary>What was computed, by dataset.</summary>
    public Dictionary<string, List<ComputedMetric>> Computed { get; } = new(StringComparer.Ordinal);

    /// <summary>The newest digest of each dataset.</summary>
    public Dictionary<string, string?> Newest { get; } = new(StringComparer.Ordinal);

    /// <summary>What runs logged.</summary>
    public Dictionary<(string RunId, string Metric), double> Claimed { get; private set; } = [];

    /// <summary>The run of the version.</summary>
    public RunEvidence? Run { get; private set; }

    public ScanState? Scan { get; private set; }

    public IReadOnlyList<SignatureState> Signatures { get; private set; } = [];

    /// <summary>Waivers that hold, by policy and check.</summary>
    public Dictionary<(long Policy, string Check), GateWaiver> Waivers { get; } = [];

    /// <summary>What commands said, by policy and check.</summary>
    public Dictionary<(long Policy, string Check), CommandSaid?> Commands { get; } = [];

    /// <summary>The open request, and who approved for which evidence in which roles.</summary>
    public OpenRequest? Request { get; private set; }

    /// <summary>The digest of the version's files; empty when they do not lie here.</summary>
    public string FilesDigest => Packages.TryGetValue(Version.No, out var package) ? package.Digest ?? "" : "";

    /// <summary>Reads them.</summary>
    public static GateFacts Read(Session session, long workspace, ModelVersionRow version, (StayKind Kind, string Name) slot, IReadOnlyList<PolicyInForce> policies, GateSources sources, long now)
    {
        var checks = policies.SelectMany(static policy => policy.Policy.Checks.Select(check => (Policy: policy, Check: check))).ToList();
        T[] Of<T>() where T : PolicyCheck => [.. checks.Select(static one => one.Check).OfType<T>()];
        var (metrics, signatures) = (Of<MetricPolicyCheck>(), Of<SignaturePolicyCheck>());
        var facts = new GateFacts { Version = version, Slot = slot, StandsThere = Stays.Current(session, version.ModelId, slot.Kind, slot.Name) };
        foreach (var who in metrics.Select(static check => check.Against).Concat(signatures.Select(static check => check.CompatibleWith)).OfType<SlotRef>().Distinct())
            facts.Champions[who] = facts.Champion(session, who);
        var champions = facts.Champions.Values.OfType<ModelVersionRow>().DistinctBy(static row => row.No).ToList();
        long[] compared = [version.No, .. champions.Select(static row => row.No)];
        facts.ReadPackages(session, compared, signatures.Length > 0);
        if (Of<TagsPolicyCheck>() is { Length: > 0 } tags) facts.ReadTags(session, [.. tags.SelectMany(static check => check.Required).Select(static tag => tag.Key).Distinct()]);
        if (Of<FieldsPolicyCheck>().Length > 0) facts.ReadFields(session, sources);
        foreach (var dataset in metrics.Select(static check => check.Dataset).OfType<string>().Distinct())
        {
            facts.Newest[dataset] = sources.NewestDigest(session, workspace, dataset);
            facts.Computed[dataset] = [.. sources.Metrics(session, compared, dataset, facts.Newest[dataset])];
        }
        if (metrics.Where(static check => check.ClaimedCounts || check.Dataset is not null).Select(static check => check.Metric).Distinct().ToArray() is { Length: > 0 } claimed)
            facts.Claimed = RunEvidence.Latest(session, workspace, [.. champions.Append(version).Select(static row => row.RunId).OfType<string>().Distinct()], claimed);
        if (Of<RunPolicyCheck>().Length + Of<DatasetPolicyCheck>().Length > 0 && version.RunId is { } run) facts.Run = RunEvidence.Of(session, workspace, run);
        if (Of<ScanPolicyCheck>().Length > 0) facts.Scan = sources.Scan(session, version);
        if (Of<SignedPolicyCheck>().Length > 0) facts.Signatures = sources.Signatures(session, workspace, version);
        foreach (var (policy, check) in checks)
            if (check is CommandPolicyCheck) facts.Commands[(policy.Id, check.Id)] = sources.Command(session, new CommandAsked(version.ModelId, version.Version, policy.Id, policy.Version, check.Id, facts.FilesDigest));
        foreach (var (policy, check, waiver) in GateWaivers.Holding(session, version.ModelId, version.Version)) facts.Waivers[(policy, check)] = waiver;
        if (Of<ApprovalsPolicyCheck>().Length > 0) facts.Request = OpenRequest.Find(session, version.ModelId, version.Version, slot, now);
        return facts;
    }

    private ModelVersionRow? Champion(Session session, SlotRef who)
    {
        var standing = who.Alias is { } alias ? Stays.Current(session, Version.ModelId, StayKind.Alias, alias)
            : who.Stage is { } stage ? Stays.Current(session, Version.ModelId, StayKind.Stage, StageSets.Resolve(session, Version.ModelId, stage) is { Problem: null, Value.Name: var name } ? name : stage)
            : StandsThere;
        return standing is { } number ? ModelVersions.Row(session, Version.ModelId, number) : null;
    }

    private void ReadPackages(Session session, IReadOnlyCollection<long> numbers, bool signatures)
    {
        session.Each($"SELECT version_no, digest, mlmodel FROM model_packages WHERE version_no {session.Dialect.InLongs("$1")}", row =>
        {
            var said = signatures && row.TextOrNull(2) is { } json ? MlmodelFile.Describe((JsonObject)JsonNode.Parse(json)!) : null;
            Packages[row.Long(0)] = (row.TextOrNull(1), said);
            return true;
        }, Arg.Longs(numbers));
        if (!signatures) return;
        // Where the MLmodel says nothing, an ONNX model among the files does.
        foreach (var (no, (digest, said)) in Packages.Where(static one => one.Value.Said is not { Inputs: not null } and not { Outputs: not null }).ToList())
            Packages[no] = (digest, Registry.Packages.WithSignature(said ?? new ModelPackage(), Inspections.Of(session, no).Onnx));
    }

    private void ReadTags(Session session, string[] keys)
    {
        var among = session.Dialect.InTexts("$2");
        bool Take(Row row)
        {
            Tags[row.Text(0)] = row.Text(1);
            return true;
        }
        session.Together(
        [
            new($"SELECT key, value FROM registered_model_tags WHERE model_id = $1 AND key {among}", Take, Version.ModelId, Arg.Texts(keys)),
            new($"SELECT key, value FROM model_version_tags WHERE version_no = $1 AND key {among}", Take, Version.No, Arg.Texts(keys)),
        ]);
    }

    private void ReadFields(Session session, GateSources sources)
    {
        foreach (var (field, value) in sources.Profile(session, Version.ModelId)) Fields[field] = value;
        var said = string.IsNullOrWhiteSpace(Version.Description) ? session.Text("SELECT description FROM registered_models WHERE id = $1", Version.ModelId) : Version.Description;
        if (said is not null) Fields["description"] = said;
    }
}
