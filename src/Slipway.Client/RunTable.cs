using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Slipway.Client;

/// <summary>
/// Rows and named columns of anything, read one at a time: an `IDataView` by its cursor, a list of records, a reader of a database. Logged as MLflow's table
/// artifact, or described as a data set.
/// </summary>
/// <param name="Columns">Their names.</param>
/// <param name="Rows">Read once for each use; a row has a value for every column: null, a number, a text, a boolean, a time.</param>
public sealed record RunTable(IReadOnlyList<string> Columns, IEnumerable<IReadOnlyList<object?>> Rows)
{
    /// <summary>A table of objects.</summary>
    /// <param name="rows">One object a row.</param>
    /// <param name="columns">A name and how to read it, for each column.</param>
    public static RunTable Of<T>(IEnumerable<T> rows, params (string Name, Func<T, object?> Read)[] columns)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(columns);
        return new RunTable([.. columns.Select(column => column.Name)], rows.Select(row => columns.Select(column => column.Read(row)).ToArray()));
    }

    /// <summary>Describes it as a data set: names and types of the columns, number of rows, a digest of every value. Reads all rows, keeps none.</summary>
    /// <param name="name">The data set's name.</param>
    public DatasetVersion Describe(string name)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (types, count) = (new string?[Columns.Count], 0L);
        foreach (var column in Columns) Add(column);
        foreach (var row in Rows)
        {
            Check(row, count++);
            for (var i = 0; i < row.Count; i++)
            {
                types[i] = Wider(types[i], TypeOf(row[i]));
                Add(Text(row[i]) ?? "\0");
            }
        }
        return new DatasetVersion
        {
            Name = name,
            Digest = Convert.ToHexStringLower(sha.GetHashAndReset())[..DigestChars],
            Schema = DatasetVersion.SchemaOf([.. Columns.Select((column, i) => (column, types[i] ?? "string"))]),
            Profile = string.Create(CultureInfo.InvariantCulture, $$"""{"num_rows": {{count}}}"""),
        };

        void Add(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            sha.AppendData(BitConverter.GetBytes(bytes.Length));
            sha.AppendData(bytes);
        }
    }

    private const int DigestChars = 36;

    /// <summary>Writes `{"columns": [...], "data": [[...], ...]}`, row by row.</summary>
    internal async Task WriteTo(Stream stream, CancellationToken ct)
    {
        await using var writer = new Utf8JsonWriter(stream);
        writer.WriteStartObject();
        writer.WriteStartArray("columns"u8);
        foreach (var column in Columns) writer.WriteStringValue(column);
        writer.WriteEndArray();
        writer.WriteStartArray("data"u8);
        var number = 0L;
        foreach (var row in Rows)
        {
            Check(row, number++);
            writer.WriteStartArray();
            foreach (var value in row) Write(writer, value);
            writer.WriteEndArray();
            if (writer.BytesPending > 64 * 1024) await writer.FlushAsync(ct).ConfigureAwait(false);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void Check(IReadOnlyList<object?> row, long number)
    {
        if (row.Count != Columns.Count) throw new ArgumentException($"Row {number} of the table has {row.Count} values; there are {Columns.Count} columns.");
    }

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case bool truth: writer.WriteBooleanValue(truth); break;
            case double number when !double.IsFinite(number): writer.WriteNullValue(); break; // JSON has no other word; MLflow's own tables do the same.
            case float number when !float.IsFinite(number): writer.WriteNullValue(); break;
            case double number: writer.WriteNumberValue(number); break;
            case float number: writer.WriteNumberValue(number); break;
            case decimal number: writer.WriteNumberValue(number); break;
            case ulong number: writer.WriteNumberValue(number); break;
            case long or int or short or sbyte or byte or ushort or uint: writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            default: writer.WriteStringValue(Text(value)); break;
        }
    }

    private static string? Text(object? value) => value switch
    {
        null => null,
        DateTime or DateTimeOffset or DateOnly or TimeOnly => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string? TypeOf(object? value) => value switch
    {
        null => null,
        bool => "boolean",
        double or float or decimal => "double",
        long or int or short or sbyte or byte or ushort or uint or ulong => "long",
        DateTime or DateTimeOffset or DateOnly => "datetime",
        _ => "string",
    };

    private static string? Wider(string? one, string? two) => one is null || one == two ? two ?? one : two is null ? one : (one, two) is ("long", "double") or ("double", "long") ? "double" : "string";
}
