using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>People, service accounts and groups: made, changed, removed, and who is in which group.</summary>
internal sealed class Members(Database db, EventLog events, TimeProvider clock, Passwords passwords, Standings standings)
{
    /// <summary>The most members of one page.</summary>
    public const int PageMax = 1_000;

    /// <summary>The most members and groups of an installation.</summary>
    public const int MembersMax = 100_000;

    private const string InsertRow = """
        INSERT INTO principals (kind, name, display_name, email, administrator, password, identity, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT DO NOTHING RETURNING id
        """;

    private const string Change = "UPDATE principals SET display_name = $2, email = $3, administrator = $4, disabled_ms = $5 WHERE id = $1";

    private const string NewPassword = "UPDATE principals SET password = $2 WHERE id = $1";

    // The name is free again, and no event of the past is anybody else's: the old row keeps its key.
    private const string Withdraw = """
        UPDATE principals SET name = 'removed:' || id, display_name = '', email = NULL, password = NULL, identity = NULL, administrator = 0, removed_ms = $2 WHERE id = $1
        """;

    private static readonly string[] OwnedRows = ["group_members WHERE member_id", "group_members WHERE group_id", "workspace_roles WHERE principal_id", "grants WHERE principal_id", "role_members WHERE principal_id", "tokens WHERE principal_id", "sign_ins WHERE principal_id"];

    private const string Join = "INSERT INTO group_members (group_id, member_id, source) VALUES ($1, $2, 1) ON CONFLICT (group_id, member_id) DO UPDATE SET source = 1";

    private const string Leave = "DELETE FROM group_members WHERE group_id = $1 AND member_id = $2";

    /// <summary>Makes a person, service account or group.</summary>
    public Task<Outcome<Member>> Create(Caller caller, CreateMember request, CancellationToken ct) => Create(caller, request, null, ct);

    /// <summary>Makes a person, service account or group with a role in the caller's workspace.</summary>
    public async Task<Outcome<Member>> Create(Caller caller, CreateMember request, Role? role, CancellationToken ct)
    {
        if (Principals.CheckName(request.Name) is { } badName) return badName;
        var kind = Principals.ParseKind(request.Kind);
        if (kind.Problem is { } badKind) return badKind;
        if (CheckText(request.DisplayName, "display_name") is { } badDisplay) return badDisplay;
        if (CheckText(request.Email, "email") is { } badEmail) return badEmail;
        if (request.Password is not null && kind.Value is not PrincipalKind.Person) return Problem.Invalid("password: only a person has one; a service account has tokens.");
        if (request.Administrator is true && kind.Value is PrincipalKind.Group) return Problem.Invalid("administrator: only a person or service account can be one.");
        if (request.Password is not null && Passwords.Check(request.Password, request.Name!) is { } badPassword) return badPassword;
        var stored = request.Password is null ? null : await passwords.Hash(request.Password, ct);
        return await standings.Change<Member>(session =>
        {
            if (Insert(session, caller, kind.Value, request, stored, null) is not { } row) return Problem.Exists($"A member or group named '{request.Name}' exists already.");
            if (role is { } given) WorkspaceRoles.Give(session, caller.Workspace, row.Id, given);
            return Record(session, row);
        }, ct);
    }

    /// <summary>One member with groups and roles.</summary>
    public Task<Outcome<Member>> Get(Caller caller, MemberRef request, CancellationToken ct) => db.Read<Outcome<Member>>(session =>
        Principals.Find(session, request.Name) is { } row ? Record(session, row) : Principals.Missing(request.Name), ct);

    /// <summary>A page of members by name.</summary>
    public async Task<Outcome<MembersPage>> List(Caller caller, ListMembers request, CancellationToken ct)
    {
        var kind = Principals.ParseKind(request.Kind);
        if (kind.Problem is { } badKind) return badKind;
        if (request.MaxResults is < 1 or > PageMax) return Problem.Invalid($"max_results: expected 1 to {PageMax}, got {request.MaxResults}.");
        if (CheckText(request.Contains, "contains") is { } badText) return badText;
        return await db.Read(session => new MembersPage([.. Principals.After(session, request.After ?? "", request.Kind is null ? null : kind.Value, request.Contains, request.MaxResults ?? PageMax)
            .Select(static row => Record(row, null, null))]), ct);
    }

    /// <summary>A page of a group's members by name.</summary>
    public async Task<Outcome<MembersPage>> OfGroup(Caller caller, ListGroupMembers request, CancellationToken ct)
    {
        if (request.MaxResults is < 1 or > PageMax) return Problem.Invalid($"max_results: expected 1 to {PageMax}, got {request.MaxResults}.");
        return await db.Read<Outcome<MembersPage>>(session => Principals.Find(session, request.Group) is { Kind: PrincipalKind.Group } group
            ? new MembersPage([.. Principals.OfGroup(session, group.Id, request.After ?? "", request.MaxResults ?? PageMax).Select(static row => Record(row, null, null))])
            : NoGroup(request.Group), ct);
    }

    /// <summary>Changes what the request holds.</summary>
    public async Task<Outcome<Member>> Update(Caller caller, UpdateMember request, CancellationToken ct)
    {
        if (CheckText(request.DisplayName, "display_name") is { } badDisplay) return badDisplay;
        if (CheckText(request.Email, "email") is { } badEmail) return badEmail;
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await standings.Change<Member>(session =>
        {
            if (Principals.Find(session, request.Name) is not { } row) return Principals.Missing(request.Name);
            if (row.Kind is PrincipalKind.Group && request.Administrator is true) return Problem.Invalid("administrator: only a person or service account can be one.");
            if ((request.Administrator is false || request.Disabled is true) && Principals.Last(session, row) is { } last) return last;
            var changed = row with
            {
                DisplayName = request.DisplayName ?? row.DisplayName,
                Email = request.Email ?? row.Email,
                Administrator = request.Administrator ?? row.Administrator,
                DisabledMs = request.Disabled is { } disabled ? (disabled ? row.DisabledMs ?? now : null) : row.DisabledMs,
            };
            session.Execute(Change, row.Id, changed.DisplayName, changed.Email, changed.Administrator, changed.DisabledMs);
            if (changed.DisabledMs is not null) SignIns.EndAll(session, row.Id);
            events.Append(session, caller, "member.changed", Principals.Subject(row), AccessEvents.Data(("administrator", Before(row.Administrator, changed.Administrator)), ("disabled", Before(row.DisabledMs is not null, changed.DisabledMs is not null))));
            return Record(session, changed);
        }, ct);
    }

    /// <summary>Removes a member: credentials, roles and grants go, the name becomes free; the event log still knows who did what.</summary>
    public async Task<Outcome<Done>> Remove(Caller caller, MemberRef request, CancellationToken ct)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        return await standings.Change<Done>(session =>
        {
            if (Principals.Find(session, request.Name) is not { } row) return Principals.Missing(request.Name);
            if (Withdrawn(session, row, now) is { } last) return last;
            events.Append(session, caller, "member.removed", Principals.Subject(row));
            return default(Done);
        }, ct);
    }

    /// <summary>Takes a member's account away, if there is one of this name, without an event; answers why that cannot be.</summary>
    internal Problem? Withdrawn(Session session, string name) =>
        Principals.Find(session, name) is { Kind: not PrincipalKind.Group } row ? Withdrawn(session, row, clock.GetUtcNow().ToUnixTimeMilliseconds()) : null;

    private static Problem? Withdrawn(Session session, PrincipalRow row, long now)
    {
        if (Principals.Last(session, row) is { } last) return last;
        foreach (var rows in OwnedRows) session.Execute($"DELETE FROM {rows} = $1", row.Id);
        session.Execute(Withdraw, row.Id, now);
        return null;
    }

    /// <summary>Sets a password: one's own with the present one, anybody's for an administrator. Browsers that are signed in must sign in again.</summary>
    public async Task<Outcome<Done>> SetPassword(Caller caller, SetPassword request, CancellationToken ct)
    {
        var own = request.Name is null || request.Name == caller.Actor;
        if (own && caller.Principal is null) return Problem.Invalid("There are no passwords in a single-user installation.");
        if (!own && caller.NeedsEverywhere(Right.Administer) is { } denied) return denied;
        var name = request.Name ?? caller.Actor;
        if (Passwords.Check(request.Password, name) is { } bad) return bad;
        var row = await db.Read(session => Principals.Find(session, name), ct);
        if (row is null) return Principals.Missing(name);
        if (row.Kind is not PrincipalKind.Person) return Problem.Invalid($"'{name}' is no person: a service account has tokens.");
        if (own && row.Password is not null && !await passwords.Fits(row.Password, request.Current ?? "", ct)) return Problem.Denied("current: this is not the present password.");
        var stored = await passwords.Hash(request.Password!, ct);
        return await standings.Change<Done>(session =>
        {
            if (Principals.Find(session, row.Id) is null) return Principals.Missing(name);
            session.Execute(NewPassword, row.Id, stored);
            SignIns.EndAll(session, row.Id);
            events.Append(session, caller, "member.password_set", Principals.Subject(row));
            return default(Done);
        }, ct);
    }

    /// <summary>Puts a person or service account into a group.</summary>
    public Task<Outcome<Done>> AddToGroup(Caller caller, GroupMembership request, CancellationToken ct) => InGroup(caller, request, Join, "group.member_added", ct);

    /// <summary>Takes one out of a group.</summary>
    public Task<Outcome<Done>> RemoveFromGroup(Caller caller, GroupMembership request, CancellationToken ct) => InGroup(caller, request, Leave, "group.member_removed", ct);

    /// <summary>The row of a new principal, or null when the name or identity is taken.</summary>
    internal PrincipalRow? Insert(Session session, Caller caller, PrincipalKind kind, CreateMember request, string? password, string? identity)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var id = session.Long(InsertRow, (int)kind, request.Name, request.DisplayName ?? request.Name, request.Email, request.Administrator ?? false, password, identity, now);
        if (id is null) return null;
        events.Append(session, caller, "member.created", Principals.Subject(kind, request.Name!),
            AccessEvents.Data(("kind", Principals.KindName(kind)), ("administrator", request.Administrator is true ? "true" : null), ("signs_in_by", password is not null ? "password" : identity is not null ? "openid" : null)));
        return new PrincipalRow(id.Value, kind, request.Name!, request.DisplayName ?? request.Name!, request.Email, request.Administrator ?? false, password, identity, now, null);
    }

    internal static Member Record(Session session, PrincipalRow row)
    {
        var groups = session.Query("SELECT p.name FROM group_members g JOIN principals p ON p.id = g.group_id WHERE g.member_id = $1 ORDER BY p.name", static group => group.Text(0), row.Id);
        var roles = session.Query("SELECT w.name, r.role FROM workspace_roles r JOIN workspaces w ON w.id = r.workspace_id WHERE r.principal_id = $1 ORDER BY w.name, r.role",
            static role => new WorkspaceRole(role.Text(0), Roles.Name((Role)role.Int(1))), row.Id);
        return Record(row, [.. groups], [.. roles]);
    }

    private static Member Record(PrincipalRow row, string[]? groups, WorkspaceRole[]? roles)
    {
        string[] ways = [.. row.Password is null ? (ReadOnlySpan<string>)[] : ["password"], .. row.Identity is null ? (ReadOnlySpan<string>)[] : ["openid"]];
        return new Member(row.Name, Principals.KindName(row.Kind), row.DisplayName, row.Email, row.Administrator, row.DisabledMs is not null, ways, row.CreatedMs, groups, roles);
    }

    private async Task<Outcome<Done>> InGroup(Caller caller, GroupMembership request, string sql, string what, CancellationToken ct) => await standings.Change<Done>(session =>
    {
        if (Principals.Find(session, request.Group) is not { Kind: PrincipalKind.Group } group) return NoGroup(request.Group);
        if (Principals.Find(session, request.Name) is not { Kind: not PrincipalKind.Group } member) return Problem.NotFound($"No person or service account is named '{request.Name}'.");
        if (session.Execute(sql, group.Id, member.Id) > 0) events.Append(session, caller, what, Principals.Subject(group), AccessEvents.Data(("member", member.Name)));
        return default(Done);
    }, ct);

    private static Problem NoGroup(string? name) => Problem.NotFound($"No group is named '{(name?.Length > CreateMember.NameCharsMax ? name[..CreateMember.NameCharsMax] : name)}'.");

    private static Problem? CheckText(string? text, string path) =>
        text is null ? null
        : text.Length > CreateMember.TextCharsMax ? Problem.Invalid($"{path}: expected at most {CreateMember.TextCharsMax} characters, got {text.Length}.")
        : text.Any(char.IsControl) ? Problem.Invalid($"{path}: control characters are not allowed.")
        : null;

    private static string? Before(bool before, bool after) => before == after ? null : $"{before} -> {after}".ToLowerInvariant();
}
