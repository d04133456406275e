using Slipway.Storage;

namespace Slipway.Lineage;

/// <summary>
/// The walk from a thing to its causes and to its effects, level by level, in one snapshot. `both` is the two cones together, not what else the causes
/// led to: else the runs of one popular data set would drown every answer.
/// </summary>
internal sealed class LineageGraph(Database db, LineageKinds kinds)
{
    /// <summary>Answers causes and effects.</summary>
    public async Task<Outcome<LineageAnswer>> Get(Caller caller, GetLineage request, CancellationToken ct)
    {
        var of = LineageId.Parse(request.Of, kinds.Parts);
        if (of.Problem is { } bad) return bad;
        var depth = request.Depth ?? GetLineage.DepthDefault;
        if (depth is < 1 or > GetLineage.DepthMax) return Problem.Invalid($"depth: expected 1 to {GetLineage.DepthMax}, got {depth}.");
        if (request.Direction is not (null or "" or "up" or "down" or "both")) return Problem.Invalid("direction: expected up, down or both.");
        return await db.Read<Outcome<LineageAnswer>>(session =>
        {
            var callers = new LineageCallers(session, caller with { Acting = Right.None });
            var asked = of.Value.Workspace is null ? of.Value : callers.From(of.Value, of.Value);
            var missing = Problem.NotFound($"There is no '{of.Value.Text}', or you may not see it.");
            if (callers.In(asked.Workspace) is null) return missing;
            var roots = kinds.Roots(session, callers, asked, LineageAnswer.NeighboursMax);
            if (roots.Problem is { } refused) return refused;
            var walk = new Walk(session, callers, kinds);
            if (!walk.Begin(roots.Value) && roots.Value.Count > 0) return missing;
            if (request.Direction != "down") walk.Go(LineageWay.Up, roots.Value, depth);
            if (request.Direction != "up") walk.Go(LineageWay.Down, roots.Value, depth);
            return walk.Answer(asked.Text);
        }, ct);
    }

    private sealed class Walk(Session session, LineageCallers callers, LineageKinds kinds)
    {
        private readonly Dictionary<LineageId, LineageNode> nodes = [];
        private readonly HashSet<LineageEdge> edges = [];
        private readonly HashSet<LineageId> hidden = [];
        private bool truncated;

        public bool Begin(List<LineageId> roots)
        {
            foreach (var (id, node) in kinds.Describe(session, callers, roots)) nodes[id] = node;
            return nodes.Count > 0;
        }

        public void Go(LineageWay way, List<LineageId> roots, int depth)
        {
            var seen = new HashSet<LineageId>(roots);
            var frontier = roots.Where(nodes.ContainsKey).ToList();
            for (var distance = 1; distance <= depth && frontier.Count > 0; distance++) frontier = Level(way, frontier, seen, distance);
        }

        public LineageAnswer Answer(string of) =>
            new(of, [.. nodes.Values.OrderBy(static node => node.Distance).ThenBy(static node => node.Id, StringComparer.Ordinal)], [.. edges], hidden.Count, truncated);

        private List<LineageId> Level(LineageWay way, List<LineageId> frontier, HashSet<LineageId> seen, int distance)
        {
            var (steps, counts) = (new List<LineageStep>(), new Dictionary<LineageId, int>());
            kinds.Walk(session, callers, frontier, way, LineageAnswer.NeighboursMax + 1, step =>
            {
                var count = counts[step.Of] = counts.GetValueOrDefault(step.Of) + 1;
                if (count > LineageAnswer.NeighboursMax) truncated = true;
                else steps.Add(step);
            });
            var unknown = steps.Select(static step => step.Other).Where(other => !nodes.ContainsKey(other) && !hidden.Contains(other)).Distinct().ToList();
            var known = kinds.Describe(session, callers, unknown);
            foreach (var id in unknown)
                if (!known.TryGetValue(id, out var node)) hidden.Add(id);
                else if (nodes.Count < LineageAnswer.NodesMax) nodes[id] = node with { Distance = distance };
                else truncated = true;
            var next = new List<LineageId>();
            foreach (var step in steps)
            {
                if (!nodes.ContainsKey(step.Other)) continue;
                var edge = way is LineageWay.Up ? new LineageEdge(step.Other.Text, step.Of.Text, step.Kind) : new LineageEdge(step.Of.Text, step.Other.Text, step.Kind);
                if (!edges.Contains(edge))
                    if (edges.Count < LineageAnswer.EdgesMax) edges.Add(edge);
                    else truncated = true;
                if (seen.Add(step.Other)) next.Add(step.Other);
            }
            return next;
        }
    }
}
