using Slipway.Registry;

namespace Slipway.Server;

/// <summary>The gates, and where their checks get what other parts of the registry know.</summary>
internal static partial class Capabilities
{
    private static (ModelVersions Versions, Gates Gates) ComposeGates(Parts parts, RegistryNews news, Packages packages, Inspections inspections)
    {
        var policies = new Policies(parts.Database, parts.Events, parts.Clock, parts.Options.Access.Mode is not AccessMode.Single);
        var sources = new GateSources
        {
            Scan = Inspections.State,
            Signatures = ModelSignatures.States,
            Blocked = inspections.Blocked,
            Settle = parts.Metrics.EnsureSettled,
            Metrics = ModelEvaluations.Read,
            NewestDigest = EvalDatasets.NewestDigest,
            Profile = static (session, model) => ModelProfiles.Fields(ModelProfiles.Read(session, model, "")).Where(static field => field.Value is not null).ToDictionary(static field => field.Field, static field => field.Value!),
        };
        var gates = new Gates(parts.Database, news, parts.Clock, policies, sources);
        var commands = new GateCommandRuns(parts.Database, news, parts.Jobs, packages.Tree, parts.Sandbox, parts.Clock);
        sources.Command = GateCommandRuns.Said;
        gates.Starting.Add(commands.Start);
        gates.Started.Add(commands.Hint);
        parts.JobHandlers.Add(commands.Handler);
        GatesApi.Map(parts.Routes, policies, new Attachments(parts.Database, parts.Events, parts.Clock), new Protections(parts.Database, parts.Events, parts.Clock), gates,
            new GateWaivers(parts.Database, news, parts.Clock, policies), new StageSets(parts.Database, news));
        var versions = new ModelVersions(parts.Database, news, parts.Clock, packages, gates);
        var approvals = new Approvals(parts.Database, news, parts.Clock, policies, gates) { Moving = versions.MoveIn };
        gates.Entered.Add(Approvals.Entered);
        gates.Requests = approvals.Of;
        versions.Leaving.Add(approvals.Left);
        parts.JobHandlers.Add(new ApprovalExpiry(approvals, parts.Clock).Handler);
        ApprovalsApi.Map(parts.Routes, approvals);
        return (versions, gates);
    }
}
