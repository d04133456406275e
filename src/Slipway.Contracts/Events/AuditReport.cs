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

/// <summary>A head of the chain, signed: one line of the anchor file, and what the anchor's webhook receives.</summary>
/// <param name="Seal">The seal's number.</param>
/// <param name="Position">The last position that the seal covers.</param>
/// <param name="Hash">The seal's hash, hexadecimal.</param>
/// <param name="AtMs">When it was sealed, Unix milliseconds.</param>
/// <param name="Signature">ECDSA (P-256, SHA-256) over `slipway-audit-head:SEAL:POSITION:HASH:AT_MS`, base64.</param>
public sealed record AnchoredHead(long Seal, long Position, string Hash, long AtMs, string Signature);

/// <summary>Heads that were kept elsewhere, to be compared with the log.</summary>
/// <param name="Heads">At most 40,000.</param>
public sealed record CompareHeads(AnchoredHead[]? Heads)
{
    /// <summary>The most heads of one comparison.</summary>
    public const int HeadsMax = 40_000;
}

/// <summary>A page of the event log.</summary>
/// <param name="Events">The events, by position.</param>
/// <param name="NextAfter">Ask on with this as `after`; absent at the end. A page may be short or empty and still have one: a request looks at 50,000 positions.</param>
/// <param name="NextBefore">With `newest_first`: ask on with this as `before`; absent at the beginning.</param>
public sealed record EventsPage(IReadOnlyList<EventEntry> Events, long? NextAfter = null, long? NextBefore = null);

/// <summary>Which events to list.</summary>
/// <param name="After">Only events after this position; 0 or absent for the first.</param>
/// <param name="MaxResults">At most this many, 1 to 10,000; 1,000 when absent.</param>
/// <param name="Before">Only events before this position.</param>
/// <param name="Kind">Only this kind, or, up to a dot, kinds that begin with it: `run` takes `run.created` too.</param>
/// <param name="Actor">Only what this one did.</param>
/// <param name="Subject">Only what happened to this, or, up to a slash, to all that begin with it.</param>
/// <param name="Since">Only from this time on, Unix milliseconds.</param>
/// <param name="Until">Only up to before this time, Unix milliseconds.</param>
/// <param name="Refused">True: only refused attempts.</param>
/// <param name="All">True: of all workspaces; for administrators of the installation.</param>
/// <param name="NewestFirst">True: from the newest back.</param>
public sealed record ListEvents(long? After = null, int? MaxResults = null, long? Before = null, string? Kind = null, string? Actor = null, string? Subject = null,
    long? Since = null, long? Until = null, bool? Refused = null, bool? All = null, bool? NewestFirst = null)
{
    /// <summary>The most events of one page.</summary>
    public const int MaxResultsMax = 10_000;

    /// <summary>The most characters of kind, actor and subject.</summary>
    public const int TextCharsMax = 500;
}

/// <summary>One sealed event.</summary>
/// <param name="Position">Its place in the sealed order, from 1, without gaps over all workspaces.</param>
/// <param name="AtMs">When, Unix milliseconds.</param>
/// <param name="Kind">What happened, as `noun.verbed`.</param>
/// <param name="Subject">To what, as `noun/id`.</param>
/// <param name="Actor">Who; absent once erased.</param>
/// <param name="Address">From where; absent for the server's own doing and once erased.</param>
/// <param name="Data">Details as JSON text; absent when there are none or once erased.</param>
/// <param name="Workspace">The key of the workspace, when all of them were asked for.</param>
public sealed record EventEntry(long Position, long AtMs, string Kind, string Subject, string? Actor, string? Address, string? Data, long? Workspace = null);

/// <summary>How the records of the event log are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(AuditReport))]
[JsonSerializable(typeof(VerifyAudit))]
[JsonSerializable(typeof(CompareHeads))]
[JsonSerializable(typeof(EventsPage))]
[JsonSerializable(typeof(EventEntry))]
[JsonSerializable(typeof(ListEvents))]
public sealed partial class EventsJson : JsonSerializerContext;
