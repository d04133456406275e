using Slipway.Registry;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>Endpoints as the wire has them.</summary>
internal sealed partial class Endpoints
{
    private Endpoint Answer(Session session, Caller caller, long id) => Answers(session, caller, [session.First($"{Columns} WHERE id = $1", Read, id)!])[0];

    private List<Endpoint> Answers(Session session, Caller caller, List<EndpointRow> rows)
    {
        if (rows.Count == 0) return [];
        var arms = Arms(session, $" WHERE endpoint_id {session.Dialect.InLongs("$1")}", Arg.Longs([.. rows.Select(static row => row.Id)]));
        var canaries = CanaryRow.Newest(session, [.. rows.Select(static row => row.Id)]);
        return rows.Select(row => Record(session, caller, row, [.. arms[row.Id]], canaries.GetValueOrDefault(row.Id))).ToList();
    }

    private Endpoint Record(Session session, Caller caller, EndpointRow row, List<ArmRow> arms, CanaryRow? canary)
    {
        var sum = arms.Where(static arm => !arm.Shadow).Sum(static arm => arm.Weight);
        var states = arms.ConvertAll(arm => State(row, arm, sum));
        return new Endpoint
        {
            Name = row.Name,
            Description = row.Description,
            State = row.Paused is not null ? "paused" : states.Exists(static arm => arm is { Shadow: false, Weight: > 0, State: not "failed" } or { Shadow: false, Weight: > 0, ServingVersion: not null }) ? "serving" : "failed",
            Revision = row.Revision,
            Detail = row.Settings.Detail ?? "full",
            TimeoutMs = row.Settings.TimeoutMs,
            Sticky = row.Settings.Sticky,
            InputRules = row.Settings.InputRules,
            Arms = [.. states],
            Canary = canary?.Wire(arms),
            Bandit = row.Settings.Bandit is { } bandit ? bandit with { Arms = Rewards.Of(session, row.Id, arms) } : null,
            Shadows = RegisteredModels.Some(Comparing(row)),
            MadeMs = row.MadeMs,
            MadeBy = row.MadeBy,
            UpdatedMs = row.UpdatedMs,
            UpdatedBy = row.UpdatedBy,
            Rights = Rights(caller.On(RootKind.Endpoint, row.Id)),
        };
    }

    private EndpointArmState State(EndpointRow row, ArmRow arm, double sum)
    {
        var look = Looking(row, arm);
        return new EndpointArmState
        {
            Name = arm.Name,
            Model = arm.Model,
            Version = RegisteredModels.Text(arm.Version),
            Alias = arm.Kind is StayKind.Alias ? arm.Slot : null,
            Stage = arm.Kind is StayKind.Stage ? arm.Slot : null,
            Weight = arm.Weight,
            Share = arm.Shadow || sum == 0 ? 0 : arm.Weight / sum,
            Shadow = arm.Shadow,
            State = look.State,
            ServingVersion = look.ServingVersion,
            Problem = look.Problem,
            Held = arm.Held,
            Execution = look.Execution,
        };
    }

    private static string[] Rights(Right right)
    {
        var rights = new List<string>();
        foreach (var (one, name) in ((Right, string)[])[(Right.ReadEndpoints, "read"), (Right.InvokeEndpoints, "invoke"), (Right.WriteEndpoints, "write"), (Right.ManageEndpoints, "manage")])
            if ((right & one) != 0) rights.Add(name);
        return [.. rights];
    }
}
