using Slipway.Events;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>The stores of access, built once.</summary>
internal sealed class AccessParts : IDisposable
{
    private readonly Passwords passwords;
    private readonly Database db;
    private readonly MlflowUsers mlflowUsers;
    private readonly MlflowGrants mlflowGrants;
    private readonly MlflowWorkspacePermissions mlflowWorkspacePermissions;
    private readonly MlflowAbsentPermissions mlflowAbsentPermissions;

    /// <summary>
    /// Builds them; <paramref name="keys"/> seal secrets, <paramref name="passwordRounds"/> is what a new password's hash costs, <paramref name="openId"/> a provider that
    /// people may sign in with.
    /// </summary>
    public AccessParts(Database db, EventLog events, TimeProvider clock, SecretKeys keys, int passwordRounds = Passwords.RoundsDefault, OpenIdSettings? openId = null)
    {
        this.db = db;
        passwords = new Passwords(passwordRounds);
        Standings = new Standings(db, clock);
        Members = new Members(db, events, clock, passwords, Standings);
        PersonalData = new PersonalData(db, events, Members, Standings);
        Roles = new WorkspaceRoles(db, events, Standings);
        Grants = new RootGrants(db, events, Standings);
        CustomRoles = new CustomRoles(db, events, Standings, Grants);
        Tokens = new Tokens(db, events, clock, Standings);
        Usage = new WorkspaceUsage(db);
        Workspaces = new Workspaces(db, events, clock, Standings, Usage);
        var box = new SecretBox(keys);
        Secrets = new NamedSecrets(db, events, clock, box);
        DataKeys = new DataKeys(db, box, clock);
        Rotation = new SecretRotation(db, events, box);
        Explanation = new Explanation(db, Grants);
        Reviews = new AccessReviews(db, clock);
        if (openId is not null)
        {
            OpenId = new OpenIdProvider(openId, clock);
            OpenIdMembers = new OpenIdMembers(db, events, Members, Standings, openId);
        }
        Credentials = new Credentials(db, events, clock, Standings, passwords, Tokens, new SignIns(db, clock), OpenId, OpenIdMembers);
        mlflowUsers = new MlflowUsers(db, Members, Grants);
        mlflowGrants = new MlflowGrants(db, Grants);
        mlflowWorkspacePermissions = new MlflowWorkspacePermissions(db, events, Standings);
        mlflowAbsentPermissions = new MlflowAbsentPermissions(db, Grants);
        SetUp = new SetUp(db, clock, Members, passwords, Standings, Credentials.Attempts);
    }

    /// <summary>Who may what.</summary>
    public Standings Standings { get; }

    /// <summary>People, service accounts, groups.</summary>
    public Members Members { get; }

    /// <summary>What is kept about one person.</summary>
    public PersonalData PersonalData { get; }

    /// <summary>Roles in workspaces.</summary>
    public WorkspaceRoles Roles { get; }

    /// <summary>Grants and denials for single roots.</summary>
    public RootGrants Grants { get; }

    /// <summary>Roles that a workspace's admins make.</summary>
    public CustomRoles CustomRoles { get; }

    /// <summary>API tokens.</summary>
    public Tokens Tokens { get; }

    /// <summary>Workspaces.</summary>
    public Workspaces Workspaces { get; }

    /// <summary>What quotas count.</summary>
    public WorkspaceUsage Usage { get; }

    /// <summary>Secrets by name.</summary>
    public NamedSecrets Secrets { get; }

    /// <summary>What artifacts are encrypted with.</summary>
    public DataKeys DataKeys { get; }

    /// <summary>A new key for everything sealed.</summary>
    public SecretRotation Rotation { get; }

    /// <summary>Why somebody may do something.</summary>
    public Explanation Explanation { get; }

    /// <summary>What is weak in accounts and tokens.</summary>
    public AccessReviews Reviews { get; }

    /// <summary>Who presents what.</summary>
    public Credentials Credentials { get; }

    /// <summary>The OpenID provider that people may sign in with, or null.</summary>
    public OpenIdProvider? OpenId { get; }

    /// <summary>The members whom it vouches for, or null.</summary>
    public OpenIdMembers? OpenIdMembers { get; }

    /// <summary>The first administrator.</summary>
    public SetUp SetUp { get; }

    /// <summary>Adds the routes that speak MLflow's words for members, roles and grants.</summary>
    public void MapMlflow(Routes routes)
    {
        mlflowUsers.Map(routes);
        mlflowGrants.Map(routes);
        MlflowRoles.Map(routes, CustomRoles);
        mlflowWorkspacePermissions.Map(routes);
        mlflowAbsentPermissions.Map(routes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        passwords.Dispose();
        OpenId?.Dispose();
    }

    internal Func<Caller, WhoAmIRequest, CancellationToken, Task<Outcome<WhoAmI>>> Me(bool singleUser, Func<bool> othersHere) => async (caller, _, ct) =>
    {
        var workspace = await db.Read(session => Workspaces.Find(session, caller.Workspace), ct);
        return new WhoAmI(caller.Actor, workspace.Name, Explanation.RightNames(caller.Rights & caller.Most), (caller.Rights & Right.Administer) != 0, singleUser, singleUser && othersHere());
    };
}
