namespace Slipway.Access;

/// <summary>A person, service account or group.</summary>
/// <param name="Name">Unique in the installation; what one signs in with.</param>
/// <param name="Kind">`person`, `service` or `group`.</param>
/// <param name="DisplayName">For people to read.</param>
/// <param name="Email">Where mail goes, or absent.</param>
/// <param name="Administrator">True: may do everything in the installation.</param>
/// <param name="Disabled">True: every attempt to sign in is refused.</param>
/// <param name="SignsInBy">`password`, `openid`, both, or empty.</param>
/// <param name="CreatedMs">Since when, Unix milliseconds.</param>
/// <param name="Groups">The groups it is a member of.</param>
/// <param name="Roles">Its own roles by workspace; those of its groups come on top.</param>
public sealed record Member(string Name, string Kind, string DisplayName, string? Email, bool Administrator, bool Disabled, string[] SignsInBy, long CreatedMs,
    string[]? Groups, WorkspaceRole[]? Roles);

/// <summary>A role in a workspace.</summary>
/// <param name="Workspace">The workspace's name.</param>
/// <param name="Role">viewer, creator, contributor, approver, auditor or admin.</param>
public sealed record WorkspaceRole(string Workspace, string Role);

/// <summary>Makes a member.</summary>
/// <param name="Name">1 to 64 of: letters, digits, `.`, `_`, `-`, `@`, `+`.</param>
/// <param name="Kind">`person` (default), `service` or `group`.</param>
/// <param name="DisplayName">At most 200 characters.</param>
/// <param name="Email">At most 200 characters.</param>
/// <param name="Password">12 to 256 characters; absent for who signs in otherwise.</param>
/// <param name="Administrator">Makes an administrator of the installation.</param>
public sealed record CreateMember(string? Name, string? Kind, string? DisplayName, string? Email, string? Password, bool? Administrator)
{
    /// <summary>The longest name.</summary>
    public const int NameCharsMax = 64;

    /// <summary>The longest display name or e-mail address.</summary>
    public const int TextCharsMax = 200;

    /// <summary>The shortest password.</summary>
    public const int PasswordCharsMin = 12;

    /// <summary>The longest password.</summary>
    public const int PasswordCharsMax = 256;

    // A record prints its members: never this one's password.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("Name = ").Append(Name).Append(", Kind = ").Append(Kind);
        return true;
    }
}

/// <summary>Names a member.</summary>
/// <param name="Name">Its name.</param>
public sealed record MemberRef(string? Name);

/// <summary>Changes a member; absent fields stay.</summary>
/// <param name="Name">Whose.</param>
/// <param name="DisplayName">The new one.</param>
/// <param name="Email">The new one.</param>
/// <param name="Administrator">Whether an administrator of the installation.</param>
/// <param name="Disabled">True refuses every attempt to sign in, and ends what is signed in.</param>
public sealed record UpdateMember(string? Name, string? DisplayName, string? Email, bool? Administrator, bool? Disabled);

/// <summary>Sets a password.</summary>
/// <param name="Name">Whose; absent for one's own.</param>
/// <param name="Password">The new one, 12 to 256 characters.</param>
/// <param name="Current">The present one; needed for one's own.</param>
public sealed record SetPassword(string? Name, string? Password, string? Current)
{
    // A record prints its members: not these.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("Name = ").Append(Name);
        return true;
    }
}

/// <summary>Which members to list.</summary>
/// <param name="Kind">person, service or group; absent for all.</param>
/// <param name="After">Only names after this one.</param>
/// <param name="MaxResults">1 to 1,000; 1,000 when absent.</param>
/// <param name="Contains">Only those whose name, display name or address holds this, upper and lower case alike; at most 200 characters.</param>
public sealed record ListMembers(string? Kind, string? After, int? MaxResults, string? Contains = null);

/// <summary>Members by name.</summary>
/// <param name="Members">The members.</param>
public sealed record MembersPage(IReadOnlyList<Member> Members);

/// <summary>Whose members to list.</summary>
/// <param name="Group">The group's name.</param>
/// <param name="After">Only names after this one.</param>
/// <param name="MaxResults">1 to 1,000; 1,000 when absent.</param>
public sealed record ListGroupMembers(string? Group, string? After, int? MaxResults);

/// <summary>Puts a member into a group, or takes it out.</summary>
/// <param name="Group">The group's name.</param>
/// <param name="Name">The member's name: a person or service account.</param>
public sealed record GroupMembership(string? Group, string? Name);

/// <summary>Gives or takes a role.</summary>
/// <param name="Name">The member's or group's name.</param>
/// <param name="Role">The role.</param>
/// <param name="Workspace">In which workspace; absent for the request's.</param>
public sealed record RoleAssignment(string? Name, string? Role, string? Workspace);

/// <summary>Lists the roles in the request's workspace.</summary>
public sealed record ListRoles;

/// <summary>Who has which role.</summary>
/// <param name="Roles">By name.</param>
public sealed record RolesPage(IReadOnlyList<HeldRole> Roles);

/// <summary>One role that somebody has.</summary>
/// <param name="Name">Member or group.</param>
/// <param name="Kind">person, service or group.</param>
/// <param name="Role">The role.</param>
public sealed record HeldRole(string Name, string Kind, string Role);

/// <summary>Says what a member or group may do with one root, beside what its roles say.</summary>
/// <param name="Name">The member's or group's name.</param>
/// <param name="Kind">`experiment` or `registered-model`.</param>
/// <param name="Root">The root's id.</param>
/// <param name="Level">`denied`, `read`, `use`, `edit` or `manage`; absent takes back what was said.</param>
public sealed record SetGrant(string? Name, string? Kind, string? Root, string? Level);

/// <summary>Lists what was said about roots.</summary>
/// <param name="Kind">`experiment` or `registered-model`; absent for all.</param>
/// <param name="Root">One root, or absent for all.</param>
/// <param name="Name">One member or group, or absent for all.</param>
/// <param name="After">Where the last page ended.</param>
public sealed record ListGrants(string? Kind, string? Root, string? Name, string? After);

/// <summary>What was said about roots.</summary>
/// <param name="Grants">The grants.</param>
/// <param name="Next">To ask for the next page with, or absent.</param>
public sealed record GrantsPage(IReadOnlyList<GrantEntry> Grants, string? Next);

/// <summary>One grant or denial.</summary>
/// <param name="Name">Member or group.</param>
/// <param name="Kind">The kind of root.</param>
/// <param name="Root">The root's id.</param>
/// <param name="Level">What is granted, or `denied`.</param>
public sealed record GrantEntry(string Name, string Kind, string Root, string Level);

/// <summary>Asks why somebody can do something, or cannot.</summary>
/// <param name="Name">Whose access.</param>
/// <param name="Kind">The kind of root; absent for the workspace as a whole.</param>
/// <param name="Root">The root's id.</param>
public sealed record ExplainAccess(string? Name, string? Kind, string? Root);

/// <summary>What somebody may do, and why.</summary>
/// <param name="Name">Who.</param>
/// <param name="Workspace">Where.</param>
/// <param name="Rights">What they may do there, or with the root that was asked for.</param>
/// <param name="Reasons">What gives or takes it: sentences, one for each role, grant and denial.</param>
public sealed record EffectiveAccess(string Name, string Workspace, string[] Rights, string[] Reasons);

/// <summary>Makes an API token.</summary>
/// <param name="Name">What it is for, at most 200 characters.</param>
/// <param name="Owner">A service account, for administrators; absent for oneself.</param>
/// <param name="Workspace">Only for this workspace; absent for all of its owner's.</param>
/// <param name="Scopes">`read`, `write`, `manage`, `approve`, `audit`, `administer`; absent for all that its owner may.</param>
/// <param name="ExpiresInDays">1 to 3,650; 365 when absent.</param>
public sealed record CreateToken(string? Name, string? Owner, string? Workspace, string[]? Scopes, int? ExpiresInDays);

/// <summary>A new token: the only time that its secret is shown.</summary>
/// <param name="Token">To send as `Authorization: Bearer`, or as the password.</param>
/// <param name="Info">What it is.</param>
public sealed record TokenCreated(string Token, TokenInfo Info)
{
    // A record prints its members: not the secret.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("Info = ").Append(Info);
        return true;
    }
}

/// <summary>A token without its secret.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="Workspace">Its only workspace, or absent.</param>
/// <param name="Scopes">The most that it may.</param>
/// <param name="CreatedMs">Since when.</param>
/// <param name="ExpiresMs">Until when, or absent.</param>
/// <param name="UsedMs">When it was last used, to the hour; absent when never.</param>
public sealed record TokenInfo(string Id, string Name, string Owner, string? Workspace, string[] Scopes, long CreatedMs, long? ExpiresMs, long? UsedMs);

/// <summary>Whose tokens to list.</summary>
/// <param name="Owner">A service account's, for administrators; absent for one's own.</param>
/// <param name="All">True: everybody's, for administrators, at most 1,000 at once.</param>
/// <param name="After">With `all`: only ids after this one.</param>
public sealed record ListTokens(string? Owner, bool? All = null, string? After = null);

/// <summary>Somebody's tokens.</summary>
/// <param name="Tokens">Oldest first; everybody's by id.</param>
public sealed record TokensPage(IReadOnlyList<TokenInfo> Tokens);

/// <summary>Names a token.</summary>
/// <param name="Id">Its id.</param>
public sealed record TokenRef(string? Id);

/// <summary>A workspace.</summary>
/// <param name="Name">Unique in the installation.</param>
/// <param name="Description">For people.</param>
/// <param name="Deleted">True: nobody reaches it until it is restored.</param>
/// <param name="Quota">Its limits, or absent.</param>
public sealed record Workspace(string Name, string? Description, bool? Deleted, WorkspaceQuota? Quota)
{
    /// <summary>True: artifacts that come are encrypted.</summary>
    public bool? EncryptArtifacts { get; init; }

    /// <summary>Params and tags whose values are hidden before they are stored.</summary>
    public IReadOnlyList<MaskRule>? Mask { get; init; }

    /// <summary>How much of its limits is used; what has no limit is not counted.</summary>
    public WorkspaceUse? Used { get; init; }
}

/// <summary>How much of a workspace's limits is used.</summary>
/// <param name="Bytes">Bytes of artifacts and of parts on their way; absent without a limit.</param>
/// <param name="Runs">Runs, deleted ones too; absent without a limit.</param>
public sealed record WorkspaceUse(long? Bytes, long? Runs);

/// <summary>What a workspace may use. Absent fields set no limit.</summary>
/// <param name="Bytes">Bytes of artifacts.</param>
/// <param name="Runs">Runs, deleted ones too.</param>
/// <param name="RequestsPerSecond">Requests of all members together.</param>
public sealed record WorkspaceQuota(long? Bytes, long? Runs, int? RequestsPerSecond);

/// <summary>Makes or changes a workspace.</summary>
/// <param name="Name">2 to 63 of: lower-case letters, digits, `-`; begins with a letter.</param>
/// <param name="Description">At most 1,000 characters.</param>
/// <param name="Quota">Its limits; absent leaves them.</param>
public sealed record PutWorkspace(string? Name, string? Description, WorkspaceQuota? Quota)
{
    /// <summary>The longest description.</summary>
    public const int DescriptionCharsMax = 1_000;

    /// <summary>The most workspaces of an installation.</summary>
    public const int WorkspacesMax = 10_000;

    /// <summary>Whether artifacts that come from now on are encrypted; absent leaves it.</summary>
    public bool? EncryptArtifacts { get; init; }

    /// <summary>Params and tags whose values are hidden before they are stored, the first rule that fits; absent leaves them, an empty list hides none.</summary>
    public MaskRule[]? Mask { get; init; }
}

/// <summary>Names a workspace.</summary>
/// <param name="Name">Its name.</param>
public sealed record WorkspaceRef(string? Name);

/// <summary>Lists the workspaces that the caller reaches.</summary>
public sealed record ListWorkspaces;

/// <summary>Workspaces by name.</summary>
/// <param name="Workspaces">The workspaces.</param>
public sealed record WorkspacesPage(IReadOnlyList<Workspace> Workspaces);

/// <summary>A workspace in the form of MLflow.</summary>
/// <param name="Workspace">The workspace.</param>
public sealed record WorkspaceAnswer(Workspace Workspace);

/// <summary>Uses the one-time link of the first start.</summary>
/// <param name="Code">The code in the link.</param>
/// <param name="Name">The first administrator's name.</param>
/// <param name="Password">The first administrator's password.</param>
public sealed record SetUpRequest(string? Code, string? Name, string? Password)
{
    // A record prints its members: not these.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("Name = ").Append(Name);
        return true;
    }
}

/// <summary>Asks what is weak in accounts and tokens.</summary>
public sealed record ReviewAccess;

/// <summary>What is weak in accounts and tokens. At most 100 of each kind are named; the counts say how many there are.</summary>
/// <param name="Administrators">Administrators of the installation who are not disabled; with none, the set-up link is still open.</param>
/// <param name="CannotSignInCount">How many people and service accounts have neither a password nor a provider nor a token.</param>
/// <param name="CannotSignIn">Their names.</param>
/// <param name="LastingTokensCount">How many tokens are good for more than a year from now.</param>
/// <param name="LastingTokens">Which.</param>
/// <param name="UnusedTokensCount">How many tokens that are still good nobody has used for 90 days.</param>
/// <param name="UnusedTokens">Which.</param>
public sealed record AccessReview(long Administrators, long CannotSignInCount, string[] CannotSignIn, long LastingTokensCount, IReadOnlyList<ReviewedToken> LastingTokens,
    long UnusedTokensCount, IReadOnlyList<ReviewedToken> UnusedTokens);

/// <summary>A token that deserves a look.</summary>
/// <param name="Id">Names it.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Owner">Whose it is.</param>
/// <param name="ExpiresMs">Until when, or absent.</param>
/// <param name="UsedMs">When it was last used; absent when never.</param>
public sealed record ReviewedToken(string Id, string Name, string Owner, long? ExpiresMs, long? UsedMs);

/// <summary>Asks who one is.</summary>
public sealed record WhoAmIRequest;

/// <summary>Who the server takes the caller for.</summary>
/// <param name="Name">The name, `local` in a single-user installation.</param>
/// <param name="Workspace">The workspace of this request.</param>
/// <param name="Rights">What the caller may do in it.</param>
/// <param name="Administrator">Whether an administrator of the installation.</param>
/// <param name="SingleUser">True when nobody is asked for a password.</param>
/// <param name="OthersHere">True when, in that case, other people have an account on the server's machine: they can do everything too.</param>
public sealed record WhoAmI(string Name, string Workspace, string[] Rights, bool Administrator, bool SingleUser, bool OthersHere = false);
