using System.Security.Cryptography;
using System.Text;
using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>
/// The members that an OpenID provider vouches for. Issuer and subject are who somebody is; names and addresses are only what they are called: a claim never takes
/// over a member of the same name. Groups that exist here under the names of the claim are kept in step at every sign-in.
/// </summary>
internal sealed class OpenIdMembers(Database db, EventLog events, Members members, Standings standings, OpenIdSettings settings)
{
    private const int FromProvider = 2;

    private const string Groups = "SELECT p.id, p.name, g.source FROM group_members g JOIN principals p ON p.id = g.group_id WHERE g.member_id = $1";

    private const string Join = "INSERT INTO group_members (group_id, member_id, source) VALUES ($1, $2, $3) ON CONFLICT (group_id, member_id) DO NOTHING";

    private const string Leave = "DELETE FROM group_members WHERE group_id = $1 AND member_id = $2";

    private const string SetAdministrator = "UPDATE principals SET administrator = $2 WHERE id = $1";

    /// <summary>The member behind a validated token, made at the first sign-in, with groups as the token says.</summary>
    public async Task<Outcome<PrincipalRow>> Of(JsonWebToken token, string? address, CancellationToken ct)
    {
        var identity = $"{settings.Issuer.OriginalString}\n{token.Claim("sub")}";
        var wanted = token.List(settings.GroupsClaim);
        // Most sign-ins change nothing: looked at in a read, so that tokens of programs do not queue for the writer.
        var seen = await db.Read(session => Principals.OfIdentity(session, identity) is { } row && InStep(session, row, wanted) ? row : null, ct);
        if (seen is not null) return Enabled(seen);
        var made = await standings.Change<PrincipalRow>(session =>
        {
            var caller = new Caller(Caller.DefaultWorkspace, Name(token), Right.SignedIn, address);
            if ((Principals.OfIdentity(session, identity) ?? Make(session, caller, token, identity)) is not { } row) return Problem.Conflict("A member of that name exists already. Ask an administrator.");
            Follow(session, caller, row, wanted);
            return Principals.Find(session, row.Id)!;
        }, ct);
        return made.Succeeded ? Enabled(made.Value) : made.Problem;
    }

    private static Outcome<PrincipalRow> Enabled(PrincipalRow row) => row.DisabledMs is null ? row : Credentials.Unauthenticated("The account is disabled.");

    private bool InStep(Session session, PrincipalRow row, IReadOnlyList<string> wanted)
    {
        var have = session.Query(Groups, static group => (Id: group.Long(0), Name: group.Text(1), Source: group.Int(2)), row.Id);
        if (have.Exists(group => group.Source == FromProvider && !wanted.Contains(group.Name))) return false;
        if (settings.AdministratorGroup is { } administrators && row.Administrator != wanted.Contains(administrators)) return false;
        return !wanted.Any(name => !have.Exists(group => group.Name == name) && Principals.Find(session, name) is { Kind: PrincipalKind.Group });
    }

    private PrincipalRow? Make(Session session, Caller caller, JsonWebToken token, string identity)
    {
        var name = Name(token);
        // The name belongs to somebody else, who is not this one until an administrator says so.
        if (Principals.Find(session, name) is not null) name = $"{name[..Math.Min(name.Length, CreateMember.NameCharsMax - 9)]}.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..8]}";
        var display = token.Claim("name") is { Length: > 0 and <= CreateMember.TextCharsMax } full && !full.Any(char.IsControl) ? full : name;
        var email = token.Claim("email") is { Length: > 0 and <= CreateMember.TextCharsMax } mail && !mail.Any(char.IsControl) ? mail : null;
        var row = members.Insert(session, caller with { Actor = name }, PrincipalKind.Person, new CreateMember(name, null, display, email, null, null), null, identity);
        if (row is not null && settings.DefaultRole is { } role) WorkspaceRoles.Give(session, Caller.DefaultWorkspace, row.Id, role);
        return row;
    }

    private void Follow(Session session, Caller caller, PrincipalRow row, IReadOnlyList<string> wanted)
    {
        foreach (var (id, name, source) in session.Query(Groups, static group => (group.Long(0), group.Text(1), group.Int(2)), row.Id))
            if (source == FromProvider && !wanted.Contains(name) && session.Execute(Leave, id, row.Id) > 0)
                events.Append(session, caller, "group.member_removed", Principals.Subject(PrincipalKind.Group, name), AccessEvents.Data(("member", row.Name), ("by", "openid")));
        foreach (var name in wanted)
            if (Principals.Find(session, name) is { Kind: PrincipalKind.Group } group && session.Execute(Join, group.Id, row.Id, FromProvider) > 0)
                events.Append(session, caller, "group.member_added", Principals.Subject(group), AccessEvents.Data(("member", row.Name), ("by", "openid")));
        if (settings.AdministratorGroup is not { } administrators || wanted.Contains(administrators) == row.Administrator) return;
        // The provider may not leave the installation without an administrator either.
        if (row.Administrator && Principals.Last(session, row) is not null) return;
        session.Execute(SetAdministrator, row.Id, !row.Administrator);
        events.Append(session, caller, "member.changed", Principals.Subject(row), AccessEvents.Data(("administrator", row.Administrator ? "true -> false" : "false -> true"), ("by", "openid")));
    }

    private string Name(JsonWebToken token)
    {
        foreach (var claim in (ReadOnlySpan<string>)[settings.NameClaim, "preferred_username", "email", "sub"])
        {
            if (token.Claim(claim) is not { } text) continue;
            var name = new string([.. text.Where(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@' or '+').Take(CreateMember.NameCharsMax)]).TrimStart('.', '_', '-', '@', '+');
            if (Principals.CheckName(name) is null) return name;
        }
        return "person-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token.Claim("sub")!)))[..12];
    }
}
