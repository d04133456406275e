namespace Slipway.Tracking;

/// <summary>
/// What became of an ingest request. A client goes on at <paramref name="Acknowledged"/>, whatever it sent: after a repeat that is further on, after a gap
/// or on a server that was restored from a backup it is further back.
/// </summary>
/// <param name="Acknowledged">Records of this log below this number are in the server for good, each once.</param>
/// <param name="Incarnation">The installation's id. Another one than before: the server was restored, and every log that was acknowledged since the backup must be asked about and shipped again.</param>
/// <param name="RejectedCount">How many records or sections were refused for good; null when none. They are acknowledged: sending them again does not help.</param>
/// <param name="Rejected">The first of them, at most <see cref="IngestFormat.RejectedMax"/>.</param>
public sealed record IngestAnswer(long Acknowledged = 0, string? Incarnation = null, int? RejectedCount = null, IngestRejected[]? Rejected = null);

/// <summary>A record that was refused for good.</summary>
/// <param name="RunId">Of which run.</param>
/// <param name="Key">The metric, param or tag; null when it is about the whole run.</param>
/// <param name="ErrorCode">The wire's code.</param>
/// <param name="Message">A sentence for people.</param>
public sealed record IngestRejected(string? RunId = null, string? Key = null, ErrorCode ErrorCode = ErrorCode.INVALID_PARAMETER_VALUE, string? Message = null);
