using System.Globalization;
using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>One row of `registered_models`.</summary>
internal sealed record RegisteredModelRow(long Id, string Name, string? Description, bool IsPrompt, string UserId, long CreatedMs, long UpdatedMs);

/// <summary>Finding models, for this and for the stores beside it; a caller sees its own workspace only.</summary>
internal sealed partial class RegisteredModels
{
    private const string Columns = "SELECT id, name, description, is_prompt, user_id, created_ms, updated_ms FROM registered_models";

    private const string ByName = Columns + " WHERE workspace_id = $1 AND name = $2";

    /// <summary>The model of a name if the caller may do with it what the request is for, else why not. <paramref name="hold"/> is the dialect's row lock.</summary>
    public static Problem? Find(Session session, Caller caller, string name, string hold, out RegisteredModelRow row)
    {
        var found = session.First(hold.Length == 0 ? ByName : ByName + hold, Read, caller.Workspace, name);
        row = found!;
        return found is null ? Missing(name) : caller.Refused(RootKind.RegisteredModel, found.Id, Missing(name));
    }

    /// <summary>404 in the reference's words.</summary>
    public static Problem Missing(string name) => Problem.NotFound($"Registered Model with name={name} not found");

    /// <summary>The key of a model that the caller may say something about, by its name.</summary>
    public static Outcome<long> Manageable(Session session, Caller caller, string name) => Find(session, caller, name, "", out var row) is { } refused ? refused : row.Id;

    /// <summary>The names of models by their keys, whatever their workspace.</summary>
    public static IReadOnlyDictionary<long, string> Names(Session session, IReadOnlyCollection<long> ids) =>
        session.Query($"SELECT id, name FROM registered_models WHERE id {session.Dialect.InLongs("$1")}", static row => (Id: row.Long(0), Name: row.Text(1)), Arg.Longs(ids))
            .ToDictionary(static row => row.Id, static row => row.Name);

    /// <summary>Holds models' rows, in this order: their versions, stages and aliases stand still until the write ends.</summary>
    public static void Hold(Session session, IReadOnlyList<long> ids)
    {
        foreach (var id in ids) session.Long("SELECT id FROM registered_models WHERE id = $1" + session.Dialect.ForUpdate(), id);
    }

    /// <summary>How events name a model.</summary>
    public static string Subject(long id) => "registered_model/" + Text(id);

    /// <summary>The records of these models, in this order, with tags, aliases and newest versions.</summary>
    public static RegisteredModel[] Records(Session session, IReadOnlyList<long> ids)
    {
        if (ids.Count == 0) return [];
        var list = Arg.Longs(ids);
        var among = session.Dialect.InLongs("$1");
        var rows = session.Query($"{Columns} WHERE id {among}", Read, list).ToDictionary(static row => row.Id);
        var tags = session.Query($"SELECT model_id, key, value FROM registered_model_tags WHERE model_id {among} ORDER BY model_id, key",
            static row => (Id: row.Long(0), Tag: new RegisteredModelTag(row.Text(1), row.Text(2))), list).ToLookup(static entry => entry.Id, static entry => entry.Tag);
        var aliases = session.Query($"SELECT model_id, alias, version FROM registered_model_aliases WHERE model_id {among} ORDER BY model_id, alias",
            static row => (Id: row.Long(0), Alias: new RegisteredModelAlias(row.Text(1), Text(row.Long(2)))), list).ToLookup(static entry => entry.Id, static entry => entry.Alias);
        var latest = ModelVersions.Latest(session, ids).ToLookup(static version => version.ModelId, static version => version.Version);
        return [.. ids.Where(rows.ContainsKey).Select(id => Record(rows[id], Some(latest[id]), Some(tags[id]), Some(aliases[id])))];
    }

    private static RegisteredModel Record(RegisteredModelRow row, ModelVersion[]? latest, RegisteredModelTag[]? tags, RegisteredModelAlias[]? aliases) =>
        new(row.Name, row.CreatedMs, row.UpdatedMs, row.UserId, row.Description, latest, tags, aliases);

    private static RegisteredModelAnswer Answer(Session session, long id) => new(Records(session, [id])[0]);

    private static RegisteredModelRow Read(Row row) => new(row.Long(0), row.Text(1), row.TextOrNull(2), row.Bool(3), row.Text(4), row.Long(5), row.Long(6));

    internal static T[]? Some<T>(IEnumerable<T> entries) => entries.ToArray() is { Length: > 0 } some ? some : null;

    internal static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
