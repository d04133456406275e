using System.Runtime.CompilerServices;
using Slipway.Access;

namespace Slipway.Client;

/// <summary>
/// Who may do what: members, groups, roles, grants, tokens. Everybody may ask about themselves; the rest needs the right to manage members, or
/// to administer. Every method throws <see cref="SlipwayException"/> when the server refuses or cannot be reached.
/// </summary>
public sealed class AccessClient
{
    private const string Root = "api/slipway/v1/access/";

    /// <summary>Members of one page, the server's most.</summary>
    private const int PageSize = 1_000;

    private readonly Transport transport;

    internal AccessClient(Transport transport) => this.transport = transport;

    /// <summary>Makes the first administrator, with the code that the server's first start printed.</summary>
    /// <param name="code">Good once, for a day.</param>
    /// <param name="name">The administrator's name.</param>
    /// <param name="password">12 to 256 characters.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task<Member> SetUpAsync(string code, string name, string password, CancellationToken ct = default) =>
        transport.Post<SetUpRequest, Member>(Root + "set-up", new SetUpRequest(code, name, password), ct, idempotent: false);

    /// <summary>Who the server takes this client for, in which workspace, and what that one may do there.</summary>
    public Task<WhoAmI> WhoAmIAsync(CancellationToken ct = default) => transport.Get<WhoAmI>(Root + "me", ct);

    /// <summary>People, service accounts and groups by name, page after page as they are read; without their groups and roles.</summary>
    /// <param name="kind">person, service or group; null for all.</param>
    /// <param name="ct">Cancels the listing.</param>
    public IAsyncEnumerable<Member> MembersAsync(string? kind = null, CancellationToken ct = default) =>
        Pages($"{Root}members?max_results={PageSize}{Also("kind", kind)}", ct);

    /// <summary>The members of a group by name.</summary>
    public IAsyncEnumerable<Member> MembersOfAsync(string group, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(group);
        return Pages($"{Root}groups/{Uri.EscapeDataString(group)}/members?max_results={PageSize}", ct);
    }

    /// <summary>One member with groups and roles.</summary>
    public Task<Member> MemberAsync(string name, CancellationToken ct = default) => transport.Get<Member>(Of(name), ct);

    /// <summary>Makes a person, service account or group.</summary>
    public Task<Member> CreateMemberAsync(CreateMember member, CancellationToken ct = default) =>
        transport.Post<CreateMember, Member>(Root + "members", member, ct, idempotent: false);

    /// <summary>Changes what is not null: names, administrator or not, disabled or not.</summary>
    public Task<Member> UpdateMemberAsync(UpdateMember change, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return transport.Write<UpdateMember, Member>(HttpMethod.Patch, Of(change.Name), change, ct);
    }

    /// <summary>Removes a member with credentials, roles and grants; the name is free again. The last administrator is refused.</summary>
    public Task RemoveMemberAsync(string name, CancellationToken ct = default) => transport.Delete(Of(name), ct);

    /// <summary>Sets a password; browsers that are signed in must sign in again.</summary>
    /// <param name="password">The new one, 12 to 256 characters.</param>
    /// <param name="current">The present one, for one's own.</param>
    /// <param name="name">Somebody else's, for administrators; null for one's own.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task SetPasswordAsync(string password, string? current = null, string? name = null, CancellationToken ct = default) =>
        transport.Post<SetPassword, Done>(Root + "password", new SetPassword(name, password, current), ct, idempotent: false);

    /// <summary>Puts a person or service account into a group.</summary>
    public Task AddToGroupAsync(string group, string name, CancellationToken ct = default) =>
        transport.Write<GroupMembership, Done>(HttpMethod.Put, Of(group, name), new GroupMembership(group, name), ct);

    /// <summary>Takes one out of a group.</summary>
    public Task RemoveFromGroupAsync(string group, string name, CancellationToken ct = default) => transport.Delete(Of(group, name), ct);

    /// <summary>Who has which role in the client's workspace.</summary>
    public async Task<IReadOnlyList<HeldRole>> RolesAsync(CancellationToken ct = default) => (await transport.Get<RolesPage>(Root + "roles", ct).ConfigureAwait(false)).Roles;

    /// <summary>Gives a member or group a role in the client's workspace.</summary>
    /// <param name="name">The member or group.</param>
    /// <param name="role">viewer, creator, contributor, approver, auditor or admin.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task AssignRoleAsync(string name, string role, CancellationToken ct = default) =>
        transport.Write<RoleAssignment, Done>(HttpMethod.Put, Root + "roles", new RoleAssignment(name, role, null), ct);

    /// <summary>Takes a role.</summary>
    public Task UnassignRoleAsync(string name, string role, CancellationToken ct = default) =>
        transport.Delete($"{Root}roles?name={Uri.EscapeDataString(name)}&role={Uri.EscapeDataString(role)}", ct);

    /// <summary>Grants and denials in the client's workspace, page after page as they are read.</summary>
    /// <param name="experimentId">Those about one experiment; null for all, which needs the right to manage members.</param>
    /// <param name="name">Those of one member or group; null for all.</param>
    /// <param name="ct">Cancels the listing.</param>
    public async IAsyncEnumerable<GrantEntry> GrantsAsync(string? experimentId = null, string? name = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (string? next = null; ;)
        {
            var query = (experimentId is null ? "" : "&kind=experiment" + Also("root", experimentId)) + Also("name", name) + Also("after", next);
            var page = await transport.Get<GrantsPage>(Root + "grants" + (query.Length > 0 ? "?" + query[1..] : ""), ct).ConfigureAwait(false);
            foreach (var grant in page.Grants) yield return grant;
            if ((next = page.Next) is null) yield break;
        }
    }

    /// <summary>Grants or denies a member or group something with one experiment, or takes back what was said.</summary>
    /// <param name="name">The member or group.</param>
    /// <param name="experimentId">The experiment.</param>
    /// <param name="level">denied, read, use, edit or manage; null takes it back.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task SetGrantAsync(string name, string experimentId, string? level, CancellationToken ct = default) =>
        transport.Write<SetGrant, Done>(HttpMethod.Put, Root + "grants", new SetGrant(name, "experiment", experimentId, level), ct);

    /// <summary>What somebody may do in the client's workspace, or with one experiment of it, and why.</summary>
    public Task<EffectiveAccess> ExplainAsync(string? name = null, string? experimentId = null, CancellationToken ct = default)
    {
        var query = Also("name", name) + (experimentId is null ? "" : "&kind=experiment" + Also("root", experimentId));
        return transport.Get<EffectiveAccess>(Root + "explain" + (query.Length > 0 ? "?" + query[1..] : ""), ct);
    }

    /// <summary>What is kept about one person, in every capability; changes nothing.</summary>
    public Task<PersonalDataReport> PersonalDataAsync(string name, CancellationToken ct = default) => transport.GetPatiently<PersonalDataReport>(Of(name) + "/personal-data", ct);

    /// <summary>Erases one person for good: account and credentials, and the name in events and runs. Answers what there was, and what only a person can judge.</summary>
    /// <param name="name">The name as it stands in members, events and runs.</param>
    /// <param name="texts">Also takes the name, where it stands as a word, out of names, params and tags.</param>
    /// <param name="artifacts">Also deletes the artifacts in whose path the name stands as a word.</param>
    /// <param name="ct">Cancels.</param>
    public Task<PersonalDataReport> ErasePersonalDataAsync(string name, bool texts = false, bool artifacts = false, CancellationToken ct = default) =>
        transport.PostPatiently<PersonalDataRef, PersonalDataReport>(Of(name) + "/erase", new PersonalDataRef(null, texts ? true : null, artifacts ? true : null), ct);

    /// <summary>Makes an API token. Its secret is in this answer and nowhere else: the server keeps a hash.</summary>
    public Task<TokenCreated> CreateTokenAsync(CreateToken token, CancellationToken ct = default) =>
        transport.Post<CreateToken, TokenCreated>(Root + "tokens", token, ct, idempotent: false);

    /// <summary>One's own tokens, or a service account's for administrators, oldest first, without secrets.</summary>
    public async Task<IReadOnlyList<TokenInfo>> TokensAsync(string? owner = null, CancellationToken ct = default) =>
        (await transport.Get<TokensPage>(Root + "tokens" + (owner is null ? "" : "?owner=" + Uri.EscapeDataString(owner)), ct).ConfigureAwait(false)).Tokens;

    /// <summary>Revokes a token: whoever uses it is refused from now on.</summary>
    public Task RevokeTokenAsync(string id, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return transport.Delete($"{Root}tokens/{Uri.EscapeDataString(id)}", ct);
    }

    /// <summary>What is weak in accounts and tokens. For administrators of the installation.</summary>
    public Task<AccessReview> ReviewAsync(CancellationToken ct = default) => transport.Get<AccessReview>(Root + "review", ct);

    /// <summary>What is weak in the installation: who reaches it, accounts and tokens, files that others can read. For administrators of the installation.</summary>
    public Task<InstallationReview> ReviewInstallationAsync(CancellationToken ct = default) => transport.Get<InstallationReview>("api/slipway/v1/installation/review", ct);

    private async IAsyncEnumerable<Member> Pages(string address, [EnumeratorCancellation] CancellationToken ct)
    {
        for (string? after = null; ;)
        {
            var page = await transport.Get<MembersPage>(address + Also("after", after), ct).ConfigureAwait(false);
            foreach (var member in page.Members) yield return member;
            if (page.Members.Count < PageSize) yield break;
            after = page.Members[^1].Name;
        }
    }

    private static string Of(string? member)
    {
        ArgumentException.ThrowIfNullOrEmpty(member);
        return $"{Root}members/{Uri.EscapeDataString(member)}";
    }

    private static string Of(string group, string member)
    {
        ArgumentException.ThrowIfNullOrEmpty(group);
        ArgumentException.ThrowIfNullOrEmpty(member);
        return $"{Root}groups/{Uri.EscapeDataString(group)}/members/{Uri.EscapeDataString(member)}";
    }

    private static string Also(string field, string? value) => value is null ? "" : $"&{field}={Uri.EscapeDataString(value)}";
}
