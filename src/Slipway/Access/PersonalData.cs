using System.Text.Json.Nodes;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>A place where a capability keeps the names of people.</summary>
/// <param name="Name">What it is, for people.</param>
/// <param name="Count">How many entries hold the name.</param>
/// <param name="Erase">Puts <see cref="SealChain.ErasedName"/> in the place of the name in at most so many entries, and answers in how many; null where only a person can judge.</param>
/// <param name="Examples">Some of the entries, at most so many; null where naming them helps nobody.</param>
/// <param name="OnRequest">Erases the entries when it is asked for: takes them as a walk of its own.</param>
internal sealed record PersonalPlace(
    string Name, Func<Session, string, long> Count, Func<Session, string, int, int>? Erase, Func<Session, string, int, List<string>>? Examples = null, PersonalErasure? OnRequest = null);

/// <summary>An erasure that somebody has to ask for, since not every entry that holds a name is about the person.</summary>
/// <param name="Option">The request's field: `texts` or `artifacts`.</param>
/// <param name="Run">In small transactions; asking again goes on with what is left.</param>
internal sealed record PersonalErasure(string Option, Func<Database, string, CancellationToken, Task<Problem?>> Run)
{
    /// <summary>True when the request asks for it.</summary>
    public bool IsAsked(PersonalDataRef request) => Option switch
    {
        "texts" => request.Texts is true,
        "artifacts" => request.Artifacts is true,
        _ => false,
    };
}

/// <summary>
/// What is kept about one person, in every capability, and its erasure. Everything is idempotent and in small transactions: an erasure that was
/// interrupted is simply asked for again.
/// </summary>
internal sealed class PersonalData(Database db, EventLog events, Members members, Standings standings)
{
    /// <summary>The most entries that one transaction changes.</summary>
    public const int BatchMax = 1_000;

    private const string Credentials = "SELECT count(*) FROM tokens WHERE principal_id = $1";

    private const string SignInsOf = "SELECT count(*) FROM sign_ins WHERE principal_id = $1";

    private const string Memberships = """
        SELECT (SELECT count(*) FROM group_members WHERE member_id = $1) + (SELECT count(*) FROM workspace_roles WHERE principal_id = $1) + (SELECT count(*) FROM grants WHERE principal_id = $1)
             + (SELECT count(*) FROM role_members WHERE principal_id = $1)
        """;

    private readonly PersonInEvents inEvents = new(db);

    /// <summary>What is kept beside the account and the event log; the capabilities above fill it.</summary>
    public List<PersonalPlace> Places { get; } = [NamedSecrets.SetBy];

    /// <summary>Says what is kept, and changes nothing.</summary>
    public async Task<Outcome<PersonalDataReport>> Report(Caller caller, PersonalDataRef request, CancellationToken ct) =>
        Check(request.Name) is { } bad ? bad : await Look(request, erased: false, ct);

    /// <summary>Erases what can be erased; answers what was there.</summary>
    public async Task<Outcome<PersonalDataReport>> Erase(Caller caller, PersonalDataRef request, CancellationToken ct)
    {
        if (Check(request.Name) is { } bad) return bad;
        var name = request.Name!;
        var report = await Look(request, erased: true, ct);
        var counts = new JsonObject();
        foreach (var place in report.Places)
            if (place is { Erasable: true, Found: > 0 }) counts[place.Place] = place.Found;
        // Nobody signs in from here on, so that nothing new is added behind the walk. The event says how much was erased, and not whose.
        var removed = await standings.Change<Done>(session =>
        {
            if (members.Withdrawn(session, name) is { } refused) return refused;
            var by = caller.Actor == name ? caller with { Actor = SealChain.ErasedName, Address = null } : caller;
            events.Append(session, by, "person.erased", "person/" + SealChain.ErasedName, counts.ToJsonString());
            return default(Done);
        }, ct);
        if (removed.Problem is { } problem) return problem;
        foreach (var place in Places)
        {
            if (place.OnRequest is { } walk && walk.IsAsked(request) && await walk.Run(db, name, ct) is { } stopped) return stopped;
            if (place.Erase is not { } erase) continue;
            for (var count = BatchMax; count == BatchMax;)
            {
                var batch = await db.Write<int>(session => erase(session, name, BatchMax), ct);
                if (batch.Problem is { } failed) return failed;
                count = batch.Value;
            }
        }
        var erased = await inEvents.Erase(name, ct);
        // What was taken out of texts and paths must not stay in the events that once wrote them.
        if (erased.Succeeded && (request.Texts is true || request.Artifacts is true)) erased = await inEvents.EraseWords(name, ct);
        return erased.Problem is { } stuck ? stuck : report;
    }

    private async Task<PersonalDataReport> Look(PersonalDataRef request, bool erased, CancellationToken ct)
    {
        var name = request.Name!;
        var inLog = await inEvents.Count(name, ct);
        return await db.Read(session =>
        {
            var row = Principals.Find(session, name);
            long Of(string sql) => row is null ? 0 : session.Long(sql, row.Id) ?? 0;
            List<PersonalDataPlace> found =
            [
                new("account", row is null ? 0 : 1, true, null),
                new("tokens", Of(Credentials), true, null),
                new("sign-ins", Of(SignInsOf), true, null),
                new("memberships, roles and grants", Of(Memberships), true, null),
                new("events", inLog, true, null),
            ];
            foreach (var place in Places)
                found.Add(new PersonalDataPlace(place.Name, place.Count(session, name), place.Erase is not null || place.OnRequest?.IsAsked(request) is true,
                    place.Examples?.Invoke(session, name, PersonalDataRef.ExamplesMax), place.OnRequest?.Option));
            return new PersonalDataReport(erased, found);
        }, ct);
    }

    private static Problem? Check(string? name) =>
        string.IsNullOrEmpty(name) ? Problem.Missing("name")
        : name.Length > CreateMember.NameCharsMax || name.Contains('\0', StringComparison.Ordinal) ? Problem.Invalid($"name: expected at most {CreateMember.NameCharsMax} characters without NUL.")
        : name is SealChain.ErasedName or Caller.AnonymousActor || name.StartsWith("system:", StringComparison.Ordinal) ? Problem.Invalid($"name: '{name}' is nobody.")
        : null;
}
