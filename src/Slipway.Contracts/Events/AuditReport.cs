using System.Text.Json.Serialization;

namespace Slipway.Events;

/// <summary>What a verification of the event log found.</summary>
/// <param name="Whole">True when nothing is wrong.</param>
/// <param name="Events">Sealed events that were checked.</param>
/// <param name="Seals">Seals that were checked.</param>
/// <param name="Unsealed">Events that still wait for their seal (about a second).</param>
/// <param name="Heads">Anchored heads, kept outside the database, that were compared.</param>
/// <param name="Findings">What is wrong, at most 100 sentences; empty when the log is whole.</param>
public sealed record AuditReport(bool Whole, long Events, long Seals, long Unsealed, long Heads, IReadOnlyList<string> Findings);

/// <summary>A request without fields.</summary>
public sealed record VerifyAudit;

/// <summary>A page of the event log.</summary>
/// <param name="Events">The events, by position.</param>
public sealed record EventsPage(IReadOnlyList<EventEntry> Events);

/// <summary>Which events to list.</summary>
/// <param name="After">Only events after this position; 0 or absent for the first.</param>
/// <param name="MaxResults">At most this many, 1 to 10,000; 1,000 when absent.</param>
public sealed record ListEvents(long? After, int? MaxResults);

/// <summary>One sealed event.</summary>
/// <param name="Position">Its place in the sealed order, from 1, without gaps over all workspaces.</param>
/// <param name="AtMs">When, Unix milliseconds.</param>
/// <param name="Kind">What happened, as `noun.verbed`.</param>
/// <param name="Subject">To what, as `noun/id`.</param>
/// <param name="Actor">Who; absent once erased.</param>
/// <param name="Data">Details as JSON text; absent when there are none or once erased.</param>
public sealed record EventEntry(long Position, long AtMs, string Kind, string Subject, string? Actor, string? Data);

/// <summary>How the records of the event log are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(AuditReport))]
[JsonSerializable(typeof(VerifyAudit))]
[JsonSerializable(typeof(EventsPage))]
[JsonSerializable(typeof(ListEvents))]
public sealed partial class EventsJson : JsonSerializerContext;
