using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Slipway.Prediction;

/// <summary>Where requests carry the key that they are chosen by. One of the three is set.</summary>
/// <param name="Header">A header's name.</param>
/// <param name="Pointer">A JSON pointer (RFC 6901) into a JSON body.</param>
/// <param name="Column">A column's name: the first row's value, in every tabular form.</param>
internal sealed record StickyRule(string? Header, string? Pointer, string? Column)
{
    private readonly byte[][] path = Pointer is null ? [] : [.. Pointer.Split('/').Skip(1).Select(static part => Encoding.UTF8.GetBytes(part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)))];

    private readonly byte[] column = Encoding.UTF8.GetBytes(Column ?? "");

    /// <summary>True when the body has to be read for it.</summary>
    public bool OfBody => Header is null;

    /// <summary>The key in a JSON body, or null when it is not there or the body is no JSON. Walks the body once and stops at the key.</summary>
    public string? Find(ReadOnlySequence<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 64 });
        try
        {
            return !reader.Read() ? null : Pointer is not null ? AtPath(ref reader, 0) : OfColumn(ref reader);
        }
        catch (JsonException)
        {
            return null; // whoever reads the body says what is wrong with it
        }
    }

    private string? AtPath(ref Utf8JsonReader reader, int depth)
    {
        if (depth == path.Length) return Value(ref reader);
        if (reader.TokenType is JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
            {
                var found = reader.ValueTextEquals(path[depth]);
                reader.Read();
                if (found) return AtPath(ref reader, depth + 1);
                reader.Skip();
            }
            return null;
        }
        if (reader.TokenType is not JsonTokenType.StartArray || !System.Buffers.Text.Utf8Parser.TryParse(path[depth], out int index, out var used) || used != path[depth].Length) return null;
        for (var i = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray; i++)
            if (i == index) return AtPath(ref reader, depth + 1);
            else reader.Skip();
        return null;
    }

    // dataframe_split names columns apart from rows; Open Inference's inputs name themselves; in all other forms the column's name stands before its value.
    private string? OfColumn(ref Utf8JsonReader reader)
    {
        var (columns, position) = (false, -1);
        do
        {
            if (reader.TokenType is not JsonTokenType.PropertyName) continue;
            if (reader.ValueTextEquals(column))
            {
                reader.Read();
                return First(ref reader);
            }
            if (reader.ValueTextEquals("columns"u8) && position < 0)
            {
                reader.Read();
                (columns, position) = (true, IndexIn(ref reader));
            }
            else if (columns && position >= 0 && reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                return reader.TokenType is JsonTokenType.StartArray && reader.Read() ? At(ref reader, position) : null;
            }
            else if (reader.ValueTextEquals("name"u8))
            {
                reader.Read();
                if (reader.TokenType is JsonTokenType.String && reader.ValueTextEquals(column)) return Data(ref reader);
            }
        }
        while (reader.Read());
        return null;
    }

    private int IndexIn(ref Utf8JsonReader reader)
    {
        var found = -1;
        if (reader.TokenType is not JsonTokenType.StartArray) return found;
        for (var i = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray; i++)
            if (reader.TokenType is JsonTokenType.String && found < 0 && reader.ValueTextEquals(column)) found = i;
            else reader.Skip();
        return found;
    }

    private static string? At(ref Utf8JsonReader reader, int index)
    {
        if (reader.TokenType is not JsonTokenType.StartArray) return null;
        for (var i = 0; reader.Read() && reader.TokenType is not JsonTokenType.EndArray; i++)
            if (i == index) return Value(ref reader);
            else reader.Skip();
        return null;
    }

    private static string? Data(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth >= depth)
        {
            if (reader.CurrentDepth > depth || reader.TokenType is not JsonTokenType.PropertyName) continue;
            var isData = reader.ValueTextEquals("data"u8);
            reader.Read();
            if (isData) return First(ref reader);
            reader.Skip();
        }
        return null;
    }

    private static string? First(ref Utf8JsonReader reader)
    {
        while (reader.TokenType is JsonTokenType.StartArray)
            if (!reader.Read()) return null;
        return Value(ref reader);
    }

    private static string? Value(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Number => Encoding.UTF8.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan),
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => null,
    };
}
