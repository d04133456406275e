using System.Buffers;
using Slipway.Storage;

namespace Slipway.Tracking;

/// <summary>How well a thing fits, the best first.</summary>
internal enum FindRank { Id, IdBegins, NameBegins, NameHas }

/// <summary>What is looked for, and the best of what was found so far.</summary>
internal sealed class Finding(string text, int most)
{
    /// <summary>The fewest characters of an id that find it by its beginning.</summary>
    public const int IdCharsMin = 6;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private readonly List<(FindRank Rank, long NewestMs, FoundThing Thing)>[] found = [[], [], [], []];
    private readonly HashSet<(string Kind, string Id)> seen = [];

    public string Text => text;

    /// <summary>How a name fits, or null. What comes is newest first: once a rank is full, nothing of it is better.</summary>
    public FindRank? RankOf(ReadOnlySpan<char> name) => name.StartsWith(text, StringComparison.OrdinalIgnoreCase) ? FindRank.NameBegins
        : name.Contains(text, StringComparison.OrdinalIgnoreCase) ? FindRank.NameHas : null;

    /// <summary>The ids from the text on, as a range, when it may be the beginning of one: lower case, as ids are.</summary>
    public (string From, string To)? IdRange(string prefix = "")
    {
        var id = text.ToLowerInvariant();
        if (!id.StartsWith(prefix, StringComparison.Ordinal) || id.Length < IdCharsMin || id.AsSpan(prefix.Length).ContainsAnyExcept(HexDigits)) return null;
        return (id, id + "g");
    }

    /// <summary>Whether a kind that comes newest first still has something to add at a rank.</summary>
    public bool Takes(FindRank rank, string kind) => found[(int)rank].Count(one => one.Thing.Kind == kind) < most;

    /// <summary>Adds a thing, unless it was found in a better way.</summary>
    public void Add(FindRank rank, long newestMs, FoundThing thing)
    {
        if (seen.Add((thing.Kind, thing.Id))) found[(int)rank].Add((rank, newestMs, thing));
    }

    public FoundThing[] Best() => [.. found.SelectMany(static one => one).OrderBy(static one => one.Rank).ThenByDescending(static one => one.NewestMs).Take(most).Select(static one => one.Thing)];
}

/// <summary>
/// Finds anything by name or id. Each kind of thing is a function that adds what it finds, in a session that all share; a capability contributes its own by adding to <see cref="Kinds"/>.
/// </summary>
internal sealed class Finder(Database db)
{
    /// <summary>What can be found.</summary>
    public List<Action<Session, Caller, Finding>> Kinds { get; } = [Experiments.FindIn, Runs.FindIn, LoggedModels.FindIn];

    /// <summary>GET find.</summary>
    public async Task<Outcome<FoundThings>> Find(Caller caller, FindThings request, CancellationToken ct)
    {
        var text = request.Q?.Trim();
        if (WireCheck.Required(text, "q", FindThings.CharsMax) is { } bad) return bad;
        if (SearchLexer.Unfit(text!, "text") is { } unfit) return unfit;
        var most = request.Max ?? FindThings.ResultsDefault;
        if (most is < 1 or > FindThings.ResultsMax) return Problem.Invalid($"Invalid value {most} for parameter 'max' supplied: it must be from 1 to {FindThings.ResultsMax}.");
        return await db.Read<Outcome<FoundThings>>(session =>
        {
            var finding = new Finding(text!, most);
            foreach (var kind in Kinds) kind(session, caller, finding);
            return new FoundThings(finding.Best());
        }, ct);
    }
}
