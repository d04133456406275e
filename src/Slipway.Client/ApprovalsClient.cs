using System.Runtime.CompilerServices;
using Slipway.Registry;

namespace Slipway.Client;

/// <summary>
/// Requests that a version may go into a stage or behind an alias: asked, discussed, approved, rejected. Every method throws <see cref="SlipwayException"/> when
/// the server refuses or cannot be reached.
/// </summary>
public sealed class ApprovalsClient
{
    private const string Root = "api/slipway/v1/approvals";

    private readonly Transport transport;

    internal ApprovalsClient(Transport transport) => this.transport = transport;

    /// <summary>Asks that a version may go somewhere.</summary>
    public Task<ApprovalRequest> AskAsync(string name, string version, string? stage = null, string? alias = null, string? comment = null, CancellationToken ct = default) =>
        transport.Post<AskApproval, ApprovalRequest>(GatesClient.Of(name, version) + "/approvals", new AskApproval(name, version, stage, alias, comment), ct, idempotent: false);

    /// <summary>Requests, the newest first, page after page as they are read.</summary>
    /// <param name="state">open, approved, done, rejected, expired or withdrawn; null for all.</param>
    /// <param name="waiting">Only those that wait for this client's user.</param>
    /// <param name="model">Only of this model.</param>
    /// <param name="ct">Cancels the requests.</param>
    public async IAsyncEnumerable<ApprovalRequest> ListAsync(string? state = null, bool waiting = false, string? model = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var query = $"{Root}?state={Uri.EscapeDataString(state ?? "")}&model={Uri.EscapeDataString(model ?? "")}{(waiting ? "&waiting=true" : "")}";
        for (string? token = ""; token is not null;)
        {
            var page = await transport.Get<ApprovalsPage>($"{query}&page_token={Uri.EscapeDataString(token)}", ct).ConfigureAwait(false);
            foreach (var request in page.Requests ?? []) yield return request;
            token = string.IsNullOrEmpty(page.NextPageToken) ? null : page.NextPageToken;
        }
    }

    /// <summary>One request with its checks and what was said.</summary>
    public Task<ApprovalRequest> GetAsync(long id, CancellationToken ct = default) => transport.Get<ApprovalRequest>($"{Root}/{id}", ct);

    /// <summary>Approves a request.</summary>
    /// <param name="id">Which.</param>
    /// <param name="comment">What to say.</param>
    /// <param name="evidenceDigest">The evidence that was looked at; when it is another one by now, the server refuses. Null: whatever is there.</param>
    /// <param name="ct">Cancels the request.</param>
    public Task<ApprovalRequest> ApproveAsync(long id, string? comment = null, string? evidenceDigest = null, CancellationToken ct = default) => Say(id, "approve", new ApprovalWord(id, comment, evidenceDigest), ct);

    /// <summary>Rejects a request, which closes it.</summary>
    public Task<ApprovalRequest> RejectAsync(long id, string comment, CancellationToken ct = default) => Say(id, "reject", new ApprovalWord(id, comment), ct);

    /// <summary>Takes a request back.</summary>
    public Task<ApprovalRequest> WithdrawAsync(long id, string? comment = null, CancellationToken ct = default) => Say(id, "withdraw", new ApprovalWord(id, comment), ct);

    /// <summary>Says something about a request.</summary>
    public Task<ApprovalRequest> CommentAsync(long id, string comment, CancellationToken ct = default) => Say(id, "comments", new ApprovalWord(id, comment), ct);

    private Task<ApprovalRequest> Say(long id, string word, ApprovalWord said, CancellationToken ct) => transport.Post<ApprovalWord, ApprovalRequest>($"{Root}/{id}/{word}", said, ct, idempotent: false);
}
