using System.Globalization;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>Who answers for a model and what it is for: one row a model, whose history is in the event log.</summary>
internal sealed class ModelProfiles(Database db, RegistryNews events, TimeProvider clock)
{
    private const string Select = """
        SELECT owner, team, contact, purpose, intended_use, limitations, license, review_ms, retirement_ms, updated_ms, updated_by FROM model_profiles WHERE model_id = $1
        """;

    private const string Put = """
        INSERT INTO model_profiles (model_id, workspace_id, owner, team, contact, purpose, intended_use, limitations, license, review_ms, retirement_ms, updated_ms, updated_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (model_id) DO UPDATE SET owner = excluded.owner, team = excluded.team, contact = excluded.contact, purpose = excluded.purpose, intended_use = excluded.intended_use,
            limitations = excluded.limitations, license = excluded.license, review_ms = excluded.review_ms, retirement_ms = excluded.retirement_ms, updated_ms = excluded.updated_ms, updated_by = excluded.updated_by
        """;

    private const string TouchModel = "UPDATE registered_models SET updated_ms = $1 WHERE id = $2";

    private const string Day = "yyyy-MM-dd";

    /// <summary>What is known about a model; what nobody filled in is absent.</summary>
    public async Task<Outcome<ModelProfile>> Get(Caller caller, GetModelProfile request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } bad) return bad;
        return await db.Read<Outcome<ModelProfile>>(session => RegisteredModels.Find(session, caller, request.Name!, "", out var row) is { } refused ? refused : Read(session, row.Id, row.Name), ct);
    }

    /// <summary>Changes the fields that are sent.</summary>
    public async Task<Outcome<ModelProfile>> Describe(Caller caller, DescribeModel request, CancellationToken ct)
    {
        if (RegistryCheck.Name(request.Name) is { } badName) return badName;
        if (Check(request) is { } bad) return bad;
        if (CardSections.Check(request.Sections, out var sections) is { } badSection) return badSection;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var changed = await db.Write<ModelProfile>(session =>
        {
            if (RegisteredModels.Find(session, caller, request.Name!, session.Dialect.ForUpdate(), out var row) is { } refused) return refused;
            var before = Read(session, row.Id, row.Name);
            if (request.ExpectedUpdatedMs is { } expected && expected != before.UpdatedMs)
                return Problem.Conflict($"Somebody changed the profile of '{row.Name}' meanwhile (it is of {before.UpdatedMs}, not {expected}). Look again before changing it.");
            // Two changes within a millisecond are two states: who saw the first must not overwrite the second unseen.
            var after = Merge(before, request) with { UpdatedMs = Math.Max(now, before.UpdatedMs + 1), UpdatedBy = caller.Actor };
            session.Execute(Put, row.Id, caller.Workspace, after.Owner, after.Team, after.Contact, after.Purpose, after.IntendedUse, after.Limitations, after.License,
                Ms(after.ReviewDate), Ms(after.RetirementDate), after.UpdatedMs, after.UpdatedBy);
            if (sections is not null) CardSections.Put(session, row.Id, 0, sections);
            session.Execute(TouchModel, now, row.Id);
            events.Append(session, caller, "registered_model.described", RegisteredModels.Subject(row.Id), Difference(row.Name, before, after, sections));
            return Read(session, row.Id, row.Name);
        }, ct);
        events.Hint();
        return changed;
    }

    /// <summary>The profile of a model that the caller may see.</summary>
    public static ModelProfile Read(Session session, long model, string name)
    {
        var profile = session.First(Select, static row => new ModelProfile
        {
            Owner = row.TextOrNull(0),
            Team = row.TextOrNull(1),
            Contact = row.TextOrNull(2),
            Purpose = row.TextOrNull(3),
            IntendedUse = row.TextOrNull(4),
            Limitations = row.TextOrNull(5),
            License = row.TextOrNull(6),
            ReviewDate = Date(row.LongOrNull(7)),
            RetirementDate = Date(row.LongOrNull(8)),
            UpdatedMs = row.Long(9),
            UpdatedBy = row.Text(10),
        }, model) ?? new ModelProfile();
        return profile with { Name = name, Sections = RegisteredModels.Some(CardSections.Read(session, model, 0)) };
    }

    /// <summary>Forgets a model that goes, and what was written about its versions.</summary>
    public static void Erase(Session session, long model)
    {
        session.Execute("DELETE FROM model_profiles WHERE model_id = $1", model);
        session.Execute("DELETE FROM model_sections WHERE model_id = $1", model);
    }

    /// <summary>The fields by the names that checks and cards use.</summary>
    public static IEnumerable<(string Field, string? Value)> Fields(ModelProfile profile) =>
    [
        ("owner", profile.Owner), ("team", profile.Team), ("contact", profile.Contact), ("purpose", profile.Purpose), ("intended_use", profile.IntendedUse), ("limitations", profile.Limitations),
        ("license", profile.License), ("review_date", profile.ReviewDate), ("retirement_date", profile.RetirementDate),
    ];

    private static Problem? Check(DescribeModel request)
    {
        foreach (var (path, text) in ((string, string?)[])[("owner", request.Owner), ("team", request.Team), ("contact", request.Contact), ("license", request.License)])
            if (WireCheck.Text(text, path, ModelProfile.NameCharsMax) is { } tooLong) return tooLong;
            else if (text?.AsSpan().ContainsAny('\r', '\n') is true) return Problem.Invalid($"'{path}' is one line.");
        foreach (var (path, text) in ((string, string?)[])[("purpose", request.Purpose), ("intended_use", request.IntendedUse), ("limitations", request.Limitations)])
            if (WireCheck.Text(text, path, ModelProfile.TextCharsMax) is { } tooLong) return tooLong;
        foreach (var (path, text) in ((string, string?)[])[("review_date", request.ReviewDate), ("retirement_date", request.RetirementDate)])
            if (!string.IsNullOrEmpty(text) && !DateOnly.TryParseExact(text, Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
                return WireCheck.Invalid(text, path, "expected a day as YYYY-MM-DD, such as 2027-01-31, or nothing to take it away.");
        return null;
    }

    private static ModelProfile Merge(ModelProfile before, DescribeModel request)
    {
        return before with
        {
            Owner = Field(before.Owner, request.Owner),
            Team = Field(before.Team, request.Team),
            Contact = Field(before.Contact, request.Contact),
            Purpose = Field(before.Purpose, request.Purpose),
            IntendedUse = Field(before.IntendedUse, request.IntendedUse),
            Limitations = Field(before.Limitations, request.Limitations),
            License = Field(before.License, request.License),
            ReviewDate = Field(before.ReviewDate, request.ReviewDate),
            RetirementDate = Field(before.RetirementDate, request.RetirementDate),
        };

        static string? Field(string? before, string? sent) => sent is null ? before : sent.Length == 0 ? null : sent;
    }

    private static string Difference(string name, ModelProfile before, ModelProfile after, List<CardSection>? sections)
    {
        List<(string, string?)> fields = [("name", name)];
        foreach (var ((field, was), (_, now)) in Fields(before).Zip(Fields(after)))
            if (was != now)
            {
                fields.Add((field + ".before", was ?? ""));
                fields.Add((field + ".after", now ?? ""));
            }
        if (sections is not null)
        {
            fields.Add(("sections.before", string.Join(", ", (before.Sections ?? []).Select(static section => section.Title))));
            fields.Add(("sections.after", string.Join(", ", sections.Select(static section => section.Title))));
        }
        return EventData.Of([.. fields]);
    }

    private static long? Ms(string? day) => day is null ? null : new DateTimeOffset(DateOnly.ParseExact(day, Day, CultureInfo.InvariantCulture), default, TimeSpan.Zero).ToUnixTimeMilliseconds();

    internal static string? Date(long? ms) => ms is { } known ? DateTimeOffset.FromUnixTimeMilliseconds(known).ToString(Day, CultureInfo.InvariantCulture) : null;
}
