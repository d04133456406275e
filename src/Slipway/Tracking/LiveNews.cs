using System.Globalization;
using Slipway.Events;

namespace Slipway.Tracking;

/// <summary>An event as streams look at it: which experiments it is about, and its text, made once for all streams that it goes to.</summary>
internal sealed class LiveNews(Event one, IReadOnlyDictionary<string, long> experimentOf)
{
    private LiveItem? item, named;

    public string Kind => one.Kind;

    public string Subject => one.Subject;

    public long Workspace => one.Workspace;

    public long Position => one.Position!.Value;

    /// <summary>True for an edit of several runs at once, of which its details name only the first.</summary>
    public bool IsEdit => one.Kind == Runs.EditedKind;

    /// <summary>The experiments of the run, model or file that it is about, or the experiment itself; none when it is about something else.</summary>
    public IReadOnlyList<long> Experiments { get; } = Of(one, experimentOf);

    /// <summary>The run that it is about, or null.</summary>
    public string? RunId => Part("run/") ?? (Part("artifact/") is { } path && path.Split('/') is [_, { Length: 32 } run, ..] ? run : null);

    /// <summary>The event as the stream of one root tells it.</summary>
    public LiveItem Item => item ??= LiveJson.Change(one);

    /// <summary>The event with the roots that it is about.</summary>
    public LiveItem Named => named ??= LiveJson.Change(one, Experiments, RunId);

    private string? Part(string prefix) => one.Subject.StartsWith(prefix, StringComparison.Ordinal) ? one.Subject[prefix.Length..] : null;

    private static List<long> Of(Event one, IReadOnlyDictionary<string, long> experimentOf)
    {
        if (one.Kind == Runs.EditedKind && LiveJson.ExperimentsIn(one.Data) is { Count: > 0 } many) return many;
        if (experimentOf.TryGetValue(one.Subject, out var known)) return [known];
        var path = one.Subject.Split('/', 3);
        return path is ["experiment" or "artifact", var id, ..] && long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? [number] : [];
    }
}
