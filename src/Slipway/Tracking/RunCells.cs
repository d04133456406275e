using System.Buffers;
using System.Text;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>
/// The cells of a table of runs while it is read: each as its text in JSON or CSV, one after another in one pooled buffer, so that a thousand runs of two hundred columns are no objects but eight bytes a cell
/// beside their text. Once the buffer holds more than an answer may, what follows is left out: whoever reads compares <see cref="Length"/> with the limit.
/// </summary>
internal sealed class RunCells : IDisposable
{
    private static ReadOnlySpan<byte> Ellipsis => "…\""u8;

    private readonly bool csv;
    private readonly long bytesMax;
    private readonly RunColumn[] columns;
    private readonly Dictionary<SearchField, List<int>> columnsOf = [];
    private readonly SearchField[] attributes;
    private readonly PooledWriter text = new();
    private readonly List<(int Start, int Length)> cells = [];
    private readonly Dictionary<string, int> placeOfId = new(StringComparer.Ordinal);
    private readonly Dictionary<long, int> placeOfNumber = [];

    /// <param name="columns">What is asked for.</param>
    /// <param name="csv">How cells are written: as CSV, or as JSON.</param>
    /// <param name="bytesMax">Where texts end to be added.</param>
    public RunCells(RunColumn[] columns, bool csv, long bytesMax)
    {
        (this.columns, this.csv, this.bytesMax) = (columns, csv, bytesMax);
        for (var i = 0; i < columns.Length; i++)
            if (columnsOf.TryGetValue(columns[i].Field, out var list)) list.Add(i);
            else columnsOf[columns[i].Field] = [i];
        attributes = [.. columnsOf.Keys.Where(field => field.Kind is FieldKind.Attribute)];
    }

    /// <summary>The row numbers of the runs that are there.</summary>
    public IReadOnlyCollection<long> Numbers => placeOfNumber.Keys;

    /// <summary>Bytes of all cells so far; columns asked for twice count twice.</summary>
    public long Length { get; private set; }

    /// <summary>True when a text was too long for a cell.</summary>
    public bool IsCut { get; private set; }

    /// <summary>The text of a cell; empty when it has no value.</summary>
    public ReadOnlySpan<byte> this[int place, int column] => cells[place * columns.Length + column] is var (start, length) ? text.Written.Slice(start, length) : [];

    /// <summary>The place of a run, or -1.</summary>
    public int PlaceOf(string id) => placeOfId.GetValueOrDefault(id, -1);

    /// <summary>The place of a run's row number, or -1.</summary>
    public int PlaceOf(long number) => placeOfNumber.GetValueOrDefault(number, -1);

    /// <summary>What the columns mean.</summary>
    public IEnumerable<SearchField> Fields => columnsOf.Keys;

    /// <summary>The keys asked for among params or tags.</summary>
    public List<string> Keys(FieldKind kind) => [.. columnsOf.Keys.Where(field => field.Kind == kind).Select(field => field.Key)];

    /// <summary>A run's own row: no, run_id, experiment_id, name, status, start, end, deleted, user, artifact uri, the experiment's name, duration.</summary>
    public void AddRun(Row row)
    {
        var place = placeOfNumber.Count;
        placeOfNumber.Add(row.Long(0), place);
        placeOfId.Add(row.Text(1), place);
        for (var i = 0; i < columns.Length; i++) cells.Add(default);
        foreach (var field in attributes)
        {
            var start = text.Length;
            switch (field.Key)
            {
                case RunFilter.RunId: Write(row.Utf8(1)); break;
                case RunFilter.ExperimentId: Quoted(row.Long(2)); break;
                case RunFilter.RunName: Write(row.Utf8(3)); break;
                case RunFilter.Status: Plain(((RunStatus)row.Int(4)).ToString()); break;
                case RunFilter.StartTime: Number(row, 5); break;
                case RunFilter.EndTime: Number(row, 6); break;
                case RunFilter.LifecycleStage: Plain(row.IsNull(7) ? "active" : "deleted"); break;
                case RunFilter.UserId: Write(row.Utf8(8)); break;
                case RunFilter.ArtifactUri: Write(row.Utf8(9)); break;
                case RunFilter.ExperimentName: Write(row.Utf8(10)); break;
                case RunFilter.Duration: Number(row, 11); break;
                default: throw new InvalidOperationException($"The parser lets no attribute '{field.Key}' through.");
            }
            Put(place, field, start);
        }
    }

    /// <summary>A metric's row: run_no, key_id, is_nan, value, min_value, max_value.</summary>
    public bool AddMetric(Row row, string name)
    {
        var place = placeOfNumber[row.Long(0)];
        Put(place, new(FieldKind.Metric, name), row.Bool(2) ? double.NaN : row.Double(3));
        if (row.DoubleOrNull(4) is { } min) Put(place, new(FieldKind.Metric, name, new(SeriesFunction.Min)), min);
        if (row.DoubleOrNull(5) is { } max) Put(place, new(FieldKind.Metric, name, new(SeriesFunction.Max)), max);
        return true;
    }

    /// <summary>A param or a tag: run_no, key, value as far as a cell shows it, whether there is more.</summary>
    public bool AddText(Row row, FieldKind kind)
    {
        if (Length > bytesMax) return false;
        var start = text.Length;
        Write(row.Utf8(2));
        if (!csv && row.Bool(3))
        {
            text.Advance(-1);
            text.Write(Ellipsis);
            IsCut = true;
        }
        Put(placeOfNumber[row.Long(0)], new(kind, row.Text(1)), start);
        return true;
    }

    public void Dispose() => text.Dispose();

    private void Put(int place, SearchField field, double value)
    {
        if (!columnsOf.ContainsKey(field)) return;
        var start = text.Length;
        if (double.IsFinite(value))
        {
            // The shortest text that reads back as the same double.
            value.TryFormat(text.GetSpan(32), out var written, provider: System.Globalization.CultureInfo.InvariantCulture);
            text.Advance(written);
        }
        else if (csv) text.Write(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "Infinity"u8 : "-Infinity"u8);
        else text.Write(double.IsNaN(value) ? "\"NaN\""u8 : value > 0 ? "\"Infinity\""u8 : "\"-Infinity\""u8);
        Put(place, field, start);
    }

    private void Put(int place, SearchField field, int start)
    {
        var list = columnsOf[field];
        foreach (var column in list) cells[place * columns.Length + column] = (start, text.Length - start);
        Length += (text.Length - start) * (long)list.Count;
    }

    private void Number(Row row, int column)
    {
        if (row.LongOrNull(column) is { } number) JsonText.Write(text, number);
    }

    private void Quoted(long number)
    {
        if (!csv) text.Write("\""u8);
        JsonText.Write(text, number);
        if (!csv) text.Write("\""u8);
    }

    private void Plain(string word) => Write(Encoding.UTF8.GetBytes(word));

    private void Write(ReadOnlySpan<byte> utf8)
    {
        if (csv) CsvText.Write(text, utf8);
        else JsonText.Write(text, utf8);
    }
}
