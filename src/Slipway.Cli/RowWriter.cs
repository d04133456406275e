using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Cli;

/// <summary>Writes rows one by one as CSV (RFC 4180), as one JSON array, or as JSON Lines: nothing is kept.</summary>
internal sealed class RowWriter(TextWriter to, string format)
{
    public bool IsCsv => format is "csv";

    public long Rows { get; private set; }

    /// <summary>The first line of CSV; of the others what an array begins with.</summary>
    public void Begin(IEnumerable<string> headings)
    {
        if (IsCsv) Line(headings);
        else if (format is "json") to.Write('[');
    }

    /// <summary>A row of CSV.</summary>
    public void Row(IEnumerable<string?> cells)
    {
        Line(cells);
        Rows++;
    }

    /// <summary>A row of JSON.</summary>
    public void Row<T>(T value, JsonTypeInfo<T> type)
    {
        if (format is "json") to.Write(Rows == 0 ? "\n" : ",\n");
        to.Write(JsonSerializer.Serialize(value, type));
        if (format is "jsonl") to.Write('\n');
        Rows++;
    }

    public void End()
    {
        if (format is "json") to.Write(Rows == 0 ? "]\n" : "\n]\n");
        to.Flush();
    }

    /// <summary>A number that reads back as itself.</summary>
    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private void Line(IEnumerable<string?> cells)
    {
        var first = true;
        foreach (var cell in cells)
        {
            if (!first) to.Write(',');
            first = false;
            if (cell is null) continue;
            if (cell.AsSpan().ContainsAny(",\"\r\n")) to.Write($"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
            else to.Write(cell);
        }
        to.Write("\r\n");
    }
}
