using static Slipway.Right;

namespace Slipway.Registry;

/// <summary>The routes of policies, gates, waivers, stages and protections.</summary>
internal static class GatesApi
{
    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, Policies policies, Attachments attachments, Protections protections, Gates gates, GateWaivers waivers, StageSets stages)
    {
        Wire.Add(GatesJson.Default);
        var own = routes.Under("/api/slipway/v1");
        own.Get<ListGatePolicies, GatePolicies>("/gates/policies", ReadModels, "Lists the policies of the workspace.", policies.List);
        own.Get<GatePolicyRef, GatePolicy>("/gates/policies/{name}", ReadModels, "Answers a policy, or an old version of it.", policies.Get);
        own.Add<SaveGatePolicy, GatePolicy>("PUT", "/gates/policies/{name}", ManageModels, "Makes a policy, or a new version of one.", policies.Save);
        own.Delete<GatePolicyRef, Done>("/gates/policies/{name}", ManageModels, "Deletes a policy that counts nowhere.", policies.Delete);
        own.Post<CheckGatePolicy, GatePolicyChecked>("/gates/policies/check", ReadModels, "Says what is wrong with the text of a policy, with lines and columns.", policies.Check);
        own.Post<TryGatePolicy, GatePolicyTried>("/gates/policies/try", ReadModels, "Answers what the text of a policy would say of a version if it were saved; keeps nothing.", gates.Try);
        own.Get<ListGateRules, GateAttachments>("/gates/attachments", ReadModels, "Lists where policies count.", attachments.List);
        own.Post<GateAttachment, GateAttachment>("/gates/attachments", ManageModels, "Lets a policy count for a model or every one, for a stage, an alias, or all.", attachments.Attach);
        own.Delete<GateAttachment, Done>("/gates/attachments", ManageModels, "Lets a policy count there no more.", attachments.Detach);
        own.Get<ListGateRules, SlotProtections>("/gates/protections", ReadModels, "Lists the stages and aliases that only a role may move.", protections.List);
        own.Post<SlotProtection, SlotProtection>("/gates/protections", ManageModels, "Protects a stage or alias.", protections.Protect);
        own.Delete<SlotProtection, Done>("/gates/protections", ManageModels, "Lifts a protection.", protections.Lift);

        own.Get<RegisteredModelRef, ModelStages>("/models/{name}/stages", ReadModels, "Lists the stages of a model and who is in them.", stages.Get);
        own.Add<ModelStages, ModelStages>("PUT", "/models/{name}/stages", ManageModels, "Gives a model stages of its own.", stages.Set);
        own.Get<GateEvaluationRef, GateEvaluation>("/models/{name}/gates/evaluations/{id}", ReadModels, "Answers what gates said once.", gates.One);
        const string Version = "/models/{name}/versions/{version}";
        own.Get<GateQuestion, VersionGates>(Version + "/gates", ReadModels, "Answers what a version would need for a stage or alias, as it is now.", gates.Get);
        own.Post<GateQuestion, GateEvaluation>(Version + "/gates", WriteModels, "Evaluates the gates of a stage or alias for a version, and records it; moves nothing.", gates.Check);
        own.Get<ListGateEvaluations, GateEvaluationsPage>(Version + "/gates/evaluations", ReadModels, "Lists what gates said of a version.", gates.List);
        own.Post<WaiveGateCheck, GateWaiver>(Version + "/waivers", ReadModels, "Lets a check pass for a version, with a reason; for the role that the policy names.", waivers.Waive);
        own.Post<RevokeGateWaiver, GateWaiver>(Version + "/waivers/{id}/revoke", ReadModels, "Takes a waiver back; it stays visible.", waivers.Revoke);
    }
}
