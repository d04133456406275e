namespace Slipway.Registry;

/// <summary>GET models/{name}/history: what stood where, the newest first.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Stage">Of this stage only.</param>
/// <param name="Alias">Of this alias only.</param>
/// <param name="AtMs">Only what stood there at this time, Unix milliseconds.</param>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/>, <see cref="MaxResultsDefault"/> if null.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record GetModelHistory(string? Name = null, string? Stage = null, string? Alias = null, long? AtMs = null, int? MaxResults = null, string? PageToken = null)
{
    /// <summary>The page if none is asked for.</summary>
    public const int MaxResultsDefault = 100;

    /// <summary>The largest page.</summary>
    public const int MaxResultsMax = 1_000;
}

/// <summary>One page of a model's history.</summary>
/// <param name="Stays">The newest first.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record ModelHistoryPage(ModelStay[]? Stays = null, string? NextPageToken = null);

/// <summary>A version in a stage or behind an alias, from when until when. Versions that were deleted since are named too.</summary>
/// <param name="Stage">The stage, or null for an alias.</param>
/// <param name="Alias">The alias, or null for a stage.</param>
/// <param name="Version">The version.</param>
/// <param name="FromMs">Unix milliseconds.</param>
/// <param name="FromActor">Who put it there.</param>
/// <param name="FromReason">Why.</param>
/// <param name="UntilMs">Unix milliseconds; null: it is there now.</param>
/// <param name="UntilActor">Who took it away.</param>
/// <param name="UntilReason">Why.</param>
/// <param name="RolledBack">True when it left by a rollback, as no good.</param>
/// <param name="Endpoint">The endpoint, or null for a stage or an alias.</param>
public sealed record ModelStay(string? Stage = null, string? Alias = null, string? Version = null, long FromMs = 0, string? FromActor = null, string? FromReason = null,
    long? UntilMs = null, string? UntilActor = null, string? UntilReason = null, bool RolledBack = false, string? Endpoint = null);

/// <summary>POST models/{name}/rollback: back to the last good version.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Alias">Of this alias. Without alias and stage: of `champion` if it is set, else of Production.</param>
/// <param name="Stage">Of this stage.</param>
/// <param name="From">The version that is there as far as the caller knows; another one is answered 409. Two who roll back at once go back once.</param>
/// <param name="Reason">Required; at most <see cref="TransitionModelVersion.ReasonCharsMax"/> characters.</param>
public sealed record RollbackModel(string? Name = null, string? Alias = null, string? Stage = null, string? From = null, string? Reason = null);

/// <summary>What a rollback did.</summary>
/// <param name="Stage">In which stage, or null.</param>
/// <param name="Alias">Behind which alias, or null.</param>
/// <param name="From">The version that was there.</param>
/// <param name="To">The version that is there now.</param>
public sealed record ModelRolledBack(string? Stage = null, string? Alias = null, string? From = null, string? To = null);

/// <summary>POST models/{name}/moves: several stages and aliases at once, all of them or none.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Moves">1 to <see cref="MovesMax"/>, each slot once.</param>
/// <param name="Reason">Why; at most <see cref="TransitionModelVersion.ReasonCharsMax"/> characters.</param>
public sealed record MoveModelVersions(string? Name = null, ModelMove[]? Moves = null, string? Reason = null)
{
    /// <summary>The most moves of one request.</summary>
    public const int MovesMax = 100;
}

/// <summary>One of several moves.</summary>
/// <param name="Version">Which version.</param>
/// <param name="Stage">Into this stage; the others in it stay.</param>
/// <param name="Alias">Or behind this alias.</param>
/// <param name="From">The version that is there as far as the caller knows, "0" for none; another one is answered 409.</param>
public sealed record ModelMove(string? Version = null, string? Stage = null, string? Alias = null, string? From = null);
