using System.Globalization;
using System.Text;
using Slipway.Registry;

namespace Slipway.Cli;

/// <summary>C# records for a model's rows, from its signature: the same signature gives the same text.</summary>
internal static class ModelCode
{
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal) { "Equals", "GetHashCode", "ToString", "GetType", "Deconstruct", "PrintMembers", "EqualityContract", "MemberwiseClone", "Finalize" };

    /// <summary>The file.</summary>
    /// <param name="model">The registered model's name.</param>
    /// <param name="version">The version whose signature it is.</param>
    /// <param name="package">What the registry recorded.</param>
    /// <param name="space">The namespace.</param>
    public static string Write(string model, string version, ModelPackage package, string space)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"// Written by `slipway models codegen` from version {version} of '{Comment(model)}' (files {package.Digest ?? "not recorded"}). Run it again instead of changing this file.\n");
        text.Append("#nullable enable\nusing Slipway.Models;\n\n");
        text.Append(CultureInfo.InvariantCulture, $"namespace {space};\n\n");
        var stem = Identifier(model);
        Record(text, stem + "Input", $"A row that '{Comment(model)}' predicts for.", package.Inputs ?? [], output: false);
        text.Append('\n');
        Record(text, stem + "Output", $"What '{Comment(model)}' answers for a row.", package.Outputs ?? [], output: true);
        return text.ToString();
    }

    /// <summary>A name as a C# identifier: words in a row, each with a capital letter.</summary>
    public static string Identifier(string name)
    {
        var text = new StringBuilder();
        var capital = true;
        foreach (var c in name)
        {
            if (!char.IsLetterOrDigit(c))
            {
                capital = true;
                continue;
            }
            text.Append(capital ? char.ToUpperInvariant(c) : c);
            capital = false;
        }
        if (text.Length == 0 || !char.IsLetter(text[0])) text.Insert(0, '_');
        return text.ToString();
    }

    private static void Record(StringBuilder text, string name, string summary, ModelColumnInfo[] columns, bool output)
    {
        text.Append(CultureInfo.InvariantCulture, $"/// <summary>{Xml(summary)}</summary>\npublic sealed record {name}\n{{\n");
        HashSet<string> taken = new(Reserved, StringComparer.Ordinal) { name };
        for (var i = 0; i < columns.Length; i++)
        {
            var column = columns[i];
            var own = column.Name ?? (output ? "prediction" : "input");
            var stem = Identifier(own);
            var property = stem;
            for (var more = 2; !taken.Add(property); more++) property = stem + more.ToString(CultureInfo.InvariantCulture);
            var type = Type(column, output);
            if (i > 0) text.Append('\n');
            text.Append(CultureInfo.InvariantCulture, $"    /// <summary>{Xml($"`{own}`, {column.Type}{(column.Shape is null ? "" : " " + column.Shape)}")}</summary>\n    [SlipwayColumn({Literal(own)})]\n    public {(!output && column.Required is not false ? "required " : "")}{type} {property} {{ get; set; }}");
            text.Append(type is "string" or "float[]" or "double[]" && output ? type == "string" ? " = \"\";\n" : " = [];\n" : "\n");
        }
        text.Append("}\n");
    }

    private static string Type(ModelColumnInfo column, bool output)
    {
        var type = column.Type switch
        {
            "double" or "float64" => "double",
            "float" or "float32" or "float16" => "float",
            "long" or "int64" or "uint32" or "uint64" => "long",
            "integer" or "int32" or "int16" or "int8" or "uint8" or "uint16" => "int",
            "boolean" or "bool" => "bool",
            _ => "string",
        };
        // More than one value a row: the shape's first dimension counts rows.
        var several = column.Shape is { } shape && shape.Trim('[', ']').Split(',') is { Length: > 1 } dimensions && dimensions.Skip(1).Any(static dimension => dimension.Trim() != "1");
        if (several) return type is "double" ? "double[]" : "float[]";
        return !output && column.Required is false ? type + "?" : type;
    }

    private static string Literal(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (var c in text)
            if (c is '"' or '\\') literal.Append('\\').Append(c);
            else if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029') literal.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else literal.Append(c);
        return literal.Append('"').ToString();
    }

    private static string Xml(string text) => Comment(text).Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    // A line end in a name must not end the comment.
    private static string Comment(string text) => string.Concat(text.Select(static c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c));
}
