namespace Slipway.Tracking;

/// <summary>One column of a table of runs, as people name it.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Field">What it means.</param>
internal readonly record struct RunColumn(string Name, SearchField Field)
{
    private const string What = "column";

    /// <summary>Columns that are tags which every client sets, under shorter names.</summary>
    private static readonly Dictionary<string, string> Tags = new(StringComparer.Ordinal)
    {
        ["attributes.source"] = "mlflow.source.name",
        ["attributes.source_type"] = "mlflow.source.type",
    };

    /// <summary>Reads the columns of a request, or says which one is wrong and where.</summary>
    public static Outcome<RunColumn[]> Parse(string?[]? names)
    {
        names ??= [];
        if (WireCheck.Count(names.Length, ReadRunRows.ColumnsMax, "columns") is { } tooMany) return tooMany;
        var columns = new RunColumn[names.Length];
        for (var i = 0; i < names.Length; i++)
        {
            var field = Parse(names[i]);
            if (field.Problem is { } bad) return Problem.Invalid($"columns[{i}]: {bad.Message}");
            columns[i] = new(names[i]!, field.Value);
        }
        return columns;
    }

    /// <summary>What one name means.</summary>
    public static Outcome<SearchField> Parse(string? name)
    {
        if (string.IsNullOrWhiteSpace(name)) return Problem.Invalid("it is empty. A column is attributes.NAME, metrics.KEY, min(metrics.KEY), max(metrics.KEY), params.KEY or tags.KEY.");
        if (name.Length > OrderByParser.CharsMax) return Problem.Invalid($"A column's name holds at most {OrderByParser.CharsMax:N0} characters, got {name.Length:N0}.");
        if (SearchLexer.Unfit(name, What) is { } unfit) return unfit;
        if (Tags.TryGetValue(name, out var tag)) return new SearchField(FieldKind.Tag, tag);
        if (FilterParser.Call(name, RunFilter.Grammar, What, out var end) is { } call)
        {
            if (!call.Succeeded) return call.Problem;
            if (call.Value.Call is { ReadsPoints: true }) return Problem.Invalid($"'{SearchText.Cut(name)}': a column shows the last, min or max of a metric; other functions are for filters and orders.");
            return Ends(name, new SearchLexer(name, What, end)) ?? (Outcome<SearchField>)call.Value;
        }
        var lexer = new SearchLexer(name, What);
        var token = lexer.Next();
        if (!token.Succeeded) return token.Problem;
        if (token.Value.Kind is not (SearchTokenKind.Name or SearchTokenKind.Text) || token.Value.Quote == '\'')
            return SearchText.At($"Expected a column's name at character {token.Value.Position + 1}.", name, token.Value.Position);
        if (Ends(name, lexer) is { } more) return more;
        var resolved = RunFilter.Grammar.Resolve(token.Value);
        if (!resolved.Succeeded) return SearchText.At(resolved.Problem.Message, name, token.Value.Position);
        return resolved.Value.Field.Kind is FieldKind.Dataset ? Problem.Invalid("Data sets are no column: a run may have read several.") : resolved.Value.Field;
    }

    private static Problem? Ends(string name, SearchLexer lexer)
    {
        var end = lexer.Next();
        if (!end.Succeeded) return end.Problem;
        return end.Value.Kind is SearchTokenKind.End ? null
            : SearchText.At($"A column's name ends at character {end.Value.Position + 1}, where more stands. A key with characters other than letters, digits, '_' and '.' stands in backticks: metrics.`a b`.", name, end.Value.Position);
    }
}
