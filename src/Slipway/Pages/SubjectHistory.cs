using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Pages;

/// <summary>What happened to a run, an experiment or a report, for whoever may read it. Where requests came from is for auditors, and who was granted what for those who manage it.</summary>
internal sealed class SubjectHistory(Database db, Subjects subjects)
{
    /// <summary>A page, the newest first: one walk down the index of subjects, however long the log is.</summary>
    public async Task<Outcome<SubjectChanges>> List(Caller caller, ListChanges request, CancellationToken ct)
    {
        if (subjects.Check(request.Subject) is { } badSubject) return badSubject;
        if (PageSize.Check(request.Max, ListChanges.MaxMax) is { } badSize) return badSize;
        var keyset = new NumberKeyset("history", request.Subject!, request.PageToken);
        if (keyset.Problem is { } badToken) return badToken;
        var size = request.Max ?? PageSize.Default;
        return await db.Read<Outcome<SubjectChanges>>(session =>
        {
            var subject = subjects.Find(session, caller, request.Subject!);
            if (subject.Problem is { } missing) return missing;
            var found = EventLog.NewestOf(session, caller.Workspace, subject.Value.Name, keyset.After ?? long.MaxValue, size + 1, withGrants: subject.Value.Manages);
            return new SubjectChanges([.. found.Take(size).Select(static one => new SubjectChange(one.Event.At.ToUnixTimeMilliseconds(), one.Event.Kind, one.Event.Actor, one.Event.Data))],
                found.Count > size ? keyset.Next(found[size - 1].Id) : null);
        }, ct);
    }
}
