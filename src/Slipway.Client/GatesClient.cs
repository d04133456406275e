using Slipway.Registry;

namespace Slipway.Client;

/// <summary>
/// Gates: policies, what a version would need, waivers, protected places, stages of a model's own. Every method throws <see cref="SlipwayException"/> when the server
/// refuses or cannot be reached.
/// </summary>
public sealed class GatesClient
{
    private const string Root = "api/slipway/v1/";

    private readonly Transport transport;

    internal GatesClient(Transport transport) => this.transport = transport;

    /// <summary>What a version would need for a stage or alias, as it is now; without both for every place that a policy names.</summary>
    public Task<VersionGates> GetAsync(string name, string version, string? stage = null, string? alias = null, CancellationToken ct = default) =>
        transport.Get<VersionGates>($"{Of(name, version)}/gates?stage={Uri.EscapeDataString(stage ?? "")}&alias={Uri.EscapeDataString(alias ?? "")}", ct);

    /// <summary>Evaluates the gates of a stage, alias or endpoint for a version, and records it; moves nothing.</summary>
    public Task<GateEvaluation> CheckAsync(string name, string version, string? stage = null, string? alias = null, string? endpoint = null, CancellationToken ct = default) =>
        transport.Post<GateQuestion, GateEvaluation>(Of(name, version) + "/gates", new GateQuestion(name, version, stage, alias, endpoint), ct);

    /// <summary>Lets a check pass for a version; for the role that the policy names.</summary>
    public Task<GateWaiver> WaiveAsync(string name, string version, string policy, string check, string reason, CancellationToken ct = default) =>
        transport.Post<WaiveGateCheck, GateWaiver>(Of(name, version) + "/waivers", new WaiveGateCheck(name, version, policy, check, reason), ct, idempotent: false);

    /// <summary>Takes a waiver back; it stays visible.</summary>
    public Task<GateWaiver> RevokeAsync(string name, string version, long waiver, string reason, CancellationToken ct = default) =>
        transport.Post<RevokeGateWaiver, GateWaiver>($"{Of(name, version)}/waivers/{waiver}/revoke", new RevokeGateWaiver(name, version, waiver, reason), ct, idempotent: false);

    /// <summary>The policies of the workspace, without their texts.</summary>
    public async Task<IReadOnlyList<GatePolicy>> PoliciesAsync(CancellationToken ct = default) => (await transport.Get<GatePolicies>(Root + "gates/policies", ct).ConfigureAwait(false)).Policies ?? [];

    /// <summary>A policy, or an old version of it.</summary>
    public Task<GatePolicy> PolicyAsync(string name, long? version = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return transport.Get<GatePolicy>($"{Root}gates/policies/{Uri.EscapeDataString(name)}{(version is { } number ? $"?version={number}" : "")}", ct);
    }

    /// <summary>Makes a policy, or a new version of one.</summary>
    /// <param name="name">Letters, digits, `_`, `-` and `.`.</param>
    /// <param name="yaml">The text.</param>
    /// <param name="note">Why.</param>
    /// <param name="fromVersion">The version that was edited, 0 for none; when another one is the newest, nothing is saved.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task<GatePolicy> SavePolicyAsync(string name, string yaml, string? note = null, long? fromVersion = null, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return transport.Write<SaveGatePolicy, GatePolicy>(HttpMethod.Put, $"{Root}gates/policies/{Uri.EscapeDataString(name)}", new SaveGatePolicy(name, yaml, note, fromVersion), ct);
    }

    /// <summary>Says what is wrong with a text, and saves nothing.</summary>
    public Task<GatePolicyChecked> CheckPolicyAsync(string yaml, string? name = null, CancellationToken ct = default) =>
        transport.Post<CheckGatePolicy, GatePolicyChecked>(Root + "gates/policies/check", new CheckGatePolicy(yaml, name), ct);

    /// <summary>What a text would say of a version if it were saved and the only policy there; nothing is kept.</summary>
    public Task<GatePolicyTried> TryPolicyAsync(TryGatePolicy draft, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(draft);
        return transport.Post<TryGatePolicy, GatePolicyTried>(Root + "gates/policies/try", draft, ct);
    }

    /// <summary>Deletes a policy that counts nowhere.</summary>
    public Task DeletePolicyAsync(string name, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return transport.Delete($"{Root}gates/policies/{Uri.EscapeDataString(name)}", ct);
    }

    /// <summary>Where policies count; those that count for a model, or all.</summary>
    public async Task<IReadOnlyList<GateAttachment>> AttachmentsAsync(string? model = null, CancellationToken ct = default) =>
        (await transport.Get<GateAttachments>($"{Root}gates/attachments?model={Uri.EscapeDataString(model ?? "")}", ct).ConfigureAwait(false)).Attachments ?? [];

    /// <summary>Lets a policy count somewhere.</summary>
    public Task<GateAttachment> AttachAsync(GateAttachment attachment, CancellationToken ct = default) => transport.Post<GateAttachment, GateAttachment>(Root + "gates/attachments", attachment, ct);

    /// <summary>Lets a policy count there no more.</summary>
    public Task DetachAsync(GateAttachment attachment, CancellationToken ct = default) => transport.Write<GateAttachment, Done>(HttpMethod.Delete, Root + "gates/attachments", attachment, ct);

    /// <summary>The stages and aliases that only a role may move; those of a model, or all.</summary>
    public async Task<IReadOnlyList<SlotProtection>> ProtectionsAsync(string? model = null, CancellationToken ct = default) =>
        (await transport.Get<SlotProtections>($"{Root}gates/protections?model={Uri.EscapeDataString(model ?? "")}", ct).ConfigureAwait(false)).Protections ?? [];

    /// <summary>Protects a stage or alias.</summary>
    public Task<SlotProtection> ProtectAsync(SlotProtection protection, CancellationToken ct = default) => transport.Post<SlotProtection, SlotProtection>(Root + "gates/protections", protection, ct);

    /// <summary>Lifts a protection.</summary>
    public Task UnprotectAsync(SlotProtection protection, CancellationToken ct = default) => transport.Write<SlotProtection, Done>(HttpMethod.Delete, Root + "gates/protections", protection, ct);

    /// <summary>The stages of a model and who is in them.</summary>
    public Task<ModelStages> StagesAsync(string name, CancellationToken ct = default) => transport.Get<ModelStages>($"{Of(name)}/stages", ct);

    /// <summary>Gives a model stages of its own; none for MLflow's four.</summary>
    public Task<ModelStages> SetStagesAsync(string name, IEnumerable<ModelStageOf> stages, CancellationToken ct = default) =>
        transport.Write<ModelStages, ModelStages>(HttpMethod.Put, $"{Of(name)}/stages", new ModelStages(name, [.. stages]), ct);

    internal static string Of(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return $"{Root}models/{Uri.EscapeDataString(name)}";
    }

    internal static string Of(string name, string version)
    {
        ArgumentException.ThrowIfNullOrEmpty(version);
        return $"{Of(name)}/versions/{Uri.EscapeDataString(version)}";
    }
}
