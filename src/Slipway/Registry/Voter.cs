using Slipway.Access;
using Slipway.Storage;

namespace Slipway.Registry;

/// <summary>Somebody who may approve or not: a person who signed in, with a role that is asked for, who did not ask.</summary>
internal sealed class Voter
{
    private readonly long? principal;
    private readonly string? unfit;

    private Voter(long? principal, string? unfit, IReadOnlySet<string> roles) => (this.principal, this.unfit, Roles) = (principal, unfit, roles);

    /// <summary>The roles held at this moment.</summary>
    public IReadOnlySet<string> Roles { get; }

    /// <summary>Looks who a caller is.</summary>
    public static Voter Of(Session session, Caller caller)
    {
        if (caller.Principal is not { } principal) return new Voter(null, "Only people who signed in approve.", new HashSet<string>());
        if (!HeldRoles.IsPerson(session, principal)) return new Voter(principal, "A service account does not approve: people do.", new HashSet<string>());
        if ((caller.Most & Right.Approve) == 0) return new Voter(principal, "This token does not approve: it needs the scope approve.", new HashSet<string>());
        return new Voter(principal, null, HeldRoles.Of(session, principal, caller.Workspace));
    }

    /// <summary>Null when they may approve for an evidence, else why not.</summary>
    public string? MayNot(ApprovalRow row, IReadOnlyList<GivenApproval> given, string digest) =>
        MayNotSay(row) ?? (given.Any(approval => approval.Principal == principal && approval.EvidenceDigest == digest && row.Needs.All(need => !Roles.Contains(need.Role!) || approval.Roles.Contains(need.Role!))) ? "You approved it already." : null);

    /// <summary>Null when they may approve or reject at all, else why not.</summary>
    public string? MayNotSay(ApprovalRow row) =>
        unfit
        ?? (row.AskedPrincipal == principal ? "You asked for it yourself: somebody else approves." : null)
        ?? (row.Needs.Any(need => Roles.Contains(need.Role!)) ? null : $"It takes the role {string.Join(" or ", row.Needs.Select(static need => need.Role).Distinct())}, which you do not have.");
}
