using System.Globalization;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>One row of `experiments`.</summary>
internal sealed record ExperimentRow(long Id, string Name, string ArtifactLocation, long CreatedMs, long UpdatedMs, long? DeletedMs);

/// <summary>Finding experiments, for this and for the stores beside it; a caller sees its own workspace only.</summary>
internal sealed partial class Experiments
{
    private const string ById = Columns + " WHERE e.id = $1 AND e.workspace_id = $2";

    private const string OfName = Columns + " WHERE e.workspace_id = $1 AND e.name = $2";

    /// <summary>The experiment of an id if the caller may do with it what the request is for, else why not. <paramref name="hold"/> is the dialect's row lock.</summary>
    public static Problem? Find(Session session, Caller caller, string id, string hold, out ExperimentRow row)
    {
        var found = IsOtherDefault(caller, id) ? session.First(hold.Length == 0 ? OfName : OfName + hold, Read, caller.Workspace, Experiment.DefaultName)
            : WireCheck.ExperimentNumber(id) is { } number ? session.First(hold.Length == 0 ? ById : ById + hold, Read, number, caller.Workspace) : null;
        row = found!;
        return found is null ? Missing(id) : caller.Refused(RootKind.Experiment, found.Id, Missing(id));
    }

    /// <summary>Those of the experiments that exist in the caller's workspace and may be seen, deleted ones too, by number; `*` stands for the newest active ones.</summary>
    public static List<long> Visible(Session session, Caller caller, IReadOnlyCollection<string> ids)
    {
        if (ids.Contains(SearchRuns.AllExperiments))
            return [.. session.Query("SELECT id FROM experiments WHERE workspace_id = $1 AND deleted_ms IS NULL ORDER BY id DESC LIMIT $2", static row => row.Long(0), caller.Workspace, SearchRuns.AllExperimentsMax)
                .Where(id => caller.Sees(RootKind.Experiment, id)).Order()];
        var numbers = new HashSet<long>();
        if (caller.Workspace != Caller.DefaultWorkspace && ids.Contains(Experiment.DefaultId) && Find(session, caller, Experiment.DefaultId, "", out var own) is null) numbers.Add(own.Id);
        foreach (var id in ids)
            if (WireCheck.ExperimentNumber(id) is { } number && caller.Sees(RootKind.Experiment, number)) numbers.Add(number);
        return numbers.Count == 0 ? [] : session.Query($"SELECT id FROM experiments WHERE workspace_id = $1 AND id {session.Dialect.InLongs("$2")} ORDER BY id",
            static row => row.Long(0), caller.Workspace, Arg.Longs(numbers));
    }

    /// <summary>The number of an experiment that the caller may say something about.</summary>
    public static Outcome<long> Manageable(Session session, Caller caller, string id) => Find(session, caller, id, "", out var row) is { } refused ? refused : row.Id;

    // Clients say 0 when nobody said which experiment: in another workspace that is its own Default, as 0 itself is out of reach there.
    private static bool IsOtherDefault(Caller caller, string id) => caller.Workspace != Caller.DefaultWorkspace && id == Experiment.DefaultId;

    /// <summary>404 in the reference's words.</summary>
    public static Problem Missing(string id) => Problem.NotFound($"No Experiment with id={id} exists");

    /// <summary>The refusal to write to a deleted experiment, or null.</summary>
    public static Problem? Inactive(ExperimentRow row) => row.DeletedMs is null
        ? null
        : Problem.Invalid($"The experiment {row.Id} must be in the 'active' state. Current state is deleted.");

    /// <summary>How events name an experiment.</summary>
    public static string Subject(long id) => "experiment/" + id.ToString(CultureInfo.InvariantCulture);

    /// <summary>The wire's record of a row.</summary>
    public static Experiment Record(ExperimentRow row, ExperimentTag[]? tags) => new(Text(row.Id), row.Name, row.ArtifactLocation,
        row.DeletedMs is null ? "active" : "deleted", row.UpdatedMs, row.CreatedMs, tags);

    /// <summary>The records of many experiments in the given order, in two statements.</summary>
    public static Experiment[] Records(Session session, IReadOnlyCollection<long> ids)
    {
        if (ids.Count == 0) return [];
        var list = Arg.Longs(ids);
        var tags = session.Query($"SELECT experiment_id, key, value FROM experiment_tags WHERE experiment_id {session.Dialect.InLongs("$1")} ORDER BY experiment_id, key",
            static row => (Id: row.Long(0), Tag: new ExperimentTag(row.Text(1), row.Text(2))), list).ToLookup(entry => entry.Id, entry => entry.Tag);
        var rows = session.Query($"{Columns} WHERE e.id {session.Dialect.InLongs("$1")}", Read, list).ToDictionary(row => row.Id);
        return [.. ids.Select(id => Record(rows[id], tags[id].ToArray() is { Length: > 0 } own ? own : null))];
    }

    private static ExperimentRow? ByName(Session session, Caller caller, string name) => session.First(OfName, Read, caller.Workspace, name);

    private static Experiment WithTags(Session session, ExperimentRow row)
    {
        var tags = session.Query(ReadTags, static tag => new ExperimentTag(tag.Text(0), tag.Text(1)), row.Id);
        return Record(row, tags.Count == 0 ? null : [.. tags]);
    }

    private static ExperimentRow Read(Row row) => new(row.Long(0), row.Text(1), row.Text(2), row.Long(3), row.Long(4), row.LongOrNull(5));

    private static Problem? CheckTags(Caller caller, ExperimentTag?[]? sent, out List<KeyValue> tags)
    {
        tags = [];
        if (sent is null) return null;
        if (WireCheck.Count(sent.Length, CreateExperiment.TagsMax, "tags") is { } tooMany) return tooMany;
        var last = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < sent.Length; i++)
        {
            if (CheckTag(caller, sent[i]?.Key, sent[i]?.Value, $"tags[{i}].", out var tag) is { } bad) return bad;
            last[tag.Key] = tag.Value;
        }
        tags = [.. last.Select(pair => new KeyValue(pair.Key, pair.Value))];
        return null;
    }

    private static Problem? CheckTag(Caller caller, string? key, string? value, string path, out KeyValue tag)
    {
        tag = default;
        if (WireCheck.Key(key, path + "key", ExperimentTag.KeyCharsMax) is { } badKey) return badKey;
        if (value is null) return Problem.Missing(path + "value");
        if (WireCheck.Text(value, path + "value", ExperimentTag.ValueCharsMax) is { } badValue) return badValue;
        tag = new KeyValue(key!, caller.Masking?.Apply(key!, value) ?? value);
        return null;
    }
}
