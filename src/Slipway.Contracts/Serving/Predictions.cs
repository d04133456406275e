using System.Text.Json;

namespace Slipway.Serving;

/// <summary>GET endpoints/{name}/predictions: the newest first.</summary>
/// <param name="Name">Required; part of the path. The endpoint.</param>
/// <param name="FromMs">Not before, Unix milliseconds.</param>
/// <param name="ToMs">Before, Unix milliseconds.</param>
/// <param name="Version">Of this version alone.</param>
/// <param name="Arm">Of this arm alone.</param>
/// <param name="Status">`ok`, `error`, or a number such as 400.</param>
/// <param name="Key">With this sticky key.</param>
/// <param name="Id">With this id.</param>
/// <param name="Payload">With inputs and outputs.</param>
/// <param name="Format">Of an export: jsonl or csv.</param>
/// <param name="MaxResults">1 to 1,000; 100 if null.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListPredictions(string? Name = null, long? FromMs = null, long? ToMs = null, string? Version = null, string? Arm = null, string? Status = null, string? Key = null, string? Id = null,
    bool? Payload = null, string? Format = null, int? MaxResults = null, string? PageToken = null)
{
    /// <summary>The most predictions of a page.</summary>
    public const int MaxResultsMax = 1_000;
}

/// <summary>A page of predictions.</summary>
/// <param name="Predictions">The newest first.</param>
/// <param name="NextPageToken">Null on the last page; a page may hold fewer than asked for and still be followed by another.</param>
public sealed record PredictionsPage(PredictionRecord[]? Predictions = null, string? NextPageToken = null);

/// <summary>Names one prediction.</summary>
/// <param name="Id">Required; part of the path. The request's id.</param>
/// <param name="Endpoint">Where two endpoints saw the same id.</param>
public sealed record PredictionRef(string? Id = null, string? Endpoint = null);

/// <summary>A prediction as it was logged.</summary>
public sealed record PredictionRecord
{
    /// <summary>The request's id.</summary>
    public string Id { get; init; } = "";

    /// <summary>When, Unix milliseconds.</summary>
    public long AtMs { get; init; }

    /// <summary>The endpoint.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>The arm that answered.</summary>
    public string Arm { get; init; } = "";

    /// <summary>The registered model.</summary>
    public string Model { get; init; } = "";

    /// <summary>Its version.</summary>
    public string Version { get; init; } = "";

    /// <summary>By which protocol it was asked.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>As HTTP says it; 200 when it was answered.</summary>
    public int Status { get; init; }

    /// <summary>What went wrong.</summary>
    public string? Error { get; init; }

    /// <summary>The sticky key.</summary>
    public string? Key { get; init; }

    /// <summary>The W3C trace.</summary>
    public string? TraceId { get; init; }

    /// <summary>Rows asked for.</summary>
    public int Rows { get; init; }

    /// <summary>Microseconds until the body was read.</summary>
    public int ParseUs { get; init; }

    /// <summary>Microseconds until the model began.</summary>
    public int QueueUs { get; init; }

    /// <summary>Microseconds in the model.</summary>
    public int RunUs { get; init; }

    /// <summary>True where inputs and outputs were too large to log.</summary>
    public bool Cut { get; init; }

    /// <summary>What went in, where it was asked for.</summary>
    public PredictionColumn[]? Inputs { get; init; }

    /// <summary>What came out.</summary>
    public PredictionColumn[]? Outputs { get; init; }

    /// <summary>Of an export: what came of it.</summary>
    public PredictionOutcome[]? Outcomes { get; init; }
}

/// <summary>The values of a column in one prediction.</summary>
/// <param name="Name">The column or tensor.</param>
/// <param name="Type">float, double, long, boolean or string.</param>
/// <param name="Shape">Where there is more than one value a row: the dimensions, rows first.</param>
/// <param name="Values">A flat list, row by row.</param>
public sealed record PredictionColumn(string Name, string Type, long[]? Shape, JsonElement Values);

/// <summary>One prediction, and all that hangs on it.</summary>
/// <param name="Value">The prediction; null when it is not in the log.</param>
/// <param name="Outcomes">What came of it.</param>
/// <param name="Model">The version that made it; null when it is gone, or the caller may not see it.</param>
/// <param name="Approvals">What was decided about that version.</param>
/// <param name="Lineage">Where the graph of causes begins.</param>
/// <param name="Logged">False when only outcomes are known.</param>
public sealed record PredictionDetail([property: System.Text.Json.Serialization.JsonPropertyName("prediction")] PredictionRecord? Value, PredictionOutcome[] Outcomes, PredictionModel? Model, PredictionApproval[] Approvals, string? Lineage, bool Logged);

/// <summary>The version behind a prediction.</summary>
/// <param name="Name">The registered model.</param>
/// <param name="Version">Its version.</param>
/// <param name="RunId">The run that made it.</param>
/// <param name="Source">Where its files came from.</param>
/// <param name="Datasets">Names and digests of what the run was trained on.</param>
public sealed record PredictionModel(string Name, string Version, string? RunId, string? Source, PredictionDataset[]? Datasets = null);

/// <summary>Data that a model was made of.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="Context">training, validation...</param>
public sealed record PredictionDataset(string Name, string Digest, string? Context);

/// <summary>A decision about the version behind a prediction.</summary>
/// <param name="Actor">Who.</param>
/// <param name="Decision">approved or rejected.</param>
/// <param name="AtMs">When.</param>
/// <param name="Comment">Why.</param>
public sealed record PredictionApproval(string Actor, string Decision, long AtMs, string? Comment);

/// <summary>What was reported of one prediction.</summary>
/// <param name="RequestId">The prediction's id.</param>
/// <param name="Row">Which row of a batch.</param>
/// <param name="Name">Which outcome.</param>
/// <param name="Value">A number.</param>
/// <param name="Label">A class.</param>
/// <param name="Reward">For bandits and analyses.</param>
/// <param name="AtMs">When it happened.</param>
/// <param name="ReceivedMs">When the server heard of it.</param>
/// <param name="Actor">Who said so.</param>
public sealed record PredictionOutcome(string RequestId, int Row, string Name, double? Value, string? Label, double? Reward, long AtMs, long ReceivedMs, string Actor);

/// <summary>POST /api/feedback: one outcome, or many.</summary>
/// <param name="RequestId">The prediction's id; at most 200 characters.</param>
/// <param name="Row">Which row of a batch; 0 if null.</param>
/// <param name="Name">Which outcome; `outcome` if null, at most 100 characters.</param>
/// <param name="Value">A number.</param>
/// <param name="Label">A class; at most 500 characters.</param>
/// <param name="Reward">For bandits and analyses.</param>
/// <param name="AtMs">When it happened, Unix milliseconds; now if null.</param>
/// <param name="Outcomes">Many at once, in place of the fields above.</param>
public sealed record PostFeedback(string? RequestId = null, int? Row = null, string? Name = null, double? Value = null, string? Label = null, double? Reward = null, long? AtMs = null, PostedOutcome[]? Outcomes = null)
{
    /// <summary>The most outcomes of one request.</summary>
    public const int OutcomesMax = 10_000;

    /// <summary>The longest id, in characters.</summary>
    public const int IdCharsMax = 200;

    /// <summary>The longest name, in characters.</summary>
    public const int NameCharsMax = 100;

    /// <summary>The longest label, in characters.</summary>
    public const int LabelCharsMax = 500;

    /// <summary>The name of an outcome that has none.</summary>
    public const string NameDefault = "outcome";
}

/// <summary>One of many outcomes.</summary>
/// <param name="RequestId">The prediction's id.</param>
/// <param name="Row">Which row of a batch; 0 if null.</param>
/// <param name="Name">Which outcome; `outcome` if null.</param>
/// <param name="Value">A number.</param>
/// <param name="Label">A class.</param>
/// <param name="Reward">For bandits and analyses.</param>
/// <param name="AtMs">When it happened, Unix milliseconds; now if null.</param>
public sealed record PostedOutcome(string? RequestId = null, int? Row = null, string? Name = null, double? Value = null, string? Label = null, double? Reward = null, long? AtMs = null);

/// <summary>What became of posted outcomes.</summary>
/// <param name="Accepted">New ones.</param>
/// <param name="Duplicates">Those that were known just so, or are older than what is known.</param>
/// <param name="Replaced">Those that took an older one's place.</param>
/// <param name="Unknown">Of the accepted and replaced ones, those whose prediction is not in the log now; they are kept and join when it comes.</param>
public sealed record FeedbackAnswer(int Accepted, int Duplicates, int Replaced, int Unknown);

/// <summary>Names an endpoint.</summary>
/// <param name="Name">Required; part of the path.</param>
public sealed record LoggedEndpointRef(string? Name = null);

/// <summary>PUT endpoints/{name}/prediction-log: fields that are absent stay as they are.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Enabled">False logs nothing.</param>
/// <param name="Payload">False leaves inputs and outputs out.</param>
/// <param name="Sample">The share of requests, 0 to 1.</param>
/// <param name="KeepDays">1 to 3,650.</param>
/// <param name="Columns">By column: drop, hash or mask. Replaces all.</param>
/// <param name="CloudEventsUrl">Where every record is sent; empty for nowhere.</param>
public sealed record SetPredictionLog(string? Name = null, bool? Enabled = null, bool? Payload = null, double? Sample = null, int? KeepDays = null, Dictionary<string, string>? Columns = null, string? CloudEventsUrl = null)
{
    /// <summary>How long predictions are kept at most, in days.</summary>
    public const int KeepDaysMax = 3_650;

    /// <summary>The most columns with a rule.</summary>
    public const int ColumnsMax = 1_000;
}

/// <summary>What is logged of an endpoint.</summary>
/// <param name="Endpoint">Its name.</param>
/// <param name="Enabled">Whether.</param>
/// <param name="Payload">With inputs and outputs.</param>
/// <param name="Sample">The share of requests.</param>
/// <param name="KeepDays">How long.</param>
/// <param name="Columns">What is done to columns.</param>
/// <param name="CloudEventsUrl">Where records are sent.</param>
/// <param name="Counts">Of this server since its start.</param>
public sealed record PredictionLogSettings(string Endpoint, bool Enabled, bool Payload, double Sample, int KeepDays, Dictionary<string, string> Columns, string? CloudEventsUrl, PredictionLogCounts? Counts);

/// <summary>What became of records.</summary>
/// <param name="Logged">Written.</param>
/// <param name="SampledOut">Left out by the sample.</param>
/// <param name="LostFull">Found no room in memory.</param>
/// <param name="LostLarge">Their inputs and outputs were too large; written without.</param>
/// <param name="LostWrite">The store refused for too long.</param>
/// <param name="PendingBytes">Of the whole server.</param>
/// <param name="CloudEventsSent">Records sent.</param>
/// <param name="CloudEventsLost">Records not sent.</param>
public sealed record PredictionLogCounts(long Logged, long SampledOut, long LostFull, long LostLarge, long LostWrite, long PendingBytes, long CloudEventsSent, long CloudEventsLost);

/// <summary>What the log took of a segment.</summary>
/// <param name="Logged">Records.</param>
/// <param name="Duplicate">True when it was there already.</param>
public sealed record SegmentTaken(int Logged, bool Duplicate);

/// <summary>The last minutes of an endpoint on this server.</summary>
/// <param name="Endpoint">Its name.</param>
/// <param name="NowMs">When, Unix milliseconds.</param>
/// <param name="Arms">Each arm that answered in the last five minutes.</param>
public sealed record LiveEndpoint(string Endpoint, long NowMs, LiveArm[] Arms);

/// <summary>The last minutes of an arm.</summary>
/// <param name="Arm">Its name.</param>
/// <param name="Model">The registered model.</param>
/// <param name="Version">Its version.</param>
/// <param name="RequestsPerSecond">Of the last minute.</param>
/// <param name="ErrorsPerSecond">Of the last minute.</param>
/// <param name="Requests">Of the last minute.</param>
/// <param name="Errors">Of the last minute.</param>
/// <param name="P50Us">Half of the requests took less, microseconds.</param>
/// <param name="P90Us">Nine in ten.</param>
/// <param name="P99Us">99 in 100.</param>
/// <param name="RunP50Us">The model alone.</param>
/// <param name="RunP99Us">The model alone.</param>
/// <param name="Rates">Requests of each of the last 300 seconds, oldest first.</param>
/// <param name="ErrorRates">Errors of each.</param>
public sealed record LiveArm(string Arm, string Model, string Version, double RequestsPerSecond, double ErrorsPerSecond, long Requests, long Errors, double? P50Us, double? P90Us, double? P99Us, double? RunP50Us, double? RunP99Us,
    int[] Rates, int[] ErrorRates);
