using System.Text;

namespace Slipway.Tracking;

/// <summary>What a piece of search text is.</summary>
internal enum SearchTokenKind
{
    /// <summary>`metrics.loss`, `tags."a b"`, `status`, and keywords, which are names without an entity.</summary>
    Name,
    /// <summary>'text', or "text" where it stands alone: then it may also be a name.</summary>
    Text,
    Number,
    Comparator,
    Open,
    Close,
    Comma,
    End,
}

/// <summary>A piece of search text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Position">Where it starts, from 0.</param>
/// <param name="Length">How long it is as written.</param>
/// <param name="Entity">What stands before the first dot of a name, if there is a dot.</param>
/// <param name="Value">The rest of the name, or the text, without its quotes.</param>
/// <param name="Quote">The quotation mark of the value, or '\0'.</param>
internal readonly record struct SearchToken(SearchTokenKind Kind, int Position, int Length, string? Entity = null, string Value = "", char Quote = '\0')
{
    /// <summary>True for the bare word in any case: quotes make a keyword a name.</summary>
    public bool Is(string keyword) => Kind is SearchTokenKind.Name && Entity is null && Quote == '\0' && Value.Equals(keyword, StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// Cuts filter and order_by text into tokens, one pass from left to right without going back, so that no input makes it slow.
/// A doubled quotation mark inside quotes stands for one; a backslash is a character like others.
/// </summary>
internal ref struct SearchLexer(string text, string what, int from = 0)
{
    private readonly string text = text;
    private int at = from;

    /// <summary>The text that can never be asked for: PostgreSQL refuses NUL and half surrogate pairs.</summary>
    public static Problem? Unfit(string text, string what)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0') return Problem.Invalid($"The {what} holds the NUL character at character {i + 1}. Remove it.");
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) i++;
            else if (char.IsSurrogate(text[i])) return Problem.Invalid($"The {what} is not valid Unicode: half a surrogate pair at character {i + 1}.");
        }
        return null;
    }

    public Outcome<SearchToken> Next()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        if (at == text.Length) return new SearchToken(SearchTokenKind.End, at, 0);
        switch (text[at])
        {
            case '(': return One(SearchTokenKind.Open);
            case ')': return One(SearchTokenKind.Close);
            case ',': return One(SearchTokenKind.Comma);
            case '=' or '!' or '<' or '>' or '~': return Comparator();
            case '\'': return Quoted(SearchTokenKind.Text);
            case '+' or '-' or '.' or (>= '0' and <= '9'): return Number();
            case '`' or '"': return Name();
            default: return IsWord(text[at]) ? Name() : Strange(at, "is not part of any clause");
        }
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';

    private SearchToken One(SearchTokenKind kind) => new(kind, at++, 1);

    private SearchToken Comparator()
    {
        var start = at;
        while (at < text.Length && text[at] is '=' or '!' or '<' or '>' or '~') at++;
        return new SearchToken(SearchTokenKind.Comparator, start, at - start, null, text[start..at]);
    }

    private Outcome<SearchToken> Number()
    {
        var start = at;
        if (text[at] is '+' or '-') at++;
        var digits = Digits();
        if (at < text.Length && text[at] == '.')
        {
            at++;
            digits += Digits();
        }
        if (digits == 0) return Strange(start, "is not a number");
        if (at < text.Length && text[at] is 'e' or 'E')
        {
            at++;
            if (at < text.Length && text[at] is '+' or '-') at++;
            if (Digits() == 0) return Strange(start, "is not a number: its exponent has no digits");
        }
        return at < text.Length && (IsWord(text[at]) || text[at] == '.')
            ? Strange(start, "is neither a number nor a name: names start with a letter")
            : new SearchToken(SearchTokenKind.Number, start, at - start, null, text[start..at]);
    }

    private int Digits()
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        return at - start;
    }

    /// <summary>`word`, `entity.key`, `entity.key.with.dots`, `entity."any text"`, "any text".</summary>
    private Outcome<SearchToken> Name()
    {
        var start = at;
        var first = Part();
        if (!first.Succeeded) return first;
        if (at == text.Length || text[at] != '.')
            return first.Value with { Kind = first.Value.Quote == '"' ? SearchTokenKind.Text : SearchTokenKind.Name };
        at++;
        if (at < text.Length && text[at] is '`' or '"')
        {
            var key = Quoted(SearchTokenKind.Name);
            return key.Succeeded ? key.Value with { Position = start, Length = at - start, Entity = first.Value.Value } : key;
        }
        var keyStart = at;
        while (at < text.Length && (IsWord(text[at]) || text[at] == '.')) at++;
        if (at == keyStart) return Strange(start, "ends with a dot: a name follows it");
        return new SearchToken(SearchTokenKind.Name, start, at - start, first.Value.Value, text[keyStart..at]);
    }

    private Outcome<SearchToken> Part()
    {
        if (text[at] is '`' or '"') return Quoted(SearchTokenKind.Name);
        var start = at;
        while (at < text.Length && IsWord(text[at])) at++;
        return new SearchToken(SearchTokenKind.Name, start, at - start, null, text[start..at]);
    }

    private Outcome<SearchToken> Quoted(SearchTokenKind kind)
    {
        var (start, quote) = (at, text[at]);
        StringBuilder? whole = null;
        for (var piece = ++at; ; piece = ++at)
        {
            var end = text.IndexOf(quote, at);
            if (end < 0) return SearchText.At($"Invalid clause(s) in {what}: the quotation mark {quote} at character {start + 1} is never closed.", text, start);
            at = end + 1;
            if (at == text.Length || text[at] != quote)
            {
                var value = whole is null ? text[piece..end] : whole.Append(text, piece, end - piece).ToString();
                return new SearchToken(kind, start, at - start, null, value, quote);
            }
            (whole ??= new StringBuilder()).Append(text, piece, end + 1 - piece);
        }
    }

    private readonly Problem Strange(int start, string why)
    {
        var end = start;
        while (end < text.Length && end - start < 40 && !char.IsWhiteSpace(text[end])) end++;
        if (end < text.Length && char.IsLowSurrogate(text[end])) end++;
        return SearchText.At($"Invalid clause(s) in {what}: '{text[start..end]}' at character {start + 1} {why}. " +
            "A key with characters other than letters, digits, '_' and '.' stands in backticks or double quotes: metrics.`a b`.", text, start);
    }
}
