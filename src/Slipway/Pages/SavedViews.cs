using System.Text;
using Slipway.Events;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Pages;

/// <summary>
/// Saved views: what a page of runs shows, under a name. Whoever may read all experiments of a view may see it; its owner and whoever manages all of them
/// may change it.
/// </summary>
internal sealed class SavedViews(Database db, EventLog events, TimeProvider clock)
{
    private const string Columns = "SELECT v.no, v.id, v.name, v.owner, v.owner_id, v.created_ms, v.updated_ms FROM saved_views v";

    private const string ById = Columns + " WHERE v.workspace_id = $1 AND v.id = $2";

    private const string State = "SELECT state FROM saved_views WHERE no = $1";

    private const string OfOwner = "SELECT count(*) FROM saved_views WHERE workspace_id = $1 AND owner = $2";

    private const string Insert = """
        INSERT INTO saved_views (id, workspace_id, name, state, owner, owner_id, created_ms, updated_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
        ON CONFLICT (id) DO NOTHING RETURNING no
        """;

    private const string Change = "UPDATE saved_views SET name = $2, state = coalesce($3, state), updated_ms = $4 WHERE no = $1";

    /// <summary>Which experiments views look at.</summary>
    internal static readonly DrawnExperiments Drawn = new("view_experiments", "view_no");

    /// <summary>How events name a view.</summary>
    public static string Subject(string id) => "view/" + id;

    /// <summary>A page of the views that the caller may see, the last changed first, in two statements.</summary>
    public async Task<Outcome<ViewsPage>> List(Caller caller, ListViews request, CancellationToken ct)
    {
        if (PageSize.Check(request.Max, ListViews.MaxMax) is { } badSize) return badSize;
        if (request.ExperimentId is not null && WireCheck.ExperimentId(request.ExperimentId) is { } badId) return badId;
        var keyset = new ChangeKeyset("views", request.ExperimentId ?? "", request.Max, request.PageToken);
        if (keyset.Problem is { } badToken) return badToken;
        return await db.Read<Outcome<ViewsPage>>(session =>
        {
            var sql = new SearchSql(session.Dialect);
            var where = $"v.workspace_id = {sql.Add(caller.Workspace)}";
            if (request.ExperimentId is { } id)
            {
                if (Experiments.Find(session, caller, id, "", out var experiment) is { } missing) return missing;
                where += Drawn.On(sql, "v.no", experiment.Id);
            }
            var rows = session.Query($"{Columns} WHERE {where}{keyset.Where(sql, "v")}{Drawn.Visible(sql, caller, "v.no")}{keyset.Order("v")}", Read, sql.Args);
            var page = keyset.Page(rows, static row => (row.UpdatedMs, row.No), out var next);
            var experiments = Drawn.Of(session, [.. page.Select(static row => row.No)]);
            return new ViewsPage(page.ConvertAll(row => Record(caller, row, experiments[row.No], null)), next);
        }, ct);
    }

    /// <summary>One view with its state.</summary>
    public Task<Outcome<SavedView>> Get(Caller caller, ViewRef request, CancellationToken ct) => db.Read<Outcome<SavedView>>(session =>
        Find(session, caller, request.Id, "", out var row, out var experiments) is { } missing ? missing : Record(caller, row, experiments, session.Text(State, row.No)), ct);

    /// <summary>Saves a view of the caller's.</summary>
    public async Task<Outcome<SavedView>> Create(Caller caller, CreateView request, CancellationToken ct)
    {
        if (Author.ReadsOnly(caller) is { } denied) return denied;
        if (WireCheck.Required(request.Name, "name", SavedView.NameCharsMax) is { } badName) return badName;
        if (request.State is null) return Problem.Missing("state");
        if (CheckState(request.State) is { } badState) return badState;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<SavedView>(session =>
        {
            var experiments = DrawnExperiments.Check(session, caller, request.ExperimentIds ?? [], least: 1);
            if (experiments.Problem is { } missing) return missing;
            if (session.Long(OfOwner, caller.Workspace, caller.Actor) >= SavedView.PerOwnerMax)
                return Problem.Invalid($"'{caller.Actor}' has {SavedView.PerOwnerMax:N0} saved views already, the most in a workspace. Delete one first.");
            var (author, id, no) = (Author.Of(caller), "", (long?)null);
            while (no is null) no = session.Long(Insert, id = PageId.New(), caller.Workspace, request.Name, request.State, author.Name, author.Id, now);
            Drawn.Put(session, no.Value, experiments.Value);
            events.Append(session, caller, "view.created", Subject(id), EventData.Of(("name", request.Name), ("experiment_ids", string.Join(',', experiments.Value))));
            return Record(caller, new ViewRow(no.Value, id, request.Name!, author, now, now), experiments.Value, request.State);
        }, ct);
    }

    /// <summary>Changes name, experiments or state. Of two changes at once the later one stays.</summary>
    public async Task<Outcome<SavedView>> Update(Caller caller, UpdateView request, CancellationToken ct)
    {
        if (Author.ReadsOnly(caller) is { } denied) return denied;
        if (request.Name is not null && WireCheck.Required(request.Name, "name", SavedView.NameCharsMax) is { } badName) return badName;
        if (request.State is not null && CheckState(request.State) is { } badState) return badState;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await db.Write<SavedView>(session =>
        {
            if (Changeable(session, caller, request.Id, out var row, out var before) is { } refused) return refused;
            var experiments = before;
            if (request.ExperimentIds is { } ids)
            {
                var asked = DrawnExperiments.Check(session, caller, ids, least: 1);
                if (asked.Problem is { } missing) return missing;
                experiments = asked.Value;
            }
            var after = row with { Name = request.Name ?? row.Name, UpdatedMs = now };
            session.Execute(Change, row.No, after.Name, request.State, now);
            var moved = !experiments.AsSpan().SequenceEqual(before);
            if (moved) Drawn.Put(session, row.No, experiments);
            events.Append(session, caller, "view.changed", Subject(row.Id), EventData.Of(
                ("name_before", after.Name == row.Name ? null : row.Name), ("name", after.Name == row.Name ? null : after.Name),
                ("experiment_ids_before", moved ? string.Join(',', before) : null), ("experiment_ids", moved ? string.Join(',', experiments) : null), ("state", request.State is null ? null : "changed")));
            return Record(caller, after, experiments, session.Text(State, row.No));
        }, ct);
    }

    /// <summary>Deletes a view for good.</summary>
    public async Task<Outcome<Done>> Delete(Caller caller, ViewRef request, CancellationToken ct)
    {
        if (Author.ReadsOnly(caller) is { } denied) return denied;
        return await db.Write<Done>(session =>
        {
            if (Changeable(session, caller, request.Id, out var row, out _) is { } refused) return refused;
            Drawn.Delete(session, row.No);
            session.Execute("DELETE FROM saved_views WHERE no = $1", row.No);
            events.Append(session, caller, "view.deleted", Subject(row.Id), EventData.Of(("name", row.Name)));
            return default(Done);
        }, ct);
    }

    /// <summary>With an experiment that goes for good go the views that look at no other.</summary>
    internal static void Erase(Session session, long experiment)
    {
        var only = Drawn.OnlyOn(session, experiment);
        Drawn.Erase(session, experiment);
        if (only.Count > 0) session.Execute($"DELETE FROM saved_views WHERE no {session.Dialect.InLongs("$1")}", Arg.Longs(only));
    }

    private static Problem? Changeable(Session session, Caller caller, string? id, out ViewRow row, out long[] experiments) =>
        Find(session, caller, id, session.Dialect.ForUpdate(), out row, out experiments) is { } missing ? missing
        : MayChange(caller, row, experiments) ? null
        : Problem.Denied($"The saved view {id} is of '{row.Owner.Name}': its owner may change it, and whoever manages all of its experiments. Save one of your own.");

    private static Problem? Find(Session session, Caller caller, string? id, string hold, out ViewRow row, out long[] experiments)
    {
        (row, experiments) = (null!, []);
        if (string.IsNullOrEmpty(id)) return Problem.Missing("id");
        if (!PageId.Is(id) || session.First(ById + hold, Read, caller.Workspace, id) is not { } found) return Missing(id);
        (row, experiments) = (found, Drawn.Of(session, [found.No])[found.No]);
        return DrawnExperiments.May(caller, Right.ReadExperiments, experiments) ? null : Missing(id);
    }

    private static Problem Missing(string id) => Problem.NotFound($"No saved view with id={WireCheck.Quote(id)} exists.");

    private static Problem? CheckState(string state) => Encoding.UTF8.GetByteCount(state) is var bytes and > SavedView.StateBytesMax
        ? Problem.Invalid($"'state' holds at most {SavedView.StateBytesMax:N0} bytes, got {bytes:N0}.")
        : WireCheck.Text(state, "state", SavedView.StateBytesMax);

    private static bool MayChange(Caller caller, ViewRow row, long[] experiments) => Author.ReadsOnly(caller) is null && (row.Owner.Is(caller) || DrawnExperiments.May(caller, Right.ManageExperiments, experiments));

    private static SavedView Record(Caller caller, ViewRow row, long[] experiments, string? state) =>
        new(row.Id, row.Name, DrawnExperiments.Ids(experiments), row.Owner.Name, row.CreatedMs, row.UpdatedMs, MayChange(caller, row, experiments), state);

    private static ViewRow Read(Row row) => new(row.Long(0), row.Text(1), row.Text(2), new Author(row.Text(3), row.LongOrNull(4)), row.Long(5), row.Long(6));

    private sealed record ViewRow(long No, string Id, string Name, Author Owner, long CreatedMs, long UpdatedMs);
}
