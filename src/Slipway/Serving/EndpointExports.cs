using Slipway.Registry;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Serving;

/// <summary>An endpoint leaves the installation: its versions pass the gates of the place `:export`, and the event log says who took what where.</summary>
internal sealed class EndpointExports(Database db, Endpoints endpoints, Gates gates, RegistryNews news, TimeProvider clock)
{
    /// <summary>The place that policies are attached to.</summary>
    public const string Place = ":export";

    /// <summary>Says that an endpoint is exported now, and what it routes to: fixed versions.</summary>
    public async Task<Outcome<Endpoint>> Export(Caller caller, ExportEndpoint request, CancellationToken ct)
    {
        if (WireCheck.Text(request.Reason, "reason", Endpoint.TextCharsMax) is { } badText) return badText;
        await gates.Settle(ct);
        var found = await endpoints.Get(caller, new EndpointRef(request.Name), ct);
        if (found.Problem is { } unknown) return unknown;
        var (endpoint, now) = (found.Value, clock.GetUtcNow().ToUnixTimeMilliseconds());
        var exported = await db.Write<Endpoint>(session =>
        {
            if (Endpoints.Find(session, caller, request.Name, "", out var row) is { } unseen) return unseen;
            var arms = (endpoint.Arms ?? []).Where(static arm => !arm.Shadow).ToList();
            if (arms.Count == 0) return Problem.Invalid($"The endpoint '{endpoint.Name}' routes to nothing that could be exported.");
            foreach (var (model, number) in arms.Select(static arm => (arm.Model!, arm.Version!)).Distinct())
            {
                if (ModelVersions.Find(session, caller, model, long.Parse(number, System.Globalization.CultureInfo.InvariantCulture), session.Dialect.ForUpdate(), out var version) is { } refused) return refused;
                if (gates.Enter(session, caller, version, (StayKind.Endpoint, Place), now) is { } closed) return closed;
            }
            news.Append(session, caller, "endpoint.exported", row.Subject, EventData.Of(("name", endpoint.Name), ("revision", RegisteredModels.Text(endpoint.Revision)), ("versions", string.Join(", ", arms.Select(static arm => $"{arm.Model}/{arm.Version}"))), ("reason", request.Reason)));
            return endpoint;
        }, ct);
        news.Hint();
        return await gates.Noted(caller, exported, ct);
    }
}
