using static Slipway.Right;

namespace Slipway.Registry;

/// <summary>The routes of requests for approval. Who may approve is said by policies, so that the routes ask for no more than to see the model.</summary>
internal static class ApprovalsApi
{
    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, Approvals approvals)
    {
        var own = routes.Under("/api/slipway/v1");
        own.Post<AskApproval, ApprovalRequest>("/models/{name}/versions/{version}/approvals", WriteModels, "Asks that a version may go into a stage or behind an alias.", approvals.Ask);
        own.Get<ListApprovals, ApprovalsPage>("/approvals", ReadModels, "Lists requests for approval, and how many wait for the caller.", approvals.List);
        own.Get<ApprovalRef, ApprovalRequest>("/approvals/{id}", ReadModels, "Answers a request with its checks and what was said.", approvals.Get);
        own.Post<ApprovalWord, ApprovalRequest>("/approvals/{id}/approve", ReadModels, "Approves a request, for the evidence that is there; for the roles that its policies name.", approvals.Approve);
        own.Post<ApprovalWord, ApprovalRequest>("/approvals/{id}/reject", ReadModels, "Rejects a request, with a comment; for the same roles.", approvals.Reject);
        own.Post<ApprovalWord, ApprovalRequest>("/approvals/{id}/comments", ReadModels, "Says something about a request.", approvals.Comment);
        own.Post<ApprovalWord, ApprovalRequest>("/approvals/{id}/withdraw", ReadModels, "Takes a request back; for who asked, and who may manage the model.", approvals.Withdraw);
    }
}
