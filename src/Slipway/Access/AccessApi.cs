using static Slipway.Right;

namespace Slipway.Access;

/// <summary>The routes of access: who is who, who may what, tokens, workspaces.</summary>
internal static class AccessApi
{
    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, AccessParts access, bool singleUser, Func<bool> othersHere)
    {
        Wire.Add(AccessJson.Default);
        var api = routes.Under("/api/slipway/v1/access");
        api.Get<WhoAmIRequest, WhoAmI>("/me", SignedIn, "Answers who the server takes the caller for, and what they may do.", access.Me(singleUser, othersHere));
        api.Post<SetUpRequest, Member>("/set-up", None, "Makes the first administrator, with the code that the first start printed.", access.SetUp.Use);

        api.Get<ListMembers, MembersPage>("/members", ManageMembers, "Lists people, service accounts and groups.", access.Members.List);
        api.Post<CreateMember, Member>("/members", Administer, "Makes a person, service account or group.", access.Members.Create);
        api.Get<MemberRef, Member>("/members/{name}", ManageMembers, "Answers a member with groups and roles.", access.Members.Get);
        api.Patch<UpdateMember, Member>("/members/{name}", Administer, "Changes a member: names, administrator or not, disabled or not.", access.Members.Update);
        api.Delete<MemberRef, Done>("/members/{name}", Administer, "Removes a member with all credentials, roles and grants.", access.Members.Remove);
        api.Get<PersonalDataRef, PersonalDataReport>("/members/{name}/personal-data", Administer, "Says what is kept about one person, in every capability.", access.PersonalData.Report);
        api.Post<PersonalDataRef, PersonalDataReport>("/members/{name}/erase", Administer, "Erases one person: account and credentials, and the name in events and runs; the event log still verifies.", access.PersonalData.Erase);
        api.Post<SetPassword, Done>("/password", SignedIn, "Sets one's own password, or for an administrator anybody's.", access.Members.SetPassword);
        api.Get<ListGroupMembers, MembersPage>("/groups/{group}/members", ManageMembers, "Lists the members of a group.", access.Members.OfGroup);
        api.Add<GroupMembership, Done>("PUT", "/groups/{group}/members/{name}", Administer, "Puts a person or service account into a group.", access.Members.AddToGroup);
        api.Delete<GroupMembership, Done>("/groups/{group}/members/{name}", Administer, "Takes a person or service account out of a group.", access.Members.RemoveFromGroup);

        api.Get<ListRoles, RolesPage>("/roles", ManageMembers, "Lists who has which role in the workspace.", access.Roles.List);
        api.Add<RoleAssignment, Done>("PUT", "/roles", ManageMembers, "Gives a member or group a role in the workspace.", access.Roles.Assign);
        api.Delete<RoleAssignment, Done>("/roles", ManageMembers, "Takes a role.", access.Roles.Unassign);

        api.Get<ListGrants, GrantsPage>("/grants", SignedIn, "Lists what was said about single roots.", access.Grants.List);
        api.Add<SetGrant, Done>("PUT", "/grants", SignedIn, "Grants or denies a member or group something with one root, or takes that back.", access.Grants.Set);
        api.Get<ExplainAccess, EffectiveAccess>("/explain", SignedIn, "Says what somebody may do, and why.", access.Explanation.Explain);

        api.Get<ReviewAccess, AccessReview>("/review", Administer, "Answers what is weak in accounts and tokens: nobody administers, nobody can sign in, good for too long, unused.", access.Reviews.Review);

        api.Post<CreateToken, TokenCreated>("/tokens", SignedIn, "Makes an API token; its secret is shown this once.", access.Tokens.Create);
        api.Get<ListTokens, TokensPage>("/tokens", SignedIn, "Lists tokens, without secrets.", access.Tokens.List);
        api.Delete<TokenRef, Done>("/tokens/{id}", SignedIn, "Revokes a token.", access.Tokens.Revoke);

        var secrets = routes.Under("/api/slipway/v1/secrets");
        secrets.Get<ListSecrets, SecretsPage>("", ManageMembers, "Lists the workspace's secrets by name; what they say is never shown.", access.Secrets.List);
        secrets.Add<SetSecret, Done>("PUT", "/{name}", ManageMembers, "Sets or replaces a secret of the workspace.", access.Secrets.Set);
        secrets.Delete<SecretRef, Done>("/{name}", ManageMembers, "Deletes a secret.", access.Secrets.Delete);
        secrets.Post<RotateSecrets, SecretsRotated>("/rotate", Administer, "Seals every secret anew with a new key.", access.Rotation.Rotate);

        access.MapMlflow(routes);

        // MLflow's, and the two things that it has no word for.
        var mlflow = routes.Under("/api/3.0/mlflow", "/ajax-api/3.0/mlflow");
        mlflow.Get<ListWorkspaces, WorkspacesPage>("/workspaces", SignedIn, "Lists the workspaces that the caller reaches.", access.Workspaces.List);
        mlflow.Post<PutWorkspace, WorkspaceAnswer>("/workspaces", Administer, "Makes a workspace.", access.Workspaces.Create);
        mlflow.Get<WorkspaceRef, WorkspaceAnswer>("/workspaces/{name}", SignedIn, "Answers a workspace.", access.Workspaces.Get);
        mlflow.Patch<PutWorkspace, WorkspaceAnswer>("/workspaces/{name}", Administer, "Changes the description or the limits of a workspace.", access.Workspaces.Update);
        mlflow.Delete<WorkspaceRef, Done>("/workspaces/{name}", Administer, "Puts a workspace and everything in it out of reach.", access.Workspaces.Delete);
        routes.Under("/api/slipway/v1").Post<WorkspaceRef, Done>("/workspaces/{name}/restore", Administer, "Brings a deleted workspace back.", access.Workspaces.Restore);
    }
}
