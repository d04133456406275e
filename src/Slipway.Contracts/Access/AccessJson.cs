using System.Text.Json.Serialization;

namespace Slipway.Access;

/// <summary>How the records of access are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(Member))]
[JsonSerializable(typeof(CreateMember))]
[JsonSerializable(typeof(MemberRef))]
[JsonSerializable(typeof(UpdateMember))]
[JsonSerializable(typeof(SetPassword))]
[JsonSerializable(typeof(ListMembers))]
[JsonSerializable(typeof(MembersPage))]
[JsonSerializable(typeof(ListGroupMembers))]
[JsonSerializable(typeof(GroupMembership))]
[JsonSerializable(typeof(RoleAssignment))]
[JsonSerializable(typeof(ListRoles))]
[JsonSerializable(typeof(RolesPage))]
[JsonSerializable(typeof(SetGrant))]
[JsonSerializable(typeof(ListGrants))]
[JsonSerializable(typeof(GrantsPage))]
[JsonSerializable(typeof(ExplainAccess))]
[JsonSerializable(typeof(EffectiveAccess))]
[JsonSerializable(typeof(CreateToken))]
[JsonSerializable(typeof(TokenCreated))]
[JsonSerializable(typeof(ListTokens))]
[JsonSerializable(typeof(TokensPage))]
[JsonSerializable(typeof(TokenRef))]
[JsonSerializable(typeof(Workspace))]
[JsonSerializable(typeof(PutWorkspace))]
[JsonSerializable(typeof(WorkspaceRef))]
[JsonSerializable(typeof(ListWorkspaces))]
[JsonSerializable(typeof(WorkspacesPage))]
[JsonSerializable(typeof(WorkspaceAnswer))]
[JsonSerializable(typeof(ReviewAccess))]
[JsonSerializable(typeof(AccessReview))]
[JsonSerializable(typeof(MaskRule[]))]
[JsonSerializable(typeof(SetSecret))]
[JsonSerializable(typeof(SecretRef))]
[JsonSerializable(typeof(ListSecrets))]
[JsonSerializable(typeof(SecretsPage))]
[JsonSerializable(typeof(RotateSecrets))]
[JsonSerializable(typeof(SecretsRotated))]
[JsonSerializable(typeof(SetUpRequest))]
[JsonSerializable(typeof(WhoAmIRequest))]
[JsonSerializable(typeof(WhoAmI))]
[JsonSerializable(typeof(PersonalDataRef))]
[JsonSerializable(typeof(PersonalDataReport))]
public sealed partial class AccessJson : JsonSerializerContext;
