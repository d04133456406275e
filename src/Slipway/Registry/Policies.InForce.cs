using System.Collections.Concurrent;
using Slipway.Access;
using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>A policy that counts somewhere, included ones as well.</summary>
internal sealed record PolicyInForce(long Id, string Name, long Version, Policy Policy);

/// <summary>Which policies count where, and whether a policy fits with the others.</summary>
internal sealed partial class Policies
{
    /// <summary>The most texts that are kept read.</summary>
    private const int KeptMax = 1_000;

    private readonly ConcurrentDictionary<(long Id, long Version), Policy> kept = new();

    /// <summary>The policies that count for a version and slot (those of every model do not count for prompts), in the order of their names, and after each what it includes. One statement, and one for texts that were not read before.</summary>
    public List<PolicyInForce> InForce(Session session, long workspace, ModelVersionRow version, (StayKind Kind, string Name) slot)
    {
        var everywhere = slot.Kind is not StayKind.Stage || slot.Name is not (ModelStage.None or ModelStage.Archived);
        var attached = session.Query("""
            SELECT DISTINCT p.id, p.name, p.version FROM gate_attachments a JOIN gate_policies p ON p.id = a.policy_id
             WHERE a.workspace_id = $1 AND (a.model_id = $2 OR a.model_id = 0 AND $6 = 0) AND (a.kind = 0 AND $3 = 1 OR a.kind = $4 AND a.slot = $5) ORDER BY p.name
            """, Read, workspace, version.ModelId, everywhere, (int)slot.Kind, slot.Name, version.IsPrompt);
        return WithIncluded(session, workspace, [], attached);
    }

    /// <summary>A text as if it were saved under a name (or under none) and the only policy in force, with what it includes; or what is wrong with it beside the others.</summary>
    public (List<PolicyInForce> InForce, List<GatePolicyError> Errors) Draft(Session session, long workspace, string? name, Policy policy, YamlText.Marks marks)
    {
        var living = Living(session, workspace);
        var row = living.Find(one => one.Name == name) ?? new PolicyRow(0, name ?? "", 0);
        if (AgainstTheRest(session, workspace, row, policy, marks, living) is { Count: > 0 } errors) return ([], errors);
        // No version is the draft's: what a command said of an older text does not count for it.
        return (WithIncluded(session, workspace, [new PolicyInForce(row.Id, string.IsNullOrEmpty(name) ? "draft" : name, row.Version + 1, policy)], []), []);
    }

    private List<PolicyInForce> WithIncluded(Session session, long workspace, List<PolicyInForce> found, List<PolicyRow> next)
    {
        var seen = found.Select(static policy => policy.Id).ToHashSet();
        // Breadth first: what several include is asked once.
        for (var read = found.ToList(); read.Count + next.Count > 0;)
        {
            var names = read.SelectMany(static policy => policy.Policy.Checks.OfType<IncludePolicyCheck>()).Select(static check => check.Policy).Distinct().ToList();
            if (names.Count > 0) next = [.. next, .. session.Query($"SELECT id, name, version FROM gate_policies WHERE workspace_id = $1 AND deleted_ms IS NULL AND name {session.Dialect.InTexts("$2")} ORDER BY name", Read, workspace, Arg.Texts(names))];
            read = Texts(session, next.FindAll(row => seen.Add(row.Id)));
            found.AddRange(read);
            next = [];
        }
        return found;
    }

    /// <summary>Slots that policies are attached to by name, for a model.</summary>
    public static List<(StayKind Kind, string Name)> NamedSlots(Session session, long workspace, long model, int most) =>
        session.Query("SELECT DISTINCT kind, slot FROM gate_attachments WHERE workspace_id = $1 AND model_id IN (0, $2) AND kind > 0 ORDER BY kind DESC, slot LIMIT $3",
            static row => ((StayKind)row.Int(0), row.Text(1)), workspace, model, most);

    private List<PolicyInForce> Texts(Session session, List<PolicyRow> rows)
    {
        if (kept.Count > KeptMax) kept.Clear();
        var unread = rows.Where(row => !kept.ContainsKey((row.Id, row.Version))).ToList();
        if (unread.Count > 0)
            session.Each($"SELECT v.policy_id, v.version, v.yaml FROM gate_policies p JOIN gate_policy_versions v ON v.policy_id = p.id AND v.version = p.version WHERE p.id {session.Dialect.InLongs("$1")}", row =>
            {
                kept[(row.Long(0), row.Long(1))] = PolicyReader.Read(row.Text(2)).Policy
                    ?? throw new InvalidOperationException($"Version {row.Long(1)} of policy {row.Long(0)} was saved and can no longer be read.");
                return true;
            }, Arg.Longs([.. unread.Select(static row => row.Id)]));
        // On PostgreSQL a version may have come between the two statements: then that one counts.
        return [.. rows.Select(row => kept.TryGetValue((row.Id, row.Version), out var policy) ? new PolicyInForce(row.Id, row.Name, row.Version, policy) : Newest(session, row))];
    }

    /// <summary>The newest text of a policy.</summary>
    public PolicyInForce Newest(Session session, PolicyRow row)
    {
        var (version, yaml) = session.First("SELECT version, yaml FROM gate_policy_versions WHERE policy_id = $1 ORDER BY version DESC LIMIT 1", static one => (one.Long(0), one.Text(1)), row.Id);
        return new PolicyInForce(row.Id, row.Name, version, kept[(row.Id, version)] = PolicyReader.Read(yaml!).Policy!);
    }

    /// <summary>What is wrong with a policy beside the others and the workspace's roles.</summary>
    private List<GatePolicyError> AgainstTheRest(Session session, long workspace, PolicyRow row, Policy policy, YamlText.Marks marks, List<PolicyRow> living)
    {
        var errors = new List<GatePolicyError>();
        void Wrong(string path, string message)
        {
            if (errors.Count < PolicyReader.ErrorsMax) errors.Add(new GatePolicyError(marks[path].Line, marks[path].Column, message));
        }
        if (!HeldRoles.Exists(session, workspace, policy.Waivers)) Wrong("/waivers", NoRole(policy.Waivers));
        for (var i = 0; i < policy.Checks.Count; i++)
            if (policy.Checks[i] is ApprovalsPolicyCheck approvals)
            {
                if (!peopleSignIn) Wrong($"/checks/{i}", "Nobody signs in to this server, so nobody could approve. Start it with --access-mode people.");
                else if (!HeldRoles.Exists(session, workspace, approvals.Role)) Wrong($"/checks/{i}/role", NoRole(approvals.Role));
            }
            else if (policy.Checks[i] is IncludePolicyCheck include)
            {
                if (include.Policy == row.Name) Wrong($"/checks/{i}/policy", "A policy cannot include itself.");
                else if (living.TrueForAll(one => one.Name != include.Policy)) Wrong($"/checks/{i}/policy", $"There is no policy '{include.Policy}'.");
            }
        if (errors.Count > 0 || policy.Checks.All(static check => check is not IncludePolicyCheck) && row.Version == 0) return errors;
        Includes(session, workspace, row, policy, living, Wrong);
        return errors;
    }

    // Every policy that leads to this one has to stay within the limits too.
    private static void Includes(Session session, long workspace, PolicyRow row, Policy policy, List<PolicyRow> living, Action<string, string> wrong)
    {
        var edges = session.Query("SELECT i.policy_id, i.included_id FROM gate_policy_includes i JOIN gate_policies p ON p.id = i.policy_id WHERE p.workspace_id = $1 AND p.deleted_ms IS NULL AND p.id <> $2",
            static one => (From: one.Long(0), To: one.Long(1)), workspace, row.Id);
        edges.AddRange(Included(policy, living).Select(id => (row.Id, id)));
        var counts = session.Query("SELECT p.id, v.checks FROM gate_policies p JOIN gate_policy_versions v ON v.policy_id = p.id AND v.version = p.version WHERE p.workspace_id = $1", static one => (Id: one.Long(0), Checks: one.Long(1)), workspace)
            .ToDictionary(static one => one.Id, static one => one.Checks);
        counts[row.Id] = policy.Checks.Count(static check => check is not IncludePolicyCheck);
        var below = edges.ToLookup(static edge => edge.From, static edge => edge.To);
        var above = edges.ToLookup(static edge => edge.To, static edge => edge.From);
        string Name(long id) => id == row.Id ? row.Name : living.Find(one => one.Id == id)?.Name ?? "?";
        if (Cycle(row.Id, below) is { } cycle)
        {
            wrong("/checks", $"A policy cannot include itself, also not by way of others: {string.Join(" includes ", cycle.Select(Name))}.");
            return;
        }
        var depths = new Dictionary<long, int>();
        foreach (var top in Reached(row.Id, above))
        {
            if (Depth(top, below, depths) > DepthMax) wrong("/checks", $"Policies are at most {DepthMax} deep one inside the other; '{Name(top)}' would be deeper.");
            var together = Reached(top, below).Sum(id => counts.GetValueOrDefault(id));
            if (together > ChecksTogetherMax) wrong("/checks", $"A policy and what it includes have at most {ChecksTogetherMax} checks together; '{Name(top)}' would have {together}.");
        }
    }

    private static HashSet<long> Reached(long from, ILookup<long, long> edges)
    {
        var (seen, open) = (new HashSet<long> { from }, new Stack<long>([from]));
        while (open.TryPop(out var id))
            foreach (var next in edges[id])
                if (seen.Add(next)) open.Push(next);
        return seen;
    }

    private static int Depth(long from, ILookup<long, long> below, Dictionary<long, int> known)
    {
        if (!known.TryGetValue(from, out var depth)) known[from] = depth = 1 + below[from].Select(next => Depth(next, below, known)).DefaultIfEmpty(0).Max();
        return depth;
    }

    // Before this policy there was no cycle: a new one leads through it.
    private static List<long>? Cycle(long start, ILookup<long, long> below)
    {
        var seen = new HashSet<long>();
        List<long>? Walk(long id, List<long> path)
        {
            foreach (var next in below[id])
                if (next == start) return [.. path, next];
                else if (seen.Add(next) && Walk(next, [.. path, next]) is { } found) return found;
            return null;
        }
        return Walk(start, [start]);
    }

    private static List<long> Included(Policy policy, List<PolicyRow> living) =>
        [.. policy.Checks.OfType<IncludePolicyCheck>().Select(check => living.Find(row => row.Name == check.Policy)?.Id).OfType<long>().Distinct().Order()];

    private static string NoRole(string role) => $"There is no role '{PolicyReader.Cut(role)}' here. Expected viewer, creator, contributor, approver, auditor, admin, or a role of the workspace's own.";
}
