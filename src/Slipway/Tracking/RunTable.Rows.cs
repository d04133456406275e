using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>runs/rows: one statement a table, whatever the number of runs and columns.</summary>
internal sealed partial class RunTable
{
    private static string Attributes(Dialect dialect) => $"""
        SELECT r.no, r.run_id, r.experiment_id, r.name, r.status, r.start_ms, r.end_ms, r.deleted_ms, r.user_id, r.artifact_uri, e.name, {RunAttributes.Expression(RunFilter.Duration)}
          FROM runs r JOIN experiments e ON e.id = r.experiment_id WHERE e.workspace_id = $1 AND r.run_id {dialect.InTexts("$2")}
        """;

    /// <summary>POST runs/rows.</summary>
    public async Task<Outcome<WrittenJson>> Rows(Caller caller, ReadRunRows request, CancellationToken ct)
    {
        var ids = request.RunIds ?? [];
        if (WireCheck.Count(ids.Length, ReadRunRows.RunsMax, "run_ids") is { } tooMany) return tooMany;
        for (var i = 0; i < ids.Length; i++)
            if (WireCheck.RunId(ids[i], $"run_ids[{i}]") is { } badId) return badId;
        var columns = RunColumn.Parse(request.Columns);
        if (columns.Problem is { } bad) return bad;
        if (await metrics.EnsureSettled(ct) is { } problem) return problem;
        return await db.Read<Outcome<WrittenJson>>(session =>
        {
            using var cells = Read(session, caller, ids, new RunCells(columns.Value, csv: false, ReadRunRows.BytesMax), ReadRunRows.TextCharsMax);
            return cells.Length > ReadRunRows.BytesMax
                ? Problem.Invalid($"These columns of these runs are more than {ReadRunRows.BytesMax:N0} bytes. Ask for fewer runs or fewer columns at a time.")
                : Write(cells, ids, columns.Value);
        }, ct);
    }

    /// <summary>Reads the cells of the runs that the caller may see, in two round trips.</summary>
    internal static RunCells Read(Session session, Caller caller, IReadOnlyCollection<string> ids, RunCells cells, int? charsMax)
    {
        var among = ids.Distinct(StringComparer.Ordinal).ToList();
        if (among.Count == 0) return cells;
        session.Each(Attributes(session.Dialect), row =>
        {
            if (caller.Sees(RootKind.Experiment, row.Long(2))) cells.AddRun(row);
            return true;
        }, caller.Workspace, Arg.Texts(among));
        var keys = RunSearch.MetricKeys(session, caller, cells.Fields);
        var runs = Arg.Longs(cells.Numbers);
        var questions = new List<Question>(3);
        string In(string argument) => session.Dialect.InLongs(argument);
        if (keys.Count > 0)
        {
            var names = keys.ToDictionary(key => key.Value, key => key.Key);
            questions.Add(new($"SELECT run_no, key_id, is_nan, value, min_value, max_value FROM metric_latest WHERE run_no {In("$1")} AND key_id {In("$2")}",
                row => cells.AddMetric(row, names[row.Long(1)]), runs, Arg.Longs(names.Keys)));
        }
        foreach (var (table, kind) in (ReadOnlySpan<(string, FieldKind)>)[("params", FieldKind.Param), ("tags", FieldKind.Tag)])
            if (cells.Keys(kind) is { Count: > 0 } asked)
                questions.Add(new($"SELECT run_no, key, {Shown(charsMax)} FROM {table} WHERE run_no {In("$1")} AND key {session.Dialect.InTexts("$2")}",
                    row => cells.AddText(row, kind), runs, Arg.Texts(asked)));
        if (questions.Count > 0 && cells.Numbers.Count > 0) session.Together(questions);
        return cells;
    }

    /// <summary>A text as far as a cell shows it, and whether there is more.</summary>
    private static string Shown(int? charsMax) => charsMax is { } most ? $"substr(value, 1, {most}), CASE WHEN length(value) > {most} THEN 1 ELSE 0 END" : "value, 0";

    private static WrittenJson Write(RunCells cells, string[] ids, RunColumn[] columns)
    {
        var buffer = AnswerBuffer.Rent();
        try
        {
            var json = buffer.Json;
            var places = Array.ConvertAll(ids, cells.PlaceOf);
            json.WriteStartObject();
            json.WriteStartArray("columns");
            foreach (var column in columns) json.WriteStringValue(column.Name);
            json.WriteEndArray();
            json.WriteStartArray("rows");
            for (var column = 0; column < columns.Length; column++)
            {
                json.WriteStartArray();
                foreach (var place in places)
                    if (place >= 0 && cells[place, column] is { Length: > 0 } cell) json.WriteRawValue(cell, skipInputValidation: true);
                    else json.WriteNullValue();
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WriteStartArray("missing");
            foreach (var id in ids.Where((_, i) => places[i] < 0).Distinct(StringComparer.Ordinal)) json.WriteStringValue(id);
            json.WriteEndArray();
            if (cells.IsCut) json.WriteBoolean("cut", true);
            json.WriteEndObject();
            json.Flush();
            return new(buffer);
        }
        catch
        {
            AnswerBuffer.Return(buffer);
            throw;
        }
    }
}
