using Slipway.Access;

namespace Slipway.Cli;

/// <summary>A member as `--json` prints it: the wire's record with its times in ISO 8601.</summary>
internal sealed record MemberView(string Name, string Kind, string DisplayName, string? Email, bool Administrator, bool Disabled, string[] SignsInBy, DateTimeOffset CreatedAt,
    string[]? Groups, WorkspaceRole[]? Roles)
{
    public static MemberView Of(Member member) => new(member.Name, member.Kind, member.DisplayName, member.Email, member.Administrator, member.Disabled, member.SignsInBy,
        DateTimeOffset.FromUnixTimeMilliseconds(member.CreatedMs), member.Groups, member.Roles);
}

/// <summary>A token as `--json` prints it; the secret only where it was just made.</summary>
internal sealed record TokenView(string Id, string Name, string Owner, string? Workspace, string[] Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, DateTimeOffset? UsedAt, string? Token)
{
    public static TokenView Of(TokenInfo token, string? secret = null) => new(token.Id, token.Name, token.Owner, token.Workspace, token.Scopes, DateTimeOffset.FromUnixTimeMilliseconds(token.CreatedMs),
        At(token.ExpiresMs), At(token.UsedMs), secret);

    private static DateTimeOffset? At(long? ms) => ms is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}

/// <summary>A secret as `--json` prints it: without what it says.</summary>
internal sealed record SecretView(string Name, DateTimeOffset SetAt, string SetBy)
{
    public static SecretView Of(SecretInfo secret) => new(secret.Name, DateTimeOffset.FromUnixTimeMilliseconds(secret.SetMs), secret.SetBy);
}
