using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway access explain NAME`: why can X see Y?</summary>
internal static class AccessCommand
{
    public static Command Create(Terminal terminal) => new("access", "Why somebody may do something, or may not.") { ClientAction.Options(), Explain(terminal) };

    private static Command Explain(Terminal terminal)
    {
        var name = new Argument<string?>("name") { Description = "Whose access; your own when left out.", Arity = ArgumentArity.ZeroOrOne };
        var experiment = new Option<string?>("--experiment") { Description = "With this experiment: its id or its name. Without it: in the workspace as a whole.", HelpName = "EXPERIMENT" };
        var json = ClientAction.Json();
        var command = new Command("explain", "Say what somebody may do in the workspace, or with one experiment, and each role, grant and denial that has a say.") { name, experiment, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var id = parsed.GetValue(experiment) is { } which ? (await Experiments.Resolve(client, which, ct)).Id : null;
            var access = await client.Access.ExplainAsync(parsed.GetValue(name), id, ct);
            if (parsed.GetValue(json))
            {
                terminal.Json(access, CliJson.Default.EffectiveAccess);
                return;
            }
            var where = id is null ? $"the workspace '{access.Workspace}'" : $"experiment {id} of the workspace '{access.Workspace}'";
            terminal.Line($"'{access.Name}' may {(access.Rights.Length == 0 ? "do nothing" : string.Join(", ", access.Rights))} in {where}:");
            foreach (var reason in access.Reasons) terminal.Line("  " + reason);
        });
        return command;
    }
}
