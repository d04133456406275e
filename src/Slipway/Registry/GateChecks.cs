using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>What a check found: one of the words of the wire, why, what to do, and on what.</summary>
internal readonly record struct GateFinding(string Status, string Message, string? Remedy = null, bool Claimed = false, params (string Name, string? Value)[] Evidence)
{
    public const string Passed = "passed";
    public const string Failed = "failed";
    public const string Pending = "pending";
    public const string Waived = "waived";
}

/// <summary>What all checks of a slot found.</summary>
internal sealed record GateFindings(IReadOnlyList<PolicyInForce> Policies, GateCheckResult[] Results, string EvidenceDigest, long? StandsThere, GateFacts? Facts)
{
    public bool Passed => Results.All(static result => result.Status is GateFinding.Passed or GateFinding.Waived);

    public IEnumerable<GateCheckResult> Missing => Results.Where(static result => result.Status is not (GateFinding.Passed or GateFinding.Waived));

    public GatePolicyUsed[] Used => [.. Policies.Select(static policy => new GatePolicyUsed(policy.Name, policy.Version))];
}

/// <summary>Decides checks from facts: no database, no clock, the same answer for the same facts.</summary>
internal static class GateChecks
{
    /// <summary>All checks of some policies. Approvals come last: they are given for the evidence of the others.</summary>
    public static GateFindings All(IReadOnlyList<PolicyInForce> policies, GateFacts facts)
    {
        var results = new List<GateCheckResult>();
        foreach (var policy in policies)
            foreach (var check in policy.Policy.Checks)
                if (check is not (ApprovalsPolicyCheck or IncludePolicyCheck)) results.Add(Result(policy, check, Of(policy, check, facts), facts));
        var digest = Digest(policies, results, facts);
        foreach (var policy in policies)
            foreach (var check in policy.Policy.Checks.OfType<ApprovalsPolicyCheck>()) results.Add(Result(policy, check, Approvals(check, facts, digest), facts));
        return new GateFindings(policies, [.. results], digest, facts.StandsThere, facts);
    }

    /// <summary>How many approvals of a role count.</summary>
    public static int Given(OpenRequest request, string role, string digest) =>
        request.Approvals.Where(approval => approval.EvidenceDigest == digest && approval.Principal != request.AskedPrincipal && approval.Roles.Contains(role)).Select(static approval => approval.Principal).Distinct().Count();

    private static GateCheckResult Result(PolicyInForce policy, PolicyCheck check, GateFinding finding, GateFacts facts)
    {
        var waiver = finding.Status is GateFinding.Passed || !check.Waivable ? null : facts.Waivers.GetValueOrDefault((policy.Id, check.Id));
        return new GateCheckResult
        {
            Policy = policy.Name,
            PolicyVersion = policy.Version,
            Id = check.Id,
            Check = check.Kind,
            Title = check.Title,
            Status = waiver is null ? finding.Status : GateFinding.Waived,
            Claimed = finding.Claimed,
            Message = finding.Message,
            Remedy = waiver is null ? finding.Remedy : null,
            Evidence = finding.Evidence is { Length: > 0 } evidence ? [.. evidence.Where(static fact => fact.Value is not null).Select(static fact => new GateEvidence(fact.Name, fact.Value))] : null,
            Waiver = waiver,
            Waivable = check.Waivable,
        };
    }

    private static GateFinding Of(PolicyInForce policy, PolicyCheck check, GateFacts facts) => check switch
    {
        MetricPolicyCheck metric => MetricGate.Decide(metric, facts),
        SignaturePolicyCheck signature => SignatureGate.Decide(signature, facts),
        TagsPolicyCheck tags => Tags(tags, facts),
        FieldsPolicyCheck fields => Fields(fields, facts),
        ScanPolicyCheck scan => Scan(scan, facts),
        SignedPolicyCheck => Signed(facts),
        DatasetPolicyCheck dataset => Dataset(dataset, facts),
        RunPolicyCheck run => Run(run, facts),
        CommandPolicyCheck => Command(facts.Commands.GetValueOrDefault((policy.Id, check.Id)), facts),
        _ => throw new InvalidOperationException($"Nothing decides the check {check.Kind}."),
    };

    private static GateFinding Tags(TagsPolicyCheck check, GateFacts facts)
    {
        var wrong = check.Required.Where(tag => !facts.Tags.TryGetValue(tag.Key, out var value) || string.IsNullOrWhiteSpace(value) || tag.Value is not null && tag.Value != value)
            .Select(tag => tag.Value is null ? $"'{tag.Key}'" : $"'{tag.Key}' = '{PolicyReader.Cut(tag.Value)}'").ToList();
        var evidence = check.Required.Select(tag => (tag.Key, facts.Tags.TryGetValue(tag.Key, out var value) ? value.Length > 500 ? value[..500] : value : null)).ToArray();
        return wrong.Count == 0 ? new(GateFinding.Passed, "All tags are there.", Evidence: evidence)
            : new(GateFinding.Failed, $"Missing or not as asked: {string.Join(", ", wrong)}.", "Set the tags of the version or of its model.", Evidence: evidence);
    }

    private static GateFinding Fields(FieldsPolicyCheck check, GateFacts facts)
    {
        var missing = check.Required.Where(field => !facts.Fields.TryGetValue(field, out var value) || string.IsNullOrWhiteSpace(value)).ToList();
        var evidence = check.Required.Select(field => (field, facts.Fields.TryGetValue(field, out var value) ? value.Length > 200 ? Short(value) : value : null)).ToArray();
        return missing.Count == 0 ? new(GateFinding.Passed, "All of it is said.", Evidence: evidence)
            : new(GateFinding.Failed, $"The model does not say: {string.Join(", ", missing)}.", $"slipway models describe {Quoted(facts.Version.Name)}", Evidence: evidence);
    }

    // A long text as evidence: what it began with and what it was in full.
    private static string Short(string text) => $"{text[..100]}... (sha256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))})";

    private static GateFinding Scan(ScanPolicyCheck check, GateFacts facts)
    {
        var again = $"slipway models inspect {Quoted(facts.Version.Name)} {Number(facts.Version.Version)}";
        (string, string?)[] evidence = [("scan", facts.Scan?.Status), ("findings", facts.Scan is null ? null : Number(facts.Scan.Findings)), ("scanned_ms", facts.Scan?.FinishedMs is { } at ? Number(at) : null)];
        return facts.Scan switch
        {
            null => new(GateFinding.Failed, "Its files were not scanned.", again),
            { Status: "clean" } => new(GateFinding.Passed, "Its files are clean.", Evidence: evidence),
            { Status: "suspicious" } when check.SuspiciousCounts => new(GateFinding.Passed, $"Its files are suspicious ({facts.Scan.Findings} findings), which this policy allows.", Evidence: evidence),
            { Status: "pending" } => new(GateFinding.Pending, "Its files are being scanned.", "Wait a moment.", Evidence: evidence),
            { Status: "not-scanned" } => new(GateFinding.Failed, $"Its files were not scanned{(facts.Scan.Remark is { } why ? $": {why}" : ".")}", again, Evidence: evidence),
            _ => new(GateFinding.Failed, $"Its files are {facts.Scan.Status}: {facts.Scan.Findings} findings.", again, Evidence: evidence),
        };
    }

    private static GateFinding Signed(GateFacts facts)
    {
        if (facts.Signatures.FirstOrDefault(static signature => signature.State == "valid") is { } valid)
            return new(GateFinding.Passed, $"Signed with the key '{valid.KeyName ?? valid.KeyId}'.", Evidence: [("key_id", valid.KeyId), ("key_name", valid.KeyName)]);
        var sign = $"slipway models sign {Quoted(facts.Version.Name)} {Number(facts.Version.Version)} --key FILE";
        return facts.Signatures.Count == 0 ? new(GateFinding.Failed, "Its files are not signed.", sign)
            : new(GateFinding.Failed, $"None of its {facts.Signatures.Count} signatures is by a key that the workspace trusts.", sign, Evidence: [("key_id", facts.Signatures[0].KeyId), ("state", facts.Signatures[0].State)]);
    }

    private static GateFinding Dataset(DatasetPolicyCheck check, GateFacts facts)
    {
        if (facts.Run is not { } run) return NoRun(facts);
        var noted = run.Datasets.Where(one => one.Digest.Length > 0 && (check.Context is null || one.Context == check.Context)).ToList();
        return noted.Count > 0 ? new(GateFinding.Passed, $"Its run noted {noted.Count} data sets.", Evidence: [("run", run.RunId), .. noted.Take(10).Select(static one => (one.Name, (string?)one.Digest))])
            : new(GateFinding.Failed, $"Its run {run.RunId} noted no data set{(check.Context is null ? "" : $" for {check.Context}")}.", "Log the data with the run (mlflow.log_input), and register the model of that run.", Evidence: [("run", run.RunId)]);
    }

    private static GateFinding Run(RunPolicyCheck check, GateFacts facts)
    {
        if (facts.Run is not { } run) return NoRun(facts);
        var commit = run.Tags.GetValueOrDefault(RunEvidence.Commit);
        (string, string?)[] evidence = [("run", run.RunId), ("status", run.Status), ("commit", commit), ("changes_beside_it", run.IsDirty ? "true" : null)];
        if (check.Finished && run.Status != "FINISHED") return new(GateFinding.Failed, $"Its run {run.RunId} is {run.Status}, not FINISHED.", "Register the model of a run that ended well.", Evidence: evidence);
        if (!check.CleanCommit) return new(GateFinding.Passed, "Its run finished.", Evidence: evidence);
        if (string.IsNullOrEmpty(commit)) return new(GateFinding.Failed, $"Its run {run.RunId} does not say from which commit it was started.", "Start it from a git repository, or with `slipway run`.", Evidence: evidence);
        return run.IsDirty ? new(GateFinding.Failed, $"Its run {run.RunId} was started with changes that are in no commit.", "Commit, and train again.", Evidence: evidence)
            : new(GateFinding.Passed, $"Its run came from commit {PolicyReader.Cut(commit)}.", Evidence: evidence);
    }

    private static GateFinding NoRun(GateFacts facts) => facts.Version.RunId is { } id
        ? new(GateFinding.Failed, $"Its run {PolicyReader.Cut(id)} is not on this server.", "Register the model of a run of this workspace.", Evidence: [("run", id)])
        : new(GateFinding.Failed, "It names no run.", "Register it with the run that made it.");

    private static GateFinding Command(CommandSaid? said, GateFacts facts)
    {
        var check = $"slipway gates check {Quoted(facts.Version.Name)} {Number(facts.Version.Version)}";
        (string, string?)[] evidence = [("files_digest", facts.FilesDigest), ("exit_code", said?.ExitCode is { } code ? Number(code) : null), ("report", said?.Report is { Length: > 2_000 } report ? report[..2_000] : said?.Report)];
        return said switch
        {
            null => new(GateFinding.Pending, "The command did not run yet.", $"{check} runs it."),
            { Ended: false } => new(GateFinding.Pending, "The command is under way.", "Wait until it ends."),
            { ExitCode: 0 } => new(GateFinding.Passed, "The command ended with 0.", Evidence: evidence),
            { ExitCode: { } other } => new(GateFinding.Failed, $"The command ended with {other}.", "Read its report.", Evidence: evidence),
            _ => new(GateFinding.Failed, $"The command could not be run: {said.Problem}", null, Evidence: evidence),
        };
    }

    private static GateFinding Approvals(ApprovalsPolicyCheck check, GateFacts facts, string digest)
    {
        if (facts.Request is not { } request)
            return new(GateFinding.Pending, "Nobody asked for approval yet.", $"slipway approvals ask {Quoted(facts.Version.Name)} {Number(facts.Version.Version)} {Gates.Option(facts.Slot)}");
        var given = Given(request, check.Role, digest);
        var current = request.Approvals.Where(approval => approval.EvidenceDigest == digest).Select(static approval => approval.Principal).ToHashSet();
        var stale = request.Approvals.Where(approval => approval.Roles.Contains(check.Role)).Select(static approval => approval.Principal).Distinct().Count(principal => !current.Contains(principal));
        (string, string?)[] evidence = [("request", Number(request.Id)), ("given", Number(given)), ("needed", Number(check.Count)), ("role", check.Role),
            ("by", string.Join(", ", request.Approvals.Where(approval => approval.EvidenceDigest == digest && approval.Roles.Contains(check.Role)).Select(static approval => approval.Actor).Distinct()))];
        return given >= check.Count ? new(GateFinding.Passed, $"{given} of {check.Count} approved.", Evidence: evidence)
            : new(GateFinding.Pending, $"{given} of {check.Count} approved.{(stale > 0 ? $" {stale} approved before the evidence changed, which counts no more." : "")}", $"slipway approvals show {Number(request.Id)}", Evidence: evidence);
    }

    // From where a value came is shown; who approved a value approved the same one computed again.
    private static readonly string[] Circumstances = ["from", "champion_from", "scanned_ms"];

    // Everything that somebody who approves looks at. Each part is preceded by its length, so that no two sets of facts read alike.
    private static string Digest(IReadOnlyList<PolicyInForce> policies, List<GateCheckResult> results, GateFacts facts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Part(string? text)
        {
            var bytes = Encoding.UTF8.GetBytes(text ?? "");
            hash.AppendData(Encoding.ASCII.GetBytes($"{(text is null ? -1 : bytes.Length)}:"));
            hash.AppendData(bytes);
        }
        Part(facts.FilesDigest);
        Part(facts.Version.Source);
        Part(facts.StandsThere is { } there ? Number(there) : null);
        foreach (var policy in policies)
        {
            Part(policy.Name);
            Part(Number(policy.Version));
        }
        foreach (var result in results)
        {
            Part(result.Policy);
            Part(result.Id);
            Part(result.Status);
            Part(result.Waiver is { } waiver ? Number(waiver.Id) : null);
            foreach (var fact in result.Evidence ?? [])
            {
                if (Circumstances.Contains(fact.Name)) continue;
                Part(fact.Name);
                Part(fact.Value);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    internal static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    // As a shell takes it.
    internal static string Quoted(string name) => name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') ? name : $"'{name.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
