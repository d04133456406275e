using System.Security.Cryptography;
using System.Text.Json;
using Slipway.Access;
using Slipway.Lineage;
using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>
/// Where promoted versions came from: what was known of the origin at that moment, kept with the version that was made of it. The evidence was handed over by
/// whoever promoted and is everybody's who sees the version; where it lies is only for who sees the origin.
/// </summary>
internal static class Origins
{
    /// <summary>The most origins one behind the other that an origin keeps.</summary>
    public const int DepthMax = 4;

    /// <summary>The most of an origin that is kept, in characters of JSON; beyond it the oldest gates and what lies behind are left out.</summary>
    public const int CharsMax = 1_048_576;

    private const string Insert = "INSERT INTO model_origins (version_no, origin, from_no) VALUES ($1, $2, $3)";

    private const string Read = "SELECT origin, from_no FROM model_origins WHERE version_no = $1";

    private const string Whose = "SELECT v.workspace_id, v.model_id, v.name, v.version FROM model_versions v WHERE v.no = $1";

    /// <summary>Keeps where a new version came from, in the write that makes it; answers what is kept.</summary>
    public static ModelOrigin Keep(Session session, long no, ModelVersionRow from, ModelOrigin origin)
    {
        var evidence = OriginEvidence.Read(session, from);
        var kept = Pinned(origin with { Evaluations = evidence.Evaluations, Gates = evidence.Gates, Approvals = evidence.Approvals, Waivers = evidence.Waivers, Before = Behind(session, from.No) });
        var json = Json(kept);
        while (json.Length > CharsMax && (kept.Before is not null || kept.Gates is { Length: > 0 }))
        {
            kept = Pinned(kept.Before is not null ? kept with { Before = null, Cut = true } : kept with { Gates = kept.Gates!.Length == 1 ? null : kept.Gates[..(kept.Gates.Length / 2)], Cut = true });
            json = Json(kept);
        }
        session.Execute(Insert, no, json, from.No);
        return kept;
    }

    /// <summary>The origin of a version as the caller may read it; null when it has none.</summary>
    public static ModelOrigin? Shown(Session session, Caller caller, long no)
    {
        var (json, from) = session.First(Read, static row => (row.TextOrNull(0), row.LongOrNull(1)), no);
        return json is null ? null : Shown(session, caller, JsonSerializer.Deserialize(json, EvaluationsJson.Default.ModelOrigin)!, from);
    }

    private static ModelOrigin Shown(Session session, Caller caller, ModelOrigin origin, long? from)
    {
        var lineage = Seen(session, caller, origin, from);
        var before = origin.Before is { } behind ? Shown(session, caller, behind, from is { } no ? session.Long("SELECT from_no FROM model_origins WHERE version_no = $1", no) : null) : null;
        return lineage is not null ? origin with { Lineage = lineage, Before = before } : origin with { Workspace = null, RunId = null, Source = null, Hidden = true, Before = before };
    }

    // How lineage names the origin, if the caller sees it. One that was deleted is told of to whoever sees all models of its workspace.
    private static string? Seen(Session session, Caller caller, ModelOrigin origin, long? from)
    {
        var row = from is { } no ? session.First(Whose, static one => (Workspace: one.Long(0), Model: (long?)one.Long(1), Name: one.Text(2), Version: one.Long(3)), no) : default;
        var workspace = row.Model is not null ? Workspaces.FindOrNull(session, row.Workspace) : origin.Workspace is { } name ? Workspaces.Find(session, name) : null;
        if (workspace is null || Standings.Elsewhere(session, caller, workspace) is not { } there) return null;
        if (row.Model is { } model ? !there.Sees(RootKind.RegisteredModel, model) : !there.MayEverywhere(Right.ReadModels)) return null;
        var id = LineageId.Of(RegisteredLineage.Version, row.Model is null ? origin.Name! : row.Name, row.Model is null ? origin.Version! : RegisteredModels.Text(row.Version));
        return id.In(workspace.Id == caller.Workspace ? null : workspace.Name).Text;
    }

    private static ModelOrigin? Behind(Session session, long no)
    {
        if (session.Text("SELECT origin FROM model_origins WHERE version_no = $1", no) is not { } json) return null;
        return Short(JsonSerializer.Deserialize(json, EvaluationsJson.Default.ModelOrigin)!, DepthMax - 1);
    }

    private static ModelOrigin? Short(ModelOrigin origin, int depth) => depth == 0 ? null : origin.Before is { } before ? origin with { Before = Short(before, depth - 1) } : origin;

    private static ModelOrigin Pinned(ModelOrigin origin) => origin with
    {
        EvidenceSha256 = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
            new ModelOrigin { Digest = origin.Digest, Evaluations = origin.Evaluations, Gates = origin.Gates, Approvals = origin.Approvals, Waivers = origin.Waivers }, EvaluationsJson.Default.ModelOrigin))),
    };

    private static string Json(ModelOrigin origin) => JsonSerializer.Serialize(origin, EvaluationsJson.Default.ModelOrigin);
}
