using System.CommandLine;
using Slipway.Lineage;

namespace Slipway.Cli.Commands;

/// <summary>`slipway lineage`: what led to something, and what came of it, as a tree.</summary>
internal static class LineageCommand
{
    public static Command Create(Terminal terminal)
    {
        var thing = new Argument<string>("thing") { Description = "model-version/NAME/N, model/NAME, logged-model/ID, run/ID, dataset/NAME/DIGEST, job/NAMESPACE/NAME or data/NAMESPACE/NAME; in another workspace @WORKSPACE/ before it; names percent-encoded." };
        var depth = new Option<int>("--depth") { Description = $"How many steps, 1 to {GetLineage.DepthMax}.", HelpName = "N", DefaultValueFactory = _ => GetLineage.DepthDefault };
        var (direction, json) = (new Option<string>("--direction") { Description = "up for causes, down for effects, both.", HelpName = "WAY", DefaultValueFactory = _ => "both" }, ClientAction.Json());
        direction.AcceptOnlyFromAmong("up", "down", "both");
        var command = new Command("lineage", "Draw what led to a model version, run, logged model, data set or job, and what came of it.") { ClientAction.Options(), thing, depth, direction, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var found = await client.Lineage.GetAsync(parsed.GetValue(thing)!, parsed.GetValue(depth), parsed.GetValue(direction)!, ct);
            if (parsed.GetValue(json)) terminal.Json(found, LineageJson.Default.LineageAnswer);
            else Print(terminal, found);
        });
        return command;
    }

    private static void Print(Terminal terminal, LineageAnswer found)
    {
        var nodes = found.Nodes.ToDictionary(static node => node.Id);
        var causes = found.Edges.ToLookup(static edge => edge.To, static edge => (Other: edge.From, edge.Kind));
        var effects = found.Edges.ToLookup(static edge => edge.From, static edge => (Other: edge.To, edge.Kind));
        foreach (var root in found.Nodes.Where(static node => node.Distance == 0))
        {
            terminal.Line(Said(root));
            foreach (var (title, edges) in ((string, ILookup<string, (string Other, string Kind)>)[])[("came from", causes), ("led to", effects)])
                if (edges[root.Id].Any())
                {
                    terminal.Line("  " + title);
                    Branch(root.Id, edges, "    ", [root.Id]);
                }
        }
        if (found.Hidden > 0) terminal.Note($"{found.Hidden} more are gone, or not for your eyes.");
        if (found.Truncated) terminal.Note("There is more than one answer holds: ask about something nearer, or go fewer steps.");

        void Branch(string id, ILookup<string, (string Other, string Kind)> edges, string indent, HashSet<string> shown)
        {
            foreach (var (other, kind) in edges[id])
            {
                if (!nodes.TryGetValue(other, out var node)) continue;
                var isNew = shown.Add(other);
                terminal.Line($"{indent}{kind,-11}{Said(node)}{(isNew ? "" : " (above)")}");
                if (isNew) Branch(other, edges, indent + "  ", shown);
            }
        }
    }

    private static string Said(LineageNode node) => $"{node.Name}  [{node.Id}]" + (node.Detail?.GetValueOrDefault("stage") is { } stage and not "None" ? $" {stage}" : node.Detail?.GetValueOrDefault("status") is { } status and not "READY" ? $" {status}" : "");
}
