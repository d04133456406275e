namespace Slipway.Events;

/// <summary>The routes of the event log.</summary>
internal static class EventsApi
{
    private const int PageDefault = 1_000;

    /// <summary>Adds the routes.</summary>
    public static void Map(Routes routes, EventLog events, AuditVerification audit)
    {
        Wire.Add(EventsJson.Default);
        var api = routes.Under("/api/slipway/v1");
        api.Get<ListEvents, EventsPage>("/events", Right.Audit, "Lists sealed events after a position.", async (caller, request, ct) =>
        {
            var found = await events.After(caller, request.After ?? 0, request.MaxResults ?? PageDefault, ct);
            return new EventsPage([.. found.Select(e => new EventEntry(e.Position!.Value, e.At.ToUnixTimeMilliseconds(), e.Kind, e.Subject, e.Actor, e.Data))]);
        });
        api.Get<VerifyAudit, AuditReport>("/audit/verify", Right.Audit, "Checks the event log against its seals and the anchored heads.",
            async (_, _, ct) => await audit.Verify(ct));
    }
}
