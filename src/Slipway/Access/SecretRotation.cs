using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>
/// Changes the key that seals: everything sealed is opened and sealed anew in one transaction. Old keys stay in the file, because older backups
/// need them; an operator who needs none of those deletes their lines.
/// </summary>
internal sealed class SecretRotation(Database db, EventLog events, SecretBox box)
{
    private const string Secrets = "SELECT workspace_id, name, key_id, value FROM secrets ORDER BY workspace_id, name";

    private const string Keys = "SELECT workspace_id, id, key_id, value FROM data_keys ORDER BY workspace_id";

    private const string UnknownKeys = "SELECT key_id FROM secrets UNION SELECT key_id FROM data_keys";

    private sealed record Item(long Workspace, string Name, Boxed Boxed);

    /// <summary>Takes a new key (or, where keys are given by the environment, the first of them) and seals everything with it.</summary>
    public async Task<Outcome<SecretsRotated>> Rotate(Caller caller, RotateSecrets request, CancellationToken ct)
    {
        box.Keys.Add();
        return await db.Write<SecretsRotated>(session =>
        {
            var secrets = Anew(session, Secrets + session.Dialect.ForUpdate(), static item => NamedSecrets.Purpose(item.Workspace, item.Name));
            if (secrets.Problem is { } lost) return lost;
            var keys = Anew(session, Keys + session.Dialect.ForUpdate(), static item => DataKeys.Purpose(item.Workspace));
            if (keys.Problem is { } gone) return gone;
            foreach (var (workspace, name, boxed) in secrets.Value)
                session.Execute("UPDATE secrets SET key_id = $3, value = $4 WHERE workspace_id = $1 AND name = $2", workspace, name, boxed.KeyId, boxed.Value);
            foreach (var (_, id, boxed) in keys.Value) session.Execute("UPDATE data_keys SET key_id = $2, value = $3 WHERE id = $1", id, boxed.KeyId, boxed.Value);
            var rotated = new SecretsRotated(box.Keys.Current.Id, secrets.Value.Count, keys.Value.Count);
            events.Append(session, caller, "secrets.rotated", "installation", AccessEvents.Data(("key_id", rotated.KeyId), ("secrets", rotated.Secrets.ToString()), ("data_keys", rotated.DataKeys.ToString())));
            return rotated;
        }, ct);
    }

    /// <summary>Keys that something is sealed with and that are not here.</summary>
    public async Task<IReadOnlyList<string>> Missing(CancellationToken ct) =>
        [.. (await db.Read(static session => session.Query(UnknownKeys, static row => row.Text(0)), ct)).Where(id => box.Keys.Find(id) is null)];

    private Outcome<List<Item>> Anew(Session session, string sql, Func<Item, string> purpose)
    {
        var items = session.Query(sql, static row => new Item(row.Long(0), row.Text(1), new Boxed(row.Text(2), row.Bytes(3))));
        for (var i = 0; i < items.Count; i++)
        {
            var opened = box.Open(purpose(items[i]), items[i].Boxed);
            if (opened.Problem is { } problem) return problem;
            items[i] = items[i] with { Boxed = box.Seal(purpose(items[i]), opened.Value) };
        }
        return items;
    }
}
