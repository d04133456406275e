using System.CommandLine;
using System.Globalization;
using Slipway.Access;

namespace Slipway.Cli.Commands;

/// <summary>`slipway workspaces`</summary>
internal static class WorkspaceCommands
{
    private const string NoLimit = "none";

    public static Command Create(Terminal terminal) => new("workspaces", "List, show, make, limit, delete and restore workspaces.")
    {
        ClientAction.Options(),
        List(terminal),
        Show(terminal),
        Make(terminal),
        Update(terminal),
        Delete(terminal),
        Restore(terminal),
    };

    private static Argument<string> One(string text = "Its name.") => new("name") { Description = text };

    private static Option<string?> Description() => new("--description") { Description = "For people to read.", HelpName = "TEXT" };

    private static Command List(Terminal terminal)
    {
        var json = ClientAction.Json();
        var command = new Command("list", "List the workspaces that you reach; deleted ones too for administrators.") { json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var found = await client.Workspaces.ListAsync(ct);
            if (parsed.GetValue(json)) terminal.Json([.. found], CliJson.Default.ListWorkspace);
            else terminal.Table(["NAME", "DESCRIPTION", "LIMITS", "STATE"], [.. found.Select(one => (string[])[one.Name, one.Description ?? "", Limits(one.Quota), State(one)])]);
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var (name, json) = (One(), ClientAction.Json());
        var command = new Command("show", "Show one workspace.") { name, json };
        command.SetClientAction(async (parsed, client, ct) => Print(terminal, await client.Workspaces.GetAsync(parsed.GetValue(name)!, ct), parsed.GetValue(json)));
        return command;
    }

    private static Command Make(Terminal terminal)
    {
        var name = One("2 to 63 lower-case letters, digits or '-', beginning with a letter.");
        var (description, json) = (Description(), ClientAction.Json());
        var (quota, protection) = (new QuotaOptions("Default: no limit."), new ProtectionOptions());
        var command = new Command("create", "Make a workspace. Nobody but administrators has a part in it until roles are assigned there.") { name, description, quota.All, protection.All, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var workspace = protection.Read(parsed, new PutWorkspace(parsed.GetValue(name), parsed.GetValue(description), quota.Read(parsed, null)));
            Print(terminal, await client.Workspaces.CreateAsync(workspace, ct), parsed.GetValue(json));
        });
        return command;
    }

    private static Command Update(Terminal terminal)
    {
        var (name, description, json) = (One(), Description(), ClientAction.Json());
        var (quota, protection) = (new QuotaOptions($"'{NoLimit}' lifts the limit."), new ProtectionOptions());
        var command = new Command("update", "Change a workspace's description, limits or protection; what is not named stays.") { name, description, quota.All, protection.All, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var which = parsed.GetValue(name)!;
            // The wire takes all three limits at once.
            var limits = quota.Given(parsed) ? quota.Read(parsed, (await client.Workspaces.GetAsync(which, ct)).Quota) : null;
            var change = protection.Read(parsed, new PutWorkspace(which, parsed.GetValue(description), limits));
            if (change is { Description: null, Quota: null, EncryptArtifacts: null, Mask: null })
                throw new CommandFailure(ExitCode.Usage, "Nothing to change.", "Give --description, --quota-bytes, --quota-runs, --quota-requests, --encrypt-artifacts or --mask.");
            Print(terminal, await client.Workspaces.UpdateAsync(change, ct), parsed.GetValue(json));
        });
        return command;
    }

    private static Command Delete(Terminal terminal)
    {
        var name = One();
        var command = new Command("delete", "Put a workspace and everything in it out of reach; restore takes it back.") { name };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            await client.Workspaces.DeleteAsync(parsed.GetValue(name)!, ct);
            terminal.Note($"Deleted the workspace '{parsed.GetValue(name)}'. Take it back with: slipway workspaces restore {parsed.GetValue(name)}");
        });
        return command;
    }

    private static Command Restore(Terminal terminal)
    {
        var name = One();
        var command = new Command("restore", "Bring a deleted workspace back.") { name };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            await client.Workspaces.RestoreAsync(parsed.GetValue(name)!, ct);
            terminal.Note($"The workspace '{parsed.GetValue(name)}' is back.");
        });
        return command;
    }

    private static void Print(Terminal terminal, Workspace workspace, bool json)
    {
        if (json) terminal.Json(workspace, CliJson.Default.Workspace);
        else terminal.Table(["FIELD", "VALUE"], [["name", workspace.Name], ["description", workspace.Description ?? ""], ["limits", Limits(workspace.Quota)],
            ["artifacts", workspace.EncryptArtifacts is true ? "encrypted" : "as they are"], ["hidden", string.Join(", ", (workspace.Mask ?? []).Select(rule => $"{rule.Keys}={rule.How}"))], ["state", State(workspace)]]);
    }

    private static string State(Workspace workspace) => workspace.Deleted is true ? "deleted" : "active";

    private static string Limits(WorkspaceQuota? quota) => string.Join(", ", ((string?[])
    [
        quota?.Bytes is { } bytes ? Listing.Bytes(bytes) : null,
        quota?.Runs is { } runs ? $"{runs:N0} runs" : null,
        quota?.RequestsPerSecond is { } requests ? $"{requests:N0} requests/s" : null,
    ]).OfType<string>().DefaultIfEmpty(NoLimit));

    /// <summary>The three limits as options.</summary>
    private sealed class QuotaOptions(string remark)
    {
        private readonly Option<string?> bytes = new("--quota-bytes") { Description = $"The most bytes of artifacts. {remark}", HelpName = "N" };
        private readonly Option<string?> runs = new("--quota-runs") { Description = $"The most runs, deleted ones too. {remark}", HelpName = "N" };
        private readonly Option<string?> requests = new("--quota-requests") { Description = $"The most requests a second of all members together. {remark}", HelpName = "N" };

        public IEnumerable<Option> All => [bytes, runs, requests];

        public bool Given(ParseResult parsed) => All.Any(option => parsed.GetResult(option) is { Implicit: false });

        public WorkspaceQuota? Read(ParseResult parsed, WorkspaceQuota? before) => Given(parsed)
            ? new WorkspaceQuota(Number(parsed, bytes, before?.Bytes), Number(parsed, runs, before?.Runs), (int?)Number(parsed, requests, before?.RequestsPerSecond, int.MaxValue))
            : null;

        private static long? Number(ParseResult parsed, Option<string?> option, long? before, long most = long.MaxValue) => parsed.GetValue(option) switch
        {
            null => before,
            NoLimit => null,
            var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most => number,
            var text => throw new CommandFailure(ExitCode.Usage, $"{option.Name}: got '{text}', expected a whole number or '{NoLimit}'."),
        };
    }

    /// <summary>What keeps its data from eyes that have no business with it.</summary>
    private sealed class ProtectionOptions
    {
        private readonly Option<bool?> encrypt = new("--encrypt-artifacts") { Description = "true: artifacts that come from now on are encrypted; false: no longer.", HelpName = "true|false", Arity = ArgumentArity.ExactlyOne };
        private readonly Option<string[]> mask = new("--mask")
        {
            Description = $"Params and tags whose values are hidden before they are stored: KEYS=mask (gone) or KEYS=hash (comparable), '*' for any characters; repeat for more, the first that fits holds. Replaces all rules; '{NoLimit}' hides nothing.",
            HelpName = "KEYS=HOW",
            DefaultValueFactory = _ => [],
            AllowMultipleArgumentsPerToken = false,
        };

        public IEnumerable<Option> All => [encrypt, mask];

        public PutWorkspace Read(ParseResult parsed, PutWorkspace workspace) => workspace with
        {
            EncryptArtifacts = parsed.GetValue(encrypt),
            Mask = parsed.GetValue(mask) switch
            {
                null or [] => null,
                [NoLimit] => [],
                var rules => [.. rules.Select(Rule)],
            },
        };

        private static MaskRule Rule(string text) => text.LastIndexOf('=') is > 0 and var at && text[(at + 1)..] is MaskRule.Mask or MaskRule.Hash
            ? new MaskRule(text[..at], text[(at + 1)..])
            : throw new CommandFailure(ExitCode.Usage, $"--mask: got '{text}', expected KEYS=mask or KEYS=hash, such as '*email*=hash'.");
    }
}
