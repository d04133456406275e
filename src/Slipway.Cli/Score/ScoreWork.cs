using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Engines.Duck;

namespace Slipway.Cli.Score;

/// <summary>
/// What makes a scoring resumable: a database file beside the output, with the input as rows and the predictions so far. A row counts when its prediction is committed, so that a killed process
/// loses at most what was not, and goes on at the first row without one.
/// </summary>
internal sealed class ScoreWork : IDisposable
{
    private const string FileName = "score.duckdb";

    private readonly ScorePlan plan;
    private readonly DuckDatabase database;
    private readonly DuckConnection writer;
    private DuckAppender? predictions, failures;
    private bool open;

    private ScoreWork(ScorePlan plan, DuckDatabase database, DuckConnection writer, IReadOnlyList<DuckField> fields, long rows)
    {
        (this.plan, this.database, this.writer, Fields, Rows) = (plan, database, writer, fields, rows);
        if (Said("outputs") is { } said) Outputs = JsonSerializer.Deserialize(said, WorkJson.Default.OutputColumnArray)!;
        if (Outputs is null) return;
        Done = Count("SELECT count(*) FROM predictions");
        Failed = Count("SELECT count(*) FROM failed");
        Resumed = Done;
    }

    /// <summary>The input's columns.</summary>
    public IReadOnlyList<DuckField> Fields { get; }

    /// <summary>The input's rows.</summary>
    public long Rows { get; }

    /// <summary>Rows that are through, failed ones too.</summary>
    public long Done { get; private set; }

    /// <summary>Those of them that failed.</summary>
    public long Failed { get; private set; }

    /// <summary>What an earlier attempt had done.</summary>
    public long Resumed { get; }

    /// <summary>The columns of the predictions; null before the first.</summary>
    public OutputColumn[]? Outputs { get; private set; }

    /// <summary>The input columns that go into the output.</summary>
    public IReadOnlyList<string> Kept => plan.Keep ?? [.. Fields.Select(static one => one.Name)];

    /// <summary>Opens what an earlier attempt left, if it was one at the same; else reads the input anew.</summary>
    /// <exception cref="DuckException">The input cannot be read, or another process is at it.</exception>
    public static ScoreWork Open(ScorePlan plan, string fingerprint, bool restart)
    {
        if (restart) Remove(plan);
        Directory.CreateDirectory(plan.Work);
        for (var attempt = 0; ; attempt++)
        {
            var database = DuckDatabase.Open(Path.Combine(plan.Work, FileName), new DuckOptions { Threads = plan.Threads, MemoryLimit = $"{plan.MemoryMb}MB", TempFolder = Path.Combine(plan.Work, "spill") });
            DuckConnection? writer = null;
            try
            {
                writer = database.Connect();
                writer.Execute("CREATE TABLE IF NOT EXISTS said (name VARCHAR PRIMARY KEY, what VARCHAR)");
                if (Said(writer, "fingerprint") is not { } before) Load(writer, plan, fingerprint);
                else if (before != fingerprint && attempt == 0)
                {
                    // Of another input or model: what it did is of no use.
                    writer.Dispose();
                    database.Dispose();
                    Remove(plan);
                    Directory.CreateDirectory(plan.Work);
                    continue;
                }
                DuckField[] fields;
                using (var none = writer.Query("SELECT * FROM input LIMIT 0")) fields = [.. none.Fields];
                return new ScoreWork(plan, database, writer, fields, Count(writer, "SELECT count(*) FROM input"));
            }
            catch
            {
                writer?.Dispose();
                database.Dispose();
                throw;
            }
        }
    }

    /// <summary>A connection to read with, while predictions are written.</summary>
    public DuckConnection Reader() => database.Connect();

    /// <summary>The predictions have these columns: before the first one.</summary>
    public void Define(IReadOnlyList<(string Name, string Type)> columns)
    {
        Outputs = [.. columns.Select(static column => new OutputColumn(column.Name, column.Type))];
        writer.Execute("BEGIN");
        writer.Execute($"CREATE TABLE predictions (ok BOOLEAN{string.Concat(Outputs.Select(static (column, i) => $", p{i.ToString(CultureInfo.InvariantCulture)} {column.Type}"))})");
        writer.Execute("CREATE TABLE failed (row BIGINT, reason VARCHAR)");
        writer.Execute("INSERT INTO said VALUES ('outputs', $1)", JsonSerializer.Serialize(Outputs, WorkJson.Default.OutputColumnArray));
        writer.Execute("COMMIT");
    }

    /// <summary>The next row has a prediction, which <paramref name="append"/> adds.</summary>
    public void Add(Action<DuckAppender> append)
    {
        Begin();
        predictions!.Add(true);
        append(predictions);
        predictions.EndRow();
        Done++;
    }

    /// <summary>The next row failed.</summary>
    public void Fail(string reason)
    {
        Begin();
        predictions!.Add(false);
        for (var i = 0; i < Outputs!.Length; i++) predictions.AddNull();
        predictions.EndRow();
        failures!.Add(Done);
        failures.Add(System.Text.Encoding.UTF8.GetBytes(reason));
        failures.EndRow();
        Done++;
        Failed++;
    }

    /// <summary>What was added is durable when this returns.</summary>
    public void Commit()
    {
        if (!open) return;
        predictions!.Close();
        failures!.Close();
        End();
        writer.Execute("COMMIT");
    }

    /// <summary>Writes output and side file, each in one step.</summary>
    /// <returns>True when there is a side file.</returns>
    public bool Finish()
    {
        Commit();
        List<string> columns = [.. Kept.Select(static name => "i." + ScoreColumns.Quoted(name)), .. Outputs!.Select(static (column, i) => $"p.p{i.ToString(CultureInfo.InvariantCulture)} AS {ScoreColumns.Quoted(column.Name)}")];
        Write(plan.Output, $"SELECT {string.Join(", ", columns)} FROM input i POSITIONAL JOIN predictions p WHERE p.ok", ScorePlan.Writer(plan.Output)!);
        if (Failed > 0) Write(plan.Failed, "SELECT f.row + 1 AS \"row\", f.reason AS reason, i AS \"values\" FROM failed f JOIN input i ON i.rowid = f.row ORDER BY f.row", "FORMAT json");
        return Failed > 0;
    }

    /// <summary>Removes what an attempt left.</summary>
    public static void Remove(ScorePlan plan)
    {
        if (Directory.Exists(plan.Work)) Directory.Delete(plan.Work, recursive: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        End();
        writer.Dispose();
        database.Dispose();
    }

    private static void Load(DuckConnection writer, ScorePlan plan, string fingerprint)
    {
        foreach (var table in (string[])["input", "predictions", "failed"]) writer.Execute($"DROP TABLE IF EXISTS {table}");
        writer.Execute($"CREATE TABLE input AS SELECT * FROM {ScorePlan.Reader(plan.Input)}");
        writer.Execute("INSERT OR REPLACE INTO said VALUES ('fingerprint', $1)", fingerprint);
    }

    private void Begin()
    {
        if (open) return;
        writer.Execute("BEGIN");
        open = true;
        predictions = writer.Append("predictions");
        failures = writer.Append("failed");
    }

    private void End()
    {
        predictions?.Dispose();
        failures?.Dispose();
        (predictions, failures, open) = (null, null, false);
    }

    private void Write(string path, string query, string format)
    {
        var part = Path.Combine(plan.Work, "part" + Path.GetExtension(path));
        writer.Execute($"COPY ({query}) TO '{part.Replace("'", "''", StringComparison.Ordinal)}' ({format})");
        using (var written = new FileStream(part, FileMode.Open, FileAccess.ReadWrite)) written.Flush(flushToDisk: true);
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        File.Move(part, path, overwrite: true);
    }

    private string? Said(string name) => Said(writer, name);

    private static string? Said(DuckConnection connection, string name)
    {
        using var rows = connection.Query("SELECT what FROM said WHERE name = $1", name);
        return rows.Next() is { Length: > 0 } chunk ? chunk[0].Text(0) : null;
    }

    private long Count(string sql) => Count(writer, sql);

    private static long Count(DuckConnection connection, string sql)
    {
        using var rows = connection.Query(sql);
        return rows.Next() is { Length: > 0 } chunk ? chunk[0].Values<long>()[0] : 0;
    }
}

/// <summary>A column of the predictions.</summary>
internal sealed record OutputColumn(string Name, string Type);

[JsonSerializable(typeof(OutputColumn[]))]
internal sealed partial class WorkJson : JsonSerializerContext;
