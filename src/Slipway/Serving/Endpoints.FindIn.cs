using Slipway.Pages;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Serving;

/// <summary>Endpoints among what can be found, and what notes and histories can be about.</summary>
internal sealed partial class Endpoints
{
    /// <summary>The kind of what <see cref="FindIn"/> finds.</summary>
    public const string FoundKind = "endpoint";

    /// <summary>Finds endpoints by name, which is their id too.</summary>
    public static void FindIn(Session session, Caller caller, Finding finding) => session.Each("SELECT id, name, updated_ms FROM endpoints WHERE workspace_id = $1 ORDER BY updated_ms DESC, id DESC", row =>
    {
        if (FoundNames.Rank(row.Utf8(1), finding) is { } rank && finding.Takes(rank, FoundKind) && caller.Sees(RootKind.Endpoint, row.Long(0))) finding.Add(rank, row.Long(2), new(FoundKind, row.Text(1), row.Text(1)));
        return true;
    }, caller.Workspace);

    /// <summary>An endpoint by its name, as what notes and histories are about.</summary>
    public static Outcome<Subject> AsSubject(Session session, Caller caller, string name) =>
        Find(session, caller, name, "", out var row) is { } refused ? refused : new Subject(row.Subject, (caller.On(RootKind.Endpoint, row.Id) & Right.ManageEndpoints) != 0);
}
