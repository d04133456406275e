using System.Globalization;
using System.Text;

namespace Slipway.Registry;

/// <summary>A card as the README of a model on Hugging Face: metadata as YAML at the top, then Markdown. What authors wrote stands in it as they wrote it; all else is escaped.</summary>
internal static class CardMarkdown
{
    /// <summary>The longest cell, in characters: longer params are cut, as a page would not show them either.</summary>
    public const int CellCharsMax = 500;

    /// <summary>The text.</summary>
    public static string Write(ModelCard card)
    {
        var text = new StringBuilder();
        FrontMatter(text, card);
        text.Append("\n# ").Append(Inline(card.Name!)).Append(", version ").Append(card.Version).Append('\n');
        foreach (var block in CardBlocks.Of(card))
        {
            text.Append("\n## ").Append(Inline(block.Title)).Append("\n\n");
            foreach (var (name, value) in block.Fields ?? []) text.Append("- **").Append(name).Append(":** ").Append(Inline(value)).Append('\n');
            if (block.Columns is { } columns)
            {
                Row(text, columns);
                Row(text, Array.ConvertAll(columns, static _ => "---"), raw: true);
                foreach (var row in block.Rows ?? []) Row(text, row);
            }
            if (block.Markdown is { } own) text.Append(own.ReplaceLineEndings("\n").TrimEnd('\n')).Append('\n');
            if (block.Remark is { } remark) text.Append(block.Fields is { Count: > 0 } || block.Columns is not null ? "\n" : "").Append(Inline(remark)).Append('\n');
        }
        return text.ToString();
    }

    private static void FrontMatter(StringBuilder text, ModelCard card)
    {
        text.Append("---\n");
        if (card.Profile?.License is { } license)
            if (license.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '+')) text.Append("license: ").Append(Yaml(license.ToLowerInvariant())).Append('\n');
            else text.Append("license: other\nlicense_name: ").Append(Yaml(license)).Append('\n');
        // What loads it natively; the Python function is but the wrapping of another flavor.
        if ((card.Package?.Flavors ?? []).OrderBy(static flavor => flavor == "python_function").FirstOrDefault() is { } flavor) text.Append("library_name: ").Append(Yaml(flavor)).Append('\n');
        List(text, "tags", ["slipway", .. (card.Package?.Flavors ?? []).Where(static one => one != "python_function")]);
        List(text, "datasets", (card.Datasets ?? []).Select(static one => one.Name));
        List(text, "metrics", (card.Metrics ?? []).Select(static one => one.Key));
        var finite = (card.Metrics ?? []).Where(static one => double.IsFinite(one.Value)).ToList();
        if (finite.Count > 0)
        {
            text.Append("model-index:\n- name: ").Append(Yaml(card.Name!)).Append("\n  results:\n");
            var task = card.Tags?.FirstOrDefault(static tag => tag.Key == "task")?.Value;
            foreach (var data in finite.GroupBy(one => (Name: one.DatasetName ?? card.Datasets?.FirstOrDefault()?.Name ?? "unknown", Digest: one.DatasetName is null ? null : one.DatasetDigest)))
            {
                text.Append("  - task:\n      type: ").Append(Yaml(string.IsNullOrEmpty(task) ? "other" : task));
                text.Append("\n    dataset:\n      type: ").Append(Yaml(data.Key.Name)).Append("\n      name: ").Append(Yaml(data.Key.Name));
                if (data.Key.Digest is { } digest) text.Append("\n      revision: ").Append(Yaml(digest));
                text.Append("\n    metrics:\n");
                foreach (var metric in data)
                    text.Append("    - type: ").Append(Yaml(metric.Key)).Append("\n      name: ").Append(Yaml($"{metric.Key} ({metric.Origin})")).Append("\n      value: ").Append(YamlNumber(metric.Value)).Append('\n');
            }
        }
        text.Append("---\n");
    }

    private static void List(StringBuilder text, string name, IEnumerable<string> entries)
    {
        var some = entries.Distinct(StringComparer.Ordinal).ToList();
        if (some.Count == 0) return;
        text.Append(name).Append(":\n");
        foreach (var entry in some) text.Append("- ").Append(Yaml(entry)).Append('\n');
    }

    private static void Row(StringBuilder text, string[] cells, bool raw = false)
    {
        text.Append('|');
        foreach (var cell in cells) text.Append(' ').Append(raw ? cell : Inline(cell.Length > CellCharsMax ? string.Concat(cell.AsSpan(0, CellCharsMax), "...") : cell)).Append(" |");
        text.Append('\n');
    }

    /// <summary>A text in a line of Markdown that says nothing but itself.</summary>
    public static string Inline(string text)
    {
        var line = new StringBuilder(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
            switch (rune.Value)
            {
                case '<': line.Append("&lt;"); break;
                case '>': line.Append("&gt;"); break;
                case '&': line.Append("&amp;"); break;
                case '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '#' or '~' or '$' or '!': line.Append('\\').Append((char)rune.Value); break;
                case < ' ' or 0x7f or 0x85 or 0x2028 or 0x2029: line.Append(' '); break;
                default: line.Append(rune.ToString()); break;
            }
        return line.ToString();
    }

    /// <summary>A text in double quotes, whatever it holds.</summary>
    public static string Yaml(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var rune in text.EnumerateRunes())
            if (rune.Value is '"' or '\\') quoted.Append('\\').Append((char)rune.Value);
            else if (rune.Value is < ' ' or (>= 0x7f and < 0xa0) or 0x2028 or 0x2029 or 0xfeff or 0xfffe or 0xffff) quoted.Append("\\u").Append(rune.Value.ToString("x4", CultureInfo.InvariantCulture));
            else quoted.Append(rune.ToString());
        return quoted.Append('"').ToString();
    }

    // 1E-05 has no point: YAML 1.1 reads it as a text.
    private static string YamlNumber(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var exponent = text.IndexOf('E', StringComparison.Ordinal);
        return exponent < 0 || text.Contains('.', StringComparison.Ordinal) ? text : text.Insert(exponent, ".0");
    }
}
