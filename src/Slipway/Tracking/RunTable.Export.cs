using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Slipway.Tracking;

/// <summary>runs/export: a table as CSV. The order is found at once, columns are read some runs at a time, so that memory does not grow with them.</summary>
internal sealed partial class RunTable
{
    /// <summary>The most runs of a step.</summary>
    private const int StepMax = 1_000;

    /// <summary>The most bytes that a step's cells may have; a step of one run fits always.</summary>
    private const long StepBytesMax = 8 * 1024 * 1024;

    /// <summary>POST runs/export.</summary>
    public async Task<Problem?> Export(HttpContext context, Caller caller, ExportRuns request)
    {
        if (Query(new OrderRuns(request.ExperimentIds, request.Filter, request.OrderBy, request.RunViewType, request.Max), out var query) is { } badQuery) return badQuery;
        var parsed = RunColumn.Parse(request.Columns);
        if (parsed.Problem is { } bad) return bad;
        var columns = parsed.Value;
        if (columns.Length == 0) return Problem.Missing("columns");
        var ct = context.RequestAborted;
        var found = await Find(caller, query, ct);
        if (found.Problem is { } problem) return problem;

        var (ids, count) = (found.Value.Ids, found.Value.Numbers.Length);
        var response = context.Response;
        response.ContentType = ExportRuns.ContentType;
        response.Headers.ContentDisposition = "attachment; filename=\"runs.csv\"";
        using var lines = new PooledWriter();
        foreach (var column in columns) Cell(lines, column.Name);
        End(lines);
        for (int start = 0, step = 128; start < count;)
        {
            var some = new string[Math.Min(step, count - start)];
            for (var i = 0; i < some.Length; i++) some[i] = Convert.ToHexStringLower(ids, (start + i) * RunOrderFormat.IdBytes, RunOrderFormat.IdBytes);
            using var cells = await db.Read(session => Read(session, caller, some, new RunCells(columns, csv: true, StepBytesMax), null), ct);
            if (cells.Length > StepBytesMax && some.Length > 1)
            {
                step = some.Length / 2;
                continue;
            }
            foreach (var id in some)
            {
                // Deleted for good since it was found.
                if (cells.PlaceOf(id) is not (>= 0 and var place)) continue;
                Line(lines, cells, place, columns.Length);
                if (lines.Length < 64 * 1024) continue;
                await Send(response, lines, ct);
            }
            start += some.Length;
            if (cells.Length < StepBytesMax / 4) step = Math.Min(2 * step, StepMax);
        }
        await Send(response, lines, ct);
        return null;
    }

    private static async Task Send(HttpResponse response, PooledWriter lines, CancellationToken ct)
    {
        response.BodyWriter.Write(lines.Written);
        lines.Advance(-lines.Length);
        await response.BodyWriter.FlushAsync(ct);
    }

    private static void Line(PooledWriter lines, RunCells cells, int place, int columns)
    {
        for (var column = 0; column < columns; column++)
        {
            lines.Write(cells[place, column]);
            lines.Write(","u8);
        }
        End(lines);
    }

    private static void Cell(PooledWriter lines, string text)
    {
        CsvText.Write(lines, Encoding.UTF8.GetBytes(text));
        lines.Write(","u8);
    }

    /// <summary>The comma after the last cell becomes the line's end.</summary>
    private static void End(PooledWriter lines)
    {
        lines.Advance(-1);
        lines.Write("\r\n"u8);
    }
}
