namespace Slipway.Registry;

/// <summary>Somebody asks that a version may go into a stage or behind an alias.</summary>
public sealed record ApprovalRequest
{
    /// <summary>The longest comment, in characters.</summary>
    public const int CommentCharsMax = 5_000;

    /// <summary>The most entries of a request.</summary>
    public const int EntriesMax = 1_000;

    /// <summary>The most open requests of a workspace.</summary>
    public const int OpenMax = 1_000;

    /// <summary>Unique.</summary>
    public long Id { get; init; }

    /// <summary>The model.</summary>
    public string? Model { get; init; }

    /// <summary>The version.</summary>
    public string? Version { get; init; }

    /// <summary>Into which stage, or null.</summary>
    public string? Stage { get; init; }

    /// <summary>Behind which alias, or null.</summary>
    public string? Alias { get; init; }

    /// <summary>To which endpoint, or null.</summary>
    public string? Endpoint { get; init; }

    /// <summary>`open`, `approved` (the move is still to be made), `done` (made), `rejected`, `expired` or `withdrawn`.</summary>
    public string? State { get; init; }

    /// <summary>Who asks.</summary>
    public string? AskedBy { get; init; }

    /// <summary>When, Unix milliseconds.</summary>
    public long AskedMs { get; init; }

    /// <summary>When it ends unless it is closed before, Unix milliseconds.</summary>
    public long ExpiresMs { get; init; }

    /// <summary>What who asks said.</summary>
    public string? Comment { get; init; }

    /// <summary>When it was closed, or null.</summary>
    public long? ClosedMs { get; init; }

    /// <summary>By whom.</summary>
    public string? ClosedBy { get; init; }

    /// <summary>What approvals have to be for to count now; in lists what they had to be for when the request last changed.</summary>
    public string? EvidenceDigest { get; init; }

    /// <summary>Which approvals it needs.</summary>
    public ApprovalNeed[]? Needs { get; init; }

    /// <summary>Whether the caller may approve and reject it now.</summary>
    public bool MayApprove { get; init; }

    /// <summary>Why not.</summary>
    public string? MayNotBecause { get; init; }

    /// <summary>All checks as they are now; in lists they are left out.</summary>
    public GateCheckResult[]? Checks { get; init; }

    /// <summary>What was said and done; in lists it is left out.</summary>
    public ApprovalEntry[]? Entries { get; init; }
}

/// <summary>Approvals that a policy asks for.</summary>
/// <param name="Policy">Which policy.</param>
/// <param name="Check">Which check of it.</param>
/// <param name="Role">Out of which role.</param>
/// <param name="Count">How many.</param>
/// <param name="Given">How many there are that count.</param>
public sealed record ApprovalNeed(string? Policy = null, string? Check = null, string? Role = null, int Count = 0, int Given = 0);

/// <summary>What somebody said or did about a request.</summary>
/// <param name="Kind">`asked`, `commented`, `approved`, `rejected`, `withdrawn`, `expired`, `evidence_changed` or `moved`.</param>
/// <param name="By">Who.</param>
/// <param name="AtMs">Unix milliseconds.</param>
/// <param name="Text">What they said.</param>
/// <param name="Counts">Of an approval: whether it counts now.</param>
public sealed record ApprovalEntry(string? Kind = null, string? By = null, long AtMs = 0, string? Text = null, bool Counts = false);

/// <summary>POST models/{name}/versions/{version}/approvals.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Version">Required; part of the path.</param>
/// <param name="Stage">Into this stage.</param>
/// <param name="Alias">Or behind this alias.</param>
/// <param name="Comment">Why.</param>
/// <param name="Endpoint">Or to this endpoint.</param>
public sealed record AskApproval(string? Name = null, string? Version = null, string? Stage = null, string? Alias = null, string? Comment = null, string? Endpoint = null);

/// <summary>GET approvals.</summary>
/// <param name="State">Only of this state; null: of all.</param>
/// <param name="Waiting">True: only those that wait for the caller.</param>
/// <param name="Model">Only of this model.</param>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/>, 50 if null.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListApprovals(string? State = null, bool? Waiting = null, string? Model = null, int? MaxResults = null, string? PageToken = null)
{
    /// <summary>The largest page.</summary>
    public const int MaxResultsMax = 200;
}

/// <summary>One page of requests.</summary>
/// <param name="Requests">The newest first.</param>
/// <param name="Waiting">How many wait for the caller; at most <see cref="ApprovalRequest.OpenMax"/>.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record ApprovalsPage(ApprovalRequest[]? Requests = null, int Waiting = 0, string? NextPageToken = null);

/// <summary>GET approvals/{id}.</summary>
/// <param name="Id">Required; part of the path.</param>
public sealed record ApprovalRef(long? Id = null);

/// <summary>POST approvals/{id}/approve, reject, comments and withdraw.</summary>
/// <param name="Id">Required; part of the path.</param>
/// <param name="Comment">Required to reject and to comment.</param>
/// <param name="EvidenceDigest">To approve: the evidence that was looked at; when it is another one by now, nothing changes and the answer is 409.</param>
public sealed record ApprovalWord(long? Id = null, string? Comment = null, string? EvidenceDigest = null);
