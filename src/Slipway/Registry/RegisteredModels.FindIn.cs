using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

internal sealed partial class RegisteredModels
{
    /// <summary>The most models and prompts whose names are looked through: those that changed last.</summary>
    public const int FoundAmongMax = 10_000;

    /// <summary>The kind of a model that <see cref="FindIn"/> finds.</summary>
    public const string FoundKind = "registered_model";

    /// <summary>The kind of a prompt that <see cref="FindIn"/> finds.</summary>
    public const string FoundPromptKind = "prompt";

    private const string LastChanged = "SELECT id, name, is_prompt, updated_ms FROM registered_models WHERE workspace_id = $1 ORDER BY updated_ms DESC, id DESC LIMIT $2";

    /// <summary>Finds models and prompts by name, which is their id too.</summary>
    public static void FindIn(Session session, Caller caller, Finding finding) => session.Each(LastChanged, row =>
    {
        if (FoundNames.Rank(row.Utf8(1), finding) is not { } rank) return true;
        var kind = row.Bool(2) ? FoundPromptKind : FoundKind;
        if (finding.Takes(rank, kind) && caller.Sees(RootKind.RegisteredModel, row.Long(0))) finding.Add(rank, row.Long(3), new(kind, row.Text(1), row.Text(1)));
        return true;
    }, caller.Workspace, FoundAmongMax);
}
