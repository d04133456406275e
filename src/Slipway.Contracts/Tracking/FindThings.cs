namespace Slipway.Tracking;

/// <summary>GET find: anything by its name or id.</summary>
/// <param name="Q">1 to <see cref="CharsMax"/> characters: a whole id, the first 6 or more characters of one, or a part of a name in whatever case.</param>
/// <param name="Max">1 to <see cref="ResultsMax"/>, <see cref="ResultsDefault"/> if null.</param>
public sealed record FindThings(string? Q = null, int? Max = null)
{
    /// <summary>The longest text.</summary>
    public const int CharsMax = 250;

    /// <summary>The most results.</summary>
    public const int ResultsMax = 50;

    /// <summary>The results if no number is asked for.</summary>
    public const int ResultsDefault = 20;
}

/// <summary>What was found, the best first.</summary>
/// <param name="Results">Whole ids, then beginnings of ids, beginnings of names, and names with the text in them; each newest first.</param>
public sealed record FoundThings(FoundThing[] Results);

/// <summary>One thing.</summary>
/// <param name="Kind">"experiment", "run", "logged_model", "registered_model", "prompt", "report", or another capability's.</param>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="ExperimentId">The experiment it belongs to, or null.</param>
/// <param name="Snippet">Where it is, for people: the experiment's name.</param>
public sealed record FoundThing(string Kind, string Id, string Name, string? ExperimentId = null, string? Snippet = null);
