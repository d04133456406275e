using Slipway.Storage;
using RunStatus = Slipway.Client.RunStatus;

namespace Slipway.Cli.Import.Mlflow;

/// <summary>
/// An MLflow database, SQLite or PostgreSQL, of any version since 1.2: a column or table that a version does not have reads as empty. Runs and
/// experiments here; what was logged in MlflowDatabase.Logged.cs, models in MlflowDatabase.Models.cs.
/// </summary>
internal sealed partial class MlflowDatabase : MlflowSource
{
    private readonly Func<ForeignDatabase> open;
    private readonly ForeignDatabase db;
    private readonly IReadOnlySet<string> tables;
    private readonly Dictionary<string, IReadOnlySet<string>> columns;
    private readonly string? workspace;

    private MlflowDatabase(Func<ForeignDatabase> open, string? folder, string? workspace, ImportReport report) : base(report)
    {
        (this.open, Folder, this.workspace, db) = (open, folder, workspace, open());
        try
        {
            tables = db.Tables();
            columns = Known.Where(tables.Contains).ToDictionary(table => table, table => db.Columns(table));
            foreach (var (table, needed) in ((string, string[])[])[("experiments", ["experiment_id", "name"]), ("runs", ["run_uuid", "experiment_id"]), ("metrics", ["run_uuid", "key", "value", "timestamp"]), ("params", ["run_uuid", "key", "value"]), ("tags", ["run_uuid", "key", "value"])])
                if (needed.FirstOrDefault(column => !Has(table, column)) is { } missing)
                    throw new CommandFailure(ExitCode.Usage, $"{db.Name} is no MLflow database: expected a table '{table}' with a column '{missing}', found {(columns.ContainsKey(table) ? "no such column" : "no such table")}.");
        }
        catch
        {
            db.Dispose();
            throw;
        }
    }

    /// <summary>Opens a database.</summary>
    /// <param name="open">Opens one more connection to it.</param>
    /// <param name="folder">Where relative artifact locations start from, or null.</param>
    /// <param name="workspace">The one of MLflow's workspaces to read; null where there is but one.</param>
    /// <param name="report">Gets what is left out.</param>
    /// <exception cref="CommandFailure">It is no MLflow database, or holds several workspaces and none was named.</exception>
    public static MlflowDatabase Open(Func<ForeignDatabase> open, string? folder, string? workspace, ImportReport report)
    {
        var source = new MlflowDatabase(open, folder, workspace, report);
        try
        {
            source.CheckWorkspace();
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public override string? Folder { get; }

    public override string Description
    {
        get
        {
            var version = Has("alembic_version", "version_num") ? db.Rows("SELECT version_num FROM alembic_version").Select(row => Text(row, 0)).FirstOrDefault() : null;
            return $"{db.Name} (MLflow database on {db.Dialect}, schema {version ?? "unknown"})";
        }
    }

    public override MlflowSource Another() => new MlflowDatabase(open, Folder, workspace, Report);

    public override IEnumerable<MlflowExperiment> Experiments()
    {
        var where = workspace is not null && Has("experiments", "workspace") ? " WHERE workspace = $1" : "";
        var sql = $"""
            SELECT CAST(experiment_id AS BIGINT), name, {Column("experiments", "lifecycle_stage", "'active'")}, {Column("experiments", "last_update_time", "NULL")}
              FROM experiments{where} ORDER BY experiment_id
            """;
        // An experiment is small and they are few: read before their tags are asked for, which is a statement of its own.
        var found = (where.Length > 0 ? db.Rows(sql, workspace) : db.Rows(sql)).Select(row => (Id: row.Long(0), Name: Text(row, 1) ?? "", Stage: Text(row, 2), Updated: row.LongOrNull(3))).ToList();
        foreach (var one in found)
        {
            IReadOnlyList<KeyValuePair<string, string>> tags = Has("experiment_tags", "experiment_id")
                ? [.. db.Rows("SELECT \"key\", value FROM experiment_tags WHERE experiment_id = $1 ORDER BY \"key\"", one.Id).Select(row => KeyValuePair.Create(Text(row, 0) ?? "", Text(row, 1) ?? "")).Take(Tracking.CreateExperiment.TagsMax)]
                : [];
            yield return new MlflowExperiment(one.Id.ToString(), one.Name, one.Stage is "deleted", one.Updated, tags);
        }
    }

    public override IEnumerable<MlflowRun> Runs(MlflowExperiment experiment)
    {
        var sql = $"""
            SELECT run_uuid, {Column("runs", "name", "''")}, {Column("runs", "user_id", "''")}, {Column("runs", "status", "'FINISHED'")}, {Column("runs", "start_time", "0")}, {Column("runs", "end_time", "NULL")},
                   {Column("runs", "lifecycle_stage", "'active'")}, {Column("runs", "deleted_time", "NULL")}, {Column("runs", "artifact_uri", "''")},
                   {Column("runs", "source_name", "''")}, {Column("runs", "source_version", "''")}, {Column("runs", "entry_point_name", "''")}
              FROM runs WHERE experiment_id = $1 ORDER BY {Column("runs", "start_time", "run_uuid")}, run_uuid
            """;
        foreach (var row in db.Rows(sql, long.Parse(experiment.Id)))
            yield return new MlflowRun(Text(row, 0) ?? "", Text(row, 1) ?? "", Text(row, 2) ?? "", Enum.TryParse<RunStatus>(Text(row, 3), ignoreCase: true, out var status) ? status : RunStatus.Finished,
                row.LongOrNull(4) ?? 0, row.LongOrNull(5), Text(row, 6) is "deleted", row.LongOrNull(7), Text(row, 8) ?? "")
            { Code = (Text(row, 9) ?? "", Text(row, 10) ?? "", Text(row, 11) ?? "") };
    }

    public override void Dispose() => db.Dispose();

    private void CheckWorkspace()
    {
        if (!Has("experiments", "workspace")) return;
        var there = db.Rows("SELECT DISTINCT workspace FROM experiments ORDER BY workspace").Select(row => Text(row, 0) ?? "").Take(100).ToList();
        if (workspace is null && there.Count > 1)
            throw new CommandFailure(ExitCode.Usage, $"{db.Name} holds {there.Count} workspaces: {string.Join(", ", there.Take(10))}.", "Choose one with --from-workspace; --workspace says where it goes.");
        if (workspace is not null && !there.Contains(workspace))
            throw new CommandFailure(ExitCode.NotFound, $"{db.Name} has no experiment in a workspace '{workspace}'. It has: {string.Join(", ", there.Take(10))}.");
    }

    private bool Has(string table, string column) => columns.TryGetValue(table, out var known) && known.Contains(column);

    /// <summary>The column, or what stands for it in a version that has none.</summary>
    private string Column(string table, string column, string otherwise) => Has(table, column) ? $"\"{column}\"" : otherwise;

    /// <summary>A text, cut where MLflow would never have written that much.</summary>
    private static string? Text(Row row, int column, int charsMax = TextCharsMax)
    {
        if (row.IsNull(column)) return null;
        var text = row.Text(column);
        return text.Length <= charsMax ? text : text[..charsMax];
    }
}
