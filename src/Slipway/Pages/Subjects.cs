using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Pages;

/// <summary>What notes and histories are about, as the caller may see it.</summary>
/// <param name="Name">As events name it: `run/ID`, `experiment/ID`, `report/ID`.</param>
/// <param name="Manages">True when the caller manages it: deletes what others wrote about it, sees who was granted what.</param>
internal readonly record struct Subject(string Name, bool Manages);

/// <summary>
/// The kinds of things that have notes and a history. A capability adds its own where the server is composed: how a caller finds one by its id, or why not.
/// </summary>
internal sealed class Subjects
{
    /// <summary>By the word before the slash. A finder answers 404 for what the caller may not read.</summary>
    public SortedDictionary<string, Func<Session, Caller, string, Outcome<Subject>>> Finding { get; } = new(StringComparer.Ordinal)
    {
        ["experiment"] = Experiment,
        ["run"] = Run,
    };

    /// <summary>The subject of a text as `run/ID`.</summary>
    public Outcome<Subject> Find(Session session, Caller caller, string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return Finding[text[..slash]](session, caller with { Acting = Right.ReadExperiments }, text[(slash + 1)..]);
    }

    /// <summary>Whether a text may be a subject: a kind that there is, a slash, an id.</summary>
    public Problem? Check(string? text)
    {
        if (WireCheck.Required(text, "subject", ListChanges.SubjectCharsMax) is { } bad) return bad;
        var slash = text!.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < text.Length - 1 && Finding.ContainsKey(text[..slash]) ? null
            : WireCheck.Invalid(text, "subject", $"expected one of {string.Join(", ", Finding.Keys)}, a slash and an id, as in run/0123.");
    }

    private static Outcome<Subject> Run(Session session, Caller caller, string id)
    {
        if (WireCheck.RunId(id, "subject") is { } bad) return bad;
        return Runs.Find(session, caller, id, "", out var run) is { } missing ? missing : new Subject(Runs.Subject(run.RunId), Manages(caller, run.ExperimentId));
    }

    private static Outcome<Subject> Experiment(Session session, Caller caller, string id)
    {
        if (WireCheck.ExperimentId(id, "subject") is { } bad) return bad;
        return Experiments.Find(session, caller, id, "", out var experiment) is { } missing ? missing : new Subject(Experiments.Subject(experiment.Id), Manages(caller, experiment.Id));
    }

    private static bool Manages(Caller caller, long experiment) => (caller.On(RootKind.Experiment, experiment) & Right.ManageExperiments) != 0;
}
