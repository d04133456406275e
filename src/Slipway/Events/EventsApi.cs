namespace Slipway.Events;

/// <summary>The routes of the event log.</summary>
internal static class EventsApi
{
    /// <summary>Adds the routes.</summary>
    public static void Map(Routes routes, EventSearch search, AuditVerification audit, Anchor anchor)
    {
        Wire.Add(EventsJson.Default);
        Wire.Add(AuditProofJson.Default);
        var api = routes.Under("/api/slipway/v1");
        api.Get<ListEvents, EventsPage>("/events", Right.Audit, "Lists sealed events by position: after one, of a kind, by an actor, of a subject, of a time, refused attempts alone.", search.List);
        api.Raw("GET", "/audit/export", Right.Audit, "Streams sealed events as JSON Lines, filtered as /events.", search.Export);
        // A public key is for everybody: whoever checks evidence need not be a member here.
        api.Get<GetAuditKey, AuditKey>("/audit/key", Right.None, "Answers the public key that signs the heads of the event log and evidence.", (_, _, _) => Task.FromResult<Outcome<AuditKey>>(new AuditKey(anchor.PublicKey, anchor.Fingerprint)));
        api.Get<VerifyAudit, AuditReport>("/audit/verify", Right.Audit, "Checks the event log against its seals and the anchored heads.",
            async (_, _, ct) => await audit.Verify(ct));
        api.Post<CompareHeads, AuditReport>("/audit/verify", Right.Audit, "Checks the event log also against heads that were kept elsewhere.", async (_, request, ct) =>
            request.Heads is not { } heads || Array.Exists(heads, static head => head?.Hash is null || head.Signature is null) ? Problem.Invalid("heads: expected a list of anchored heads.")
            : heads.Length > CompareHeads.HeadsMax ? Problem.Invalid($"heads: expected at most {CompareHeads.HeadsMax}, got {heads.Length}. The newest stand for all before them.")
            : await audit.Verify(heads, ct));
    }
}
