namespace Slipway.Tracking;

/// <summary>One key of an order.</summary>
internal readonly record struct OrderKey(SearchField Field, bool Descending)
{
    public override string ToString() => Descending ? $"{Field} DESC" : $"{Field} ASC";
}

/// <summary>Reads order_by entries: `name [ASC|DESC]` or `function(metrics.k) [ASC|DESC]`, ascending unless said otherwise. A field may be named once.</summary>
internal static class OrderByParser
{
    /// <summary>The most entries of an order.</summary>
    public const int EntriesMax = 20;

    /// <summary>The longest entry: the longest key, quoted, with room to spare.</summary>
    public const int CharsMax = 1_000;

    private const string What = "order_by clause";

    public static Outcome<IReadOnlyList<OrderKey>> Parse(IReadOnlyList<string?>? entries, FilterGrammar grammar)
    {
        if (entries is null || entries.Count == 0) return Array.Empty<OrderKey>();
        if (entries.Count > EntriesMax) return Problem.Invalid($"order_by holds at most {EntriesMax} entries, got {entries.Count}.");
        var keys = new List<OrderKey>(entries.Count);
        foreach (var entry in entries)
        {
            var key = One(entry, grammar);
            if (!key.Succeeded) return key.Problem;
            if (keys.Exists(other => other.Field == key.Value.Field))
                return Problem.Invalid($"`order_by` contains duplicate fields: '{SearchText.Cut(key.Value.Field.ToString())}' stands there twice.");
            keys.Add(key.Value);
        }
        return keys;
    }

    private static Outcome<OrderKey> One(string? entry, FilterGrammar grammar)
    {
        if (string.IsNullOrWhiteSpace(entry)) return Problem.Invalid($"Invalid order_by clause '{entry}'. Could not be parsed: it is empty.");
        if (entry.Length > CharsMax) return Problem.Invalid($"An order_by clause holds at most {CharsMax:N0} characters, got {entry.Length:N0}.");
        if (SearchLexer.Unfit(entry, What) is { } unfit) return unfit;
        if (FilterParser.Call(entry, grammar, What, out var end) is { } call) return call.Succeeded ? Directed(entry, new SearchLexer(entry, What, end), call.Value) : call.Problem;
        var lexer = new SearchLexer(entry, What);
        var name = lexer.Next();
        if (!name.Succeeded) return name.Problem;
        if (name.Value.Kind is not (SearchTokenKind.Name or SearchTokenKind.Text) || name.Value.Quote == '\'') return Unparsed(entry, name.Value);
        var directed = Directed(entry, lexer, default);
        if (!directed.Succeeded) return directed.Problem;
        var resolved = grammar.Resolve(name.Value);
        if (!resolved.Succeeded) return SearchText.At(resolved.Problem.Message, entry, name.Value.Position);
        return resolved.Value.Field.Kind is FieldKind.Dataset
            ? Problem.Invalid("Invalid order_by entity type 'dataset': runs are ordered by metrics, params, tags and attributes.")
            : new OrderKey(resolved.Value.Field, directed.Value.Descending);
    }

    private static Outcome<OrderKey> Directed(string entry, SearchLexer lexer, SearchField field)
    {
        var direction = lexer.Next();
        if (!direction.Succeeded) return direction.Problem;
        var descending = direction.Value.Is("DESC");
        if (direction.Value.Kind is SearchTokenKind.End) return new OrderKey(field, false);
        if (!descending && !direction.Value.Is("ASC"))
            return SearchText.At($"Invalid ordering key in order_by clause '{SearchText.Cut(entry)}': expected ASC, DESC or nothing at character {direction.Value.Position + 1}.", entry, direction.Value.Position);
        var end = lexer.Next();
        if (!end.Succeeded) return end.Problem;
        return end.Value.Kind is SearchTokenKind.End ? new OrderKey(field, descending) : Unparsed(entry, end.Value);
    }

    private static Problem Unparsed(string entry, SearchToken at) =>
        SearchText.At($"Invalid order_by clause '{SearchText.Cut(entry)}'. Could not be parsed at character {at.Position + 1}: expected IDENTIFIER [ASC|DESC].", entry, at.Position);
}

/// <summary>The order of runs/search.</summary>
internal static class RunOrderBy
{
    public static Outcome<IReadOnlyList<OrderKey>> Parse(IReadOnlyList<string?>? entries) => OrderByParser.Parse(entries, RunFilter.Grammar);
}
