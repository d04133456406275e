using System.Text;
using System.Text.Unicode;

namespace Slipway.Prediction.Protocols;

/// <summary>CSV by RFC 4180: the first line names the columns; quotes, doubled quotes and line ends inside of them are understood.</summary>
internal static class CsvRows
{
    private const int ColumnsMax = 100_000;

    /// <summary>Reads the body.</summary>
    public static Problem? Read(Exchange exchange)
    {
        var text = exchange.Body.Bytes;
        var (plan, detail) = (exchange.Model.Plan, exchange.Detail);
        if (!Utf8.IsValid(text)) return Problem.Invalid("The CSV body is not valid UTF-8.");
        if (text.StartsWith("\uFEFF"u8)) text = text[3..];
        if (text.Trim("\r\n "u8).IsEmpty) return Problem.Invalid("The CSV body is empty; expected a first line with the names of the columns.");
        var scratch = new byte[1];
        var names = new List<string>();
        while (true)
        {
            if (!Field(ref text, ref scratch, out var name, out var last)) return Problem.Invalid("The CSV body's first line has a quote that does not end.");
            if (names.Count == ColumnsMax) return Problem.Invalid($"A table has at most {ColumnsMax:N0} columns.");
            names.Add(Encoding.UTF8.GetString(name));
            if (last) break;
        }
        // Rows of a model without names are taken as they come.
        if (!plan.Named) plan = plan.Renamed(names) ?? plan;
        if (!plan.Named) return Misfit.Of(detail, "csv", $"{plan.Columns.Length:N0} columns", $"{names.Count:N0}");
        var map = new int[names.Count];
        var used = new bool[plan.Columns.Length];
        for (var i = 0; i < map.Length; i++)
        {
            map[i] = plan.Find(Encoding.UTF8.GetBytes(names[i]), i);
            if (map[i] < 0) return Misfit.Name(detail, "csv", "unknown column", names[i], plan.Names);
            if (plan.Columns[map[i]].Width > 1) return Misfit.Of(detail, $"csv.{names[i]}", "a column of numbers or texts", "one of arrays", "Send it as JSON.");
            if (used[map[i]]) return Misfit.Name(detail, "csv", "the column is there twice:", names[i], []);
            used[map[i]] = true;
        }
        var sink = new RowSink(plan, exchange.Call.Inputs, "csv", detail);
        while (!text.IsEmpty)
        {
            if (text[0] is (byte)'\n' or (byte)'\r')
            {
                text = text[1..];
                continue;
            }
            sink.Row();
            var position = 0;
            for (var last = false; !last; position++)
            {
                if (!Field(ref text, ref scratch, out var value, out last)) return Problem.Invalid($"csv[{sink.Rows - 1}]: a quote does not end.");
                if (position == map.Length) return Misfit.Of(detail, $"csv[{sink.Rows - 1}]", $"{map.Length:N0} values", "more");
                if (!sink.Put(map[position], value)) return sink.Problem;
            }
            if (position != map.Length) return Misfit.Of(detail, $"csv[{sink.Rows - 1}]", $"{map.Length:N0} values", $"{position:N0}");
            if (!sink.EndRow()) return sink.Problem;
        }
        return sink.Finish();
    }

    // A field and what ended it. Only fields with doubled quotes are copied.
    private static bool Field(ref ReadOnlySpan<byte> text, ref byte[] scratch, out ReadOnlySpan<byte> value, out bool last)
    {
        last = true;
        if (text.IsEmpty || text[0] != '"')
        {
            var end = text.IndexOfAny((byte)',', (byte)'\n', (byte)'\r');
            value = end < 0 ? text : text[..end];
            text = end < 0 ? default : Rest(text[end..], out last);
            return true;
        }
        text = text[1..];
        var at = text.IndexOf((byte)'"');
        value = default;
        if (at < 0) return false;
        if (at + 1 == text.Length || text[at + 1] != '"')
        {
            value = text[..at];
            text = text[(at + 1)..];
        }
        else
        {
            var written = 0;
            while (true)
            {
                if (at < 0) return false;
                if (scratch.Length < written + at + 1) Array.Resize(ref scratch, Math.Max(written + at + 1, scratch.Length * 2));
                text[..at].CopyTo(scratch.AsSpan(written));
                written += at;
                text = text[(at + 1)..];
                if (text.IsEmpty || text[0] != '"') break;
                scratch[written++] = (byte)'"';
                text = text[1..];
                at = text.IndexOf((byte)'"');
            }
            value = scratch.AsSpan(0, written);
        }
        if (text.IsEmpty) return true;
        if (text[0] is not ((byte)',' or (byte)'\n' or (byte)'\r')) return false;
        text = Rest(text, out last);
        return true;
    }

    private static ReadOnlySpan<byte> Rest(ReadOnlySpan<byte> text, out bool last)
    {
        last = text[0] != ',';
        text = text.StartsWith("\r\n"u8) ? text[2..] : text[1..];
        return text;
    }
}
