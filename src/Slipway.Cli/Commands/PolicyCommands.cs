using System.CommandLine;
using Slipway.Registry;

namespace Slipway.Cli.Commands;

/// <summary>`slipway gates policies`: the texts that say what a version needs.</summary>
internal static class PolicyCommands
{
    /// <summary>The command below `slipway gates`.</summary>
    public static Command Create(Terminal terminal) => new("policies", "List, show, save, check, try and delete policies.")
    {
        List(terminal),
        Show(terminal),
        Save(terminal),
        Check(terminal),
        Try(terminal),
        Delete(terminal),
    };

    /// <summary>The same as a command of its own, `slipway policies`.</summary>
    public static Command CreateOwn(Terminal terminal)
    {
        var command = Create(terminal);
        foreach (var option in ClientAction.Options()) command.Options.Add(option);
        return command;
    }

    private static Argument<string> Name() => new("policy") { Description = "The policy's name." };

    private static Argument<string> FileName() => new("file") { Description = "A YAML file; - for standard input." };

    private static Command List(Terminal terminal)
    {
        var json = ClientAction.Json();
        var command = new Command("list", "List the policies of the workspace and where they count.") { json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var found = await client.Gates.PoliciesAsync(ct);
            if (parsed.GetValue(json)) terminal.Json(new GatePolicies([.. found]), GatesJson.Default.GatePolicies);
            else terminal.Table(["POLICY", "VERSION", "SAVED", "BY", "WHERE", "WHAT FOR"], [.. found.Select(static one => (string[])[one.Name!, $"{one.Version}", GateCommands.Time(one.MadeMs), one.MadeBy ?? "", Where(one), one.Description ?? ""])]);
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var (name, json) = (Name(), ClientAction.Json());
        var version = new Option<long?>("--version") { Description = "This version of it.", HelpName = "N" };
        var command = new Command("show", "Print a policy's text, or an old version of it.") { name, version, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var policy = await client.Gates.PolicyAsync(parsed.GetValue(name)!, parsed.GetValue(version), ct);
            if (parsed.GetValue(json)) terminal.Json(policy, GatesJson.Default.GatePolicy);
            else
            {
                // The text alone goes to the output: it can be edited and saved again.
                terminal.Note($"Version {policy.Version} of {policy.NewestVersion}, saved by {policy.MadeBy} at {GateCommands.Time(policy.MadeMs)}. It counts {Where(policy)}.");
                terminal.Line(policy.Yaml!.TrimEnd());
            }
        });
        return command;
    }

    private static Command Save(Terminal terminal)
    {
        var (name, file, json) = (Name(), FileName(), ClientAction.Json());
        var note = new Option<string?>("--note") { Description = "Why it changes.", HelpName = "TEXT" };
        var from = new Option<long?>("--from-version") { Description = "The version that you edited, 0 for none; if another one is the newest by now, nothing is saved.", HelpName = "N" };
        var command = new Command("save", "Make a policy, or a new version of one.") { name, file, note, from, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var policy = await client.Gates.SavePolicyAsync(parsed.GetValue(name)!, await Read(terminal, parsed.GetValue(file)!, ct), parsed.GetValue(note), parsed.GetValue(from), ct);
            if (parsed.GetValue(json)) terminal.Json(policy, GatesJson.Default.GatePolicy);
            else terminal.Note($"'{policy.Name}' is at version {policy.Version}, with {policy.Checks!.Length} checks. It counts {Where(policy)}.");
        });
        return command;
    }

    private static Command Check(Terminal terminal)
    {
        var (file, json) = (FileName(), ClientAction.Json());
        var command = new Command("check", "Say what is wrong with a policy's text, with lines and columns; nothing is saved.") { file, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var path = parsed.GetValue(file)!;
            var said = await client.Gates.CheckPolicyAsync(await Read(terminal, path, ct), ct: ct);
            if (parsed.GetValue(json)) terminal.Json(said, GatesJson.Default.GatePolicyChecked);
            else
                foreach (var error in said.Errors ?? []) terminal.Line($"{path}:{error.Line}:{error.Column}: {error.Message}");
            if (!said.Valid) throw new CommandFailure(ExitCode.Usage, $"{said.Errors!.Length} errors.");
            if (!parsed.GetValue(json)) terminal.Table(["CHECK", "KIND", "WHAT"], [.. said.Checks!.Select(static check => (string[])[check.Id!, check.Check!, check.Title!])]);
        });
        return command;
    }

    private static Command Try(Terminal terminal)
    {
        var (file, stage, alias, json) = (FileName(), GateCommands.Stage(), GateCommands.Alias(), ClientAction.Json());
        var model = new Option<string>("--model", "--name") { Description = "The model that it is tried on.", HelpName = "NAME", Required = true };
        var version = new Option<string>("--version") { Description = "The version of it.", HelpName = "N", Required = true };
        var draft = new Option<string?>("--draft-of") { Description = "The policy that it is a draft of; its waivers count.", HelpName = "POLICY" };
        var command = new Command("try", "Say what a policy's text would say of a version if it were saved; nothing is saved or recorded. Ends with 4 when something is missing.") { file, model, version, stage, alias, draft, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var path = parsed.GetValue(file)!;
            var said = await client.Gates.TryPolicyAsync(new TryGatePolicy(await Read(terminal, path, ct), parsed.GetValue(model), parsed.GetValue(version), parsed.GetValue(stage), parsed.GetValue(alias), parsed.GetValue(draft)), ct);
            if (parsed.GetValue(json)) terminal.Json(said, GatesJson.Default.GatePolicyTried);
            else if (said.Valid) GateCommands.Print(terminal, said.Checks);
            else
                foreach (var error in said.Errors ?? []) terminal.Line($"{path}:{error.Line}:{error.Column}: {error.Message}");
            if (!said.Valid) throw new CommandFailure(ExitCode.Usage, $"{said.Errors?.Length} errors.");
            var place = GateCommands.Place(said.Stage, said.Alias);
            if (!said.Passed) throw new CommandFailure(ExitCode.Refused, $"For {place}: {said.Checks!.Count(static check => check.Status is not ("passed" or "waived"))} of {said.Checks!.Length} checks would not pass.");
            terminal.Note($"For {place}: all of it would pass.");
        });
        return command;
    }

    private static Command Delete(Terminal terminal)
    {
        var name = Name();
        var command = new Command("delete", "Delete a policy that counts nowhere.") { name };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            await client.Gates.DeletePolicyAsync(parsed.GetValue(name)!, ct);
            terminal.Note($"Deleted '{parsed.GetValue(name)}'.");
        });
        return command;
    }

    private static async Task<string> Read(Terminal terminal, string path, CancellationToken ct)
    {
        try
        {
            using var reader = path == "-" ? terminal.Input : new StreamReader(path);
            var text = new char[GatePolicy.YamlCharsMax + 1];
            var read = await reader.ReadBlockAsync(text, ct);
            return read > GatePolicy.YamlCharsMax ? throw new CommandFailure(ExitCode.Usage, $"{path}: a policy has at most {GatePolicy.YamlCharsMax:N0} characters.") : new string(text, 0, read);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"{path}: {failure.Message}");
        }
    }

    private static string Where(GatePolicy policy) => policy.Attachments is not { Length: > 0 } places ? "nowhere"
        : string.Join(", ", places.Select(static place => $"{place.Model ?? "every model"} {GateCommands.Place(place.Stage, place.Alias) ?? "everywhere"}"));
}
