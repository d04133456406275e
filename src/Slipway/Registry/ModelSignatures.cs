using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>Signatures of versions, and the keys that a workspace trusts. The server signs nothing and holds no private key: it checks and keeps.</summary>
internal sealed class ModelSignatures(Database db, RegistryNews news, TimeProvider clock)
{
    private const string Put = """
        INSERT INTO model_signatures (version_no, key_id, root, envelope, signed_ms, signed_by) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (version_no, key_id) DO UPDATE SET root = excluded.root, envelope = excluded.envelope, signed_ms = excluded.signed_ms, signed_by = excluded.signed_by
        """;

    private const string OfVersion = """
        SELECT s.key_id, k.name, k.public_key, s.root, s.envelope, s.signed_ms, s.signed_by FROM model_signatures s
          LEFT JOIN model_keys k ON k.key_id = s.key_id AND k.workspace_id = $2
         WHERE s.version_no = $1 ORDER BY s.signed_ms, s.key_id
        """;

    /// <summary>Keeps a signature that fits the version's files, and that its key made where the key is known.</summary>
    public async Task<Outcome<ModelSignature>> Add(Caller caller, SignModelVersion request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var version = RegistryCheck.Version(request.Version);
        if (version.Problem is { } badVersion) return badVersion;
        var read = ModelSigning.Read(request.Envelope);
        if (read.Problem is { } malformed) return malformed;
        var (signed, now) = (read.Value, Now());
        var kept = await db.Write<ModelSignature>(session =>
        {
            if (ModelVersions.Find(session, caller, request.Name!, version.Value, session.Dialect.ForUpdate(), out var row) is { } refused) return refused;
            var files = Packages.Recorded(session, row.No);
            if (files.Count == 0) return Problem.Invalid($"Nothing was recorded of version {row.Version} of '{row.Name}', so there is nothing to sign. Register it anew from files on this server.");
            if (ModelSigning.Differs(signed, files) is { } other) return other;
            var key = Key(session, caller.Workspace, signed.KeyId);
            if (key is not null && !Verifies(signed, key.PublicKey)) return Problem.Invalid($"The key '{key.Name}' ({key.KeyId}) did not make this signature: the statement was changed after it was signed, or another key signed it.");
            if (session.Long("SELECT count(*) FROM model_signatures WHERE version_no = $1 AND key_id <> $2", row.No, signed.KeyId) >= ModelSignature.SignaturesMax) return Problem.Invalid($"A version has at most {ModelSignature.SignaturesMax} signatures.");
            session.Execute(Put, row.No, signed.KeyId, signed.Root, request.Envelope, now, caller.Actor);
            news.Append(session, caller, "model_version.signed", row.Subject, EventData.Of(("name", row.Name), ("version", RegisteredModels.Text(row.Version)), ("key_id", signed.KeyId), ("key", key?.Name), ("root", signed.Root)));
            return new ModelSignature(signed.KeyId, key?.Name, key is null ? ModelSignature.UnknownKey : ModelSignature.Valid, signed.Root, now, caller.Actor);
        }, ct);
        news.Hint();
        return kept;
    }

    /// <summary>The signatures of a version, with their envelopes.</summary>
    public async Task<Outcome<ModelSignatureList>> List(Caller caller, ModelVersionRef request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        var version = RegistryCheck.Version(request.Version);
        if (version.Problem is { } badVersion) return badVersion;
        return await db.Read<Outcome<ModelSignatureList>>(session => ModelVersions.Find(session, caller, request.Name!, version.Value, "", out var row) is { } refused ? refused : new ModelSignatureList([.. Of(session, caller.Workspace, row.No)]), ct);
    }

    /// <summary>The signatures of a version as they verify now.</summary>
    public static List<ModelSignature> Of(Session session, long workspace, long no) => session.Query(OfVersion, row =>
    {
        var (keyId, pem, envelope) = (row.Text(0), row.TextOrNull(2), row.Text(4));
        // The files are compared when it comes and never change; signature and root are looked at anew, since the database may not be what it was.
        var state = pem is null ? ModelSignature.UnknownKey
            : ModelSigning.Read(envelope) is { Problem: null, Value: var signed } && signed.KeyId == keyId && signed.Root == row.Text(3) && Verifies(signed, pem) ? ModelSignature.Valid : ModelSignature.Invalid;
        return new ModelSignature(keyId, row.TextOrNull(1), state, row.Text(3), row.Long(5), row.Text(6), envelope);
    }, no, workspace);

    /// <summary>What gates ask.</summary>
    public static IReadOnlyList<SignatureState> States(Session session, long workspace, ModelVersionRow version) => [.. Of(session, workspace, version.No).Select(static one => new SignatureState(one.KeyId, one.KeyName, one.State))];

    /// <summary>Trusts a key in the workspace.</summary>
    public async Task<Outcome<ModelKey>> AddKey(Caller caller, AddModelKey request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.ManageModels) is { } denied) return denied;
        if (WireCheck.Required(request.Name, "name", ModelKey.NameCharsMax) is { } badName) return badName;
        var read = ModelSigning.PublicKey(request.PublicKey);
        if (read.Problem is { } badKey) return badKey;
        using var key = read.Value;
        var made = new ModelKey(ModelSigning.KeyId(key), request.Name!, key.ExportSubjectPublicKeyInfoPem(), Now(), caller.Actor);
        return await db.Write<ModelKey>(session =>
        {
            if (Key(session, caller.Workspace, made.KeyId) is { } known) return Problem.Exists($"The key {made.KeyId} is trusted already, by the name '{known.Name}'.");
            if (session.Long("SELECT count(*) FROM model_keys WHERE workspace_id = $1", caller.Workspace) >= ModelKey.KeysMax) return Problem.Invalid($"A workspace trusts at most {ModelKey.KeysMax} keys.");
            if (session.Execute("INSERT INTO model_keys (workspace_id, key_id, name, public_key, added_ms, added_by) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING", caller.Workspace, made.KeyId, made.Name, made.PublicKey, made.AddedMs, made.AddedBy) == 0)
                return Problem.Exists($"A key of the name '{made.Name}' is trusted already. Choose another name, or remove that key first.");
            news.Append(session, caller, "model_key.added", $"model_key/{made.KeyId}", EventData.Of(("name", made.Name), ("key_id", made.KeyId)));
            return made;
        }, ct);
    }

    /// <summary>The keys that the workspace trusts.</summary>
    public Task<Outcome<ModelKeyList>> Keys(Caller caller, ListModelKeys request, CancellationToken ct) => db.Read<Outcome<ModelKeyList>>(session =>
        new ModelKeyList([.. session.Query("SELECT key_id, name, public_key, added_ms, added_by FROM model_keys WHERE workspace_id = $1 ORDER BY name", ReadKey, caller.Workspace)]), ct);

    /// <summary>Trusts a key no longer.</summary>
    public async Task<Outcome<Done>> RemoveKey(Caller caller, ModelKeyRef request, CancellationToken ct)
    {
        if (caller.NeedsEverywhere(Right.ManageModels) is { } denied) return denied;
        if (string.IsNullOrEmpty(request.KeyId)) return Problem.Missing("key_id");
        return await db.Write<Done>(session =>
        {
            if (session.Text("DELETE FROM model_keys WHERE workspace_id = $1 AND key_id = $2 RETURNING name", caller.Workspace, request.KeyId) is not { } name) return Problem.NotFound($"The workspace trusts no key {request.KeyId}.");
            news.Append(session, caller, "model_key.removed", $"model_key/{request.KeyId}", EventData.Of(("name", name), ("key_id", request.KeyId)));
            return default(Done);
        }, ct);
    }

    private static ModelKey? Key(Session session, long workspace, string id) => session.First("SELECT key_id, name, public_key, added_ms, added_by FROM model_keys WHERE workspace_id = $1 AND key_id = $2", ReadKey, workspace, id);

    private static ModelKey ReadKey(Row row) => new(row.Text(0), row.Text(1), row.Text(2), row.Long(3), row.Text(4));

    private static bool Verifies(SignedModel signed, string pem)
    {
        var read = ModelSigning.PublicKey(pem);
        if (!read.Succeeded) return false;
        using var key = read.Value;
        return ModelSigning.KeyId(key) == signed.KeyId && ModelSigning.Verify(signed, key);
    }

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
