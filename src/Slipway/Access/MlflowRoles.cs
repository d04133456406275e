using static Slipway.Right;

namespace Slipway.Access;

/// <summary>The routes of MLflow's roles. Whose right counts is that of the role's workspace, which need not be the request's: the store looks it up.</summary>
internal static class MlflowRoles
{
    /// <summary>Adds the routes.</summary>
    public static void Map(Routes routes, CustomRoles roles)
    {
        Wire.Add(MlflowRolesJson.Default);
        var api = routes.Under("/api/3.0/mlflow", "/ajax-api/3.0/mlflow");
        api.Post<MlflowRoleRequest, MlflowRoleAnswer>("/roles/create", SignedIn, "Makes a role in a workspace whose members the caller manages.", roles.Create);
        api.Get<MlflowRoleRequest, MlflowRoleAnswer>("/roles/get", SignedIn, "Answers a role with its permissions.", roles.Get);
        api.Get<MlflowRoleRequest, MlflowRolesAnswer>("/roles/list", SignedIn, "Lists the roles of a workspace, or for an administrator of all.", roles.List);
        api.Patch<MlflowRoleRequest, MlflowRoleAnswer>("/roles/update", SignedIn, "Changes a role's name or description.", roles.Update);
        api.Delete<MlflowRoleRequest, Done>("/roles/delete", SignedIn, "Deletes a role.", roles.Delete);
        api.Post<MlflowRolePermissionRequest, MlflowRolePermissionAnswer>("/roles/permissions/add", SignedIn, "Adds a permission to a role.", roles.AddPermission);
        api.Delete<MlflowRolePermissionRequest, Done>("/roles/permissions/remove", SignedIn, "Takes a permission out of its role.", roles.RemovePermission);
        api.Get<MlflowRolePermissionRequest, MlflowRolePermissionsAnswer>("/roles/permissions/list", SignedIn, "Lists the permissions of a role.", roles.Permissions);
        api.Patch<MlflowRolePermissionRequest, MlflowRolePermissionAnswer>("/roles/permissions/update", SignedIn, "Changes what a permission of a role gives.", roles.UpdatePermission);
        api.Post<MlflowAssignmentRequest, MlflowAssignmentAnswer>("/roles/assign", SignedIn, "Gives a user a role.", roles.Assign);
        api.Delete<MlflowAssignmentRequest, Done>("/roles/unassign", SignedIn, "Takes a role from a user.", roles.Unassign);
        api.Get<MlflowAssignmentRequest, MlflowAssignmentsAnswer>("/roles/users/list", SignedIn, "Lists who has a role.", roles.OfRole);
        api.Get<MlflowAssignmentRequest, MlflowRolesAnswer>("/users/roles/list", SignedIn, "Lists the roles of a user.", roles.OfUser);
    }
}
