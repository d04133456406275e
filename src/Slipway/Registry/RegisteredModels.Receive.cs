using Slipway.Access;
using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Registry;

/// <summary>Models that versions of other workspaces come to.</summary>
internal sealed partial class RegisteredModels
{
    /// <summary>The model of a name, held; made in the caller's write if it is not there. Made: <see cref="Forget"/> after the commit.</summary>
    public Outcome<RegisteredModelRow> FindOrMake(Session session, Caller caller, string name)
    {
        if (session.First(ByName + session.Dialect.ForUpdate(), Read, caller.Workspace, name) is { } there) return there.IsPrompt ? Problem.Exists($"'{name}' is a prompt in that workspace. Choose another name.") : there;
        if (session.Long(Insert, caller.Workspace, name, (string?)null, false, caller.Actor, Now()) is not { } id) return session.First(ByName + session.Dialect.ForUpdate(), Read, caller.Workspace, name)!;
        events.Append(session, caller, "registered_model.created", Subject(id), EventData.Of(("name", name)));
        events.TellNew(session, caller, WebhookKind.ModelCreated, [], ("name", name), ("description", null));
        RootGrants.GiveMaker(session, caller, RootKind.RegisteredModel, id);
        return session.First(ByName + session.Dialect.ForUpdate(), Read, caller.Workspace, name)!;
    }

    /// <summary>After a write that may have made a model for somebody: what they may do has changed.</summary>
    public void Forget() => standings.Forget();
}
