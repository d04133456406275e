using Slipway.Pages;
using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>Models and versions as what notes and histories are about: `registered_model/NAME`, `model_version/NAME/NUMBER`.</summary>
internal static class ModelSubjects
{
    /// <summary>A model by its name.</summary>
    public static Outcome<Subject> Model(Session session, Caller caller, string name)
    {
        if (RegistryCheck.Name(name) is { } bad) return bad;
        return RegisteredModels.Find(session, caller, name, "", out var row) is { } refused ? refused : new Subject(RegisteredModels.Subject(row.Id), Manages(caller, row.Id));
    }

    /// <summary>A version by its model's name and its number.</summary>
    public static Outcome<Subject> Version(Session session, Caller caller, string id)
    {
        var slash = id.LastIndexOf('/');
        if (ModelCards.Check(new ModelVersionRef(id[..Math.Max(slash, 0)], id[(slash + 1)..]), out var version) is { } bad) return bad;
        return ModelVersions.Find(session, caller, id[..slash], version, "", out var row) is { } refused ? refused : new Subject(row.Subject, Manages(caller, row.ModelId));
    }

    private static bool Manages(Caller caller, long model) => (caller.On(RootKind.RegisteredModel, model) & Right.ManageModels) != 0;
}
