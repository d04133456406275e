using System.Text;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>
/// Secrets of a workspace by name, for whatever needs to sign in elsewhere on its behalf. They are set and replaced, never shown: only the server's
/// own parts open them.
/// </summary>
internal sealed class NamedSecrets(Database db, EventLog events, TimeProvider clock, SecretBox box)
{
    private const string Put = """
        INSERT INTO secrets (workspace_id, name, key_id, value, set_ms, set_by) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (workspace_id, name) DO UPDATE SET key_id = excluded.key_id, value = excluded.value, set_ms = excluded.set_ms, set_by = excluded.set_by
        """;

    private const string Count = "SELECT count(*) FROM secrets WHERE workspace_id = $1 AND name <> $2 AND name NOT LIKE '%/%'";

    private const string Select = "SELECT key_id, value FROM secrets WHERE workspace_id = $1 AND name = $2";

    private const string All = "SELECT name, set_ms, set_by FROM secrets WHERE workspace_id = $1 AND name NOT LIKE '%/%' ORDER BY name";

    private const string Remove = "DELETE FROM secrets WHERE workspace_id = $1 AND name = $2";

    /// <summary>Who set a secret.</summary>
    public static PersonalPlace SetBy { get; } = new("secrets set by them", static (session, name) => session.Long("SELECT count(*) FROM secrets WHERE set_by = $1", name) ?? 0,
        static (session, name, _) => session.Execute("UPDATE secrets SET set_by = 'erased' WHERE set_by = $1", name));

    /// <summary>Sets or replaces a secret.</summary>
    public async Task<Outcome<Done>> Set(Caller caller, SetSecret request, CancellationToken ct)
    {
        if (CheckName(request.Name) is { } bad) return bad;
        if (string.IsNullOrEmpty(request.Value)) return Problem.Missing("value");
        if (request.Value.Length > SetSecret.ValueCharsMax) return Problem.Invalid($"value: expected at most {SetSecret.ValueCharsMax} characters, got {request.Value.Length}.");
        var boxed = box.Seal(Purpose(caller.Workspace, request.Name!), Encoding.UTF8.GetBytes(request.Value));
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<Done>(session =>
        {
            if (session.Long(Count, caller.Workspace, request.Name) >= SetSecret.SecretsMax) return Problem.Invalid($"A workspace holds at most {SetSecret.SecretsMax} secrets. Delete one first.");
            session.Execute(Put, caller.Workspace, request.Name, boxed.KeyId, boxed.Value, now, caller.Actor);
            events.Append(session, caller, "secret.set", "secret/" + request.Name);
            return default(Done);
        }, ct);
    }

    /// <summary>The names.</summary>
    public async Task<Outcome<SecretsPage>> List(Caller caller, ListSecrets request, CancellationToken ct) =>
        new SecretsPage(await db.Read(session => session.Query(All, static row => new SecretInfo(row.Text(0), row.Long(1), row.Text(2)), caller.Workspace), ct));

    /// <summary>Deletes one.</summary>
    public async Task<Outcome<Done>> Delete(Caller caller, SecretRef request, CancellationToken ct) => CheckName(request.Name) is { } bad ? bad : await db.Write<Done>(session =>
    {
        if (session.Execute(Remove, caller.Workspace, request.Name) == 0) return Missing(request.Name!);
        events.Append(session, caller, "secret.deleted", "secret/" + request.Name);
        return default(Done);
    }, ct);

    /// <summary>What a secret says, for the capability that uses it.</summary>
    public async Task<Outcome<string>> Read(long workspace, string name, CancellationToken ct)
    {
        var found = await db.Read(session => session.First(Select, static row => new Boxed(row.Text(0), row.Bytes(1)), workspace, name), ct);
        if (found.Value is null) return Missing(name);
        var opened = box.Open(Purpose(workspace, name), found);
        return opened.Problem is { } problem ? problem : Encoding.UTF8.GetString(opened.Value);
    }

    /// <summary>Seals a secret that belongs to a thing of a capability above. Its name holds a slash, which nobody's own can, and is not listed.</summary>
    public Boxed Seal(long workspace, string name, string value) => box.Seal(Purpose(workspace, name), Encoding.UTF8.GetBytes(value));

    /// <summary>Keeps such a secret, in the write that makes or changes the thing.</summary>
    public void Keep(Session session, Caller caller, string name, Boxed boxed) =>
        session.Execute(Put, caller.Workspace, name, boxed.KeyId, boxed.Value, clock.GetUtcNow().ToUnixTimeMilliseconds(), caller.Actor);

    /// <summary>Forgets such a secret.</summary>
    public static void Drop(Session session, Caller caller, string name) => session.Execute(Remove, caller.Workspace, name);

    /// <summary>What a secret is sealed for.</summary>
    public static string Purpose(long workspace, string name) => $"secret/{workspace}/{name}";

    private static Problem Missing(string name) => Problem.NotFound($"No secret '{name}' in this workspace.");

    private static Problem? CheckName(string? name) => name is { Length: > 0 and <= SetSecret.NameCharsMax } && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
        ? null
        : Problem.Invalid($"name: expected 1 to {SetSecret.NameCharsMax} letters, digits, '-', '_' or '.'.");
}
