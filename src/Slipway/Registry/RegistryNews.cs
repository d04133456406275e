using System.Text.Json.Nodes;
using Slipway.Events;
using Slipway.Storage;
using Slipway.Tracking;
using Slipway.Webhooks;

namespace Slipway.Registry;

/// <summary>Says what changed: to the event log, and to webhooks in the reference's words, both in the change's own write.</summary>
internal sealed class RegistryNews(EventLog log, WebhookDeliveries webhooks)
{
    /// <summary>The event log.</summary>
    public EventLog Log => log;

    /// <summary>Writes the event.</summary>
    public void Append(Session session, Caller caller, string kind, string subject, string? data) => log.Append(session, caller, kind, subject, data);

    /// <summary>Tells webhooks of a change with a few fields; absent ones are null, as the reference says them.</summary>
    public void Tell(Session session, Caller caller, string kind, params (string Name, string? Value)[] fields) => webhooks.Tell(session, caller, kind, () => Object(fields));

    /// <summary>Tells webhooks of something new, with its tags.</summary>
    public void TellNew(Session session, Caller caller, string kind, IReadOnlyList<KeyValue> tags, params (string Name, string? Value)[] fields) => webhooks.Tell(session, caller, kind, () =>
    {
        var data = Object(fields);
        var said = new JsonObject();
        foreach (var (key, value) in tags) said[key] = value;
        data["tags"] = said;
        return data;
    });

    /// <summary>After the commit of a write that may have told something.</summary>
    public void Hint() => webhooks.Hint();

    private static JsonObject Object((string Name, string? Value)[] fields)
    {
        var data = new JsonObject();
        foreach (var (name, value) in fields) data[name] = value;
        return data;
    }
}
