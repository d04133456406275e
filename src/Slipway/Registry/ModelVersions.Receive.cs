using Slipway.Artifacts;
using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Registry;

/// <summary>Versions that came from another workspace.</summary>
internal sealed partial class ModelVersions
{
    /// <summary>Reads what files say about themselves, before the write that makes a version of them.</summary>
    public Task<Packages.Description> Describe(Caller caller, ArtifactPath root, CancellationToken ct) => packages.Describe(caller, Uri(root), ct);

    /// <summary>
    /// Makes a version of files that the registry itself put there, in the caller's write. It begins in stage None like any other, so that the gates of this workspace stand before every place.
    /// The run that made it is another workspace's: its origin names it.
    /// </summary>
    public Outcome<(long No, long Version)> Receive(Session session, Caller caller, RegisteredModelRow model, ArtifactPath root, Packages.Description files, string? description, IReadOnlyList<KeyValue> tags)
    {
        var (now, uri) = (Now(), Uri(root));
        var version = session.Long(NextVersion, now, model.Id)!.Value;
        var no = session.Long(Insert, model.Id, version, caller.Workspace, model.Name, model.IsPrompt, ModelStage.None, description, uri, uri, true, (string?)null, (string?)null, (string?)null, caller.Actor, now)!.Value;
        session.ExecuteMany(PutTag, tags, (row, tag) => row.Add(no).Add(tag.Key).Add(tag.Value));
        if (packages.Record(session, caller, no, uri, files) is { } tooMany) return tooMany;
        events.Append(session, caller, "model_version.created", Subject(model.Id, version), EventData.Of(("name", model.Name), ("version", Text(version)), ("source", uri), ("held", "true")));
        events.TellNew(session, caller, WebhookKind.VersionCreated, tags, ("name", model.Name), ("version", Text(version)), ("source", uri), ("run_id", null), ("description", NullIfEmpty(description)));
        return (no, version);
    }

    /// <summary>The tags of a version.</summary>
    public static List<KeyValue> Tags(Session session, long no) => session.Query("SELECT key, value FROM model_version_tags WHERE version_no = $1 ORDER BY key", static row => new KeyValue(row.Text(0), row.Text(1)), no);

    private static string Uri(ArtifactPath root) => "mlflow-artifacts:/" + root.Text;
}
