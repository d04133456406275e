namespace Slipway.Jobs;

/// <summary>GET jobs/queues: nothing to say.</summary>
public sealed record ListJobQueues;

/// <summary>What waits, by kind.</summary>
/// <param name="Queues">Every kind that this server runs or that has jobs, by name.</param>
public sealed record JobQueuesAnswer(JobQueueSize[]? Queues = null);

/// <summary>The jobs of one kind.</summary>
/// <param name="Kind">Which kind.</param>
/// <param name="Ready">Due, and waiting for a place.</param>
/// <param name="Delayed">Waiting for their time, or for another attempt.</param>
/// <param name="Running">Held by a server.</param>
/// <param name="Failed">Given up.</param>
/// <param name="OldestDueMs">Since when the one that waits longest has been due, Unix milliseconds; null when none is.</param>
/// <param name="Resident">True for a loop of the server.</param>
/// <param name="DoneHere">How many this server did since it began.</param>
/// <param name="FailedHere">How many attempts failed on this server since it began.</param>
public sealed record JobQueueSize(string Kind, long Ready, long Delayed, long Running, long Failed, long? OldestDueMs, bool Resident, long DoneHere, long FailedHere);

/// <summary>GET jobs: the newest first.</summary>
/// <param name="Kind">Of this kind only.</param>
/// <param name="State">READY, DELAYED, RUNNING or FAILED.</param>
/// <param name="MaxResults">1 to <see cref="MaxResultsMax"/>, <see cref="MaxResultsDefault"/> if null.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListJobs(string? Kind = null, string? State = null, int? MaxResults = null, string? PageToken = null)
{
    /// <summary>The page if none is asked for.</summary>
    public const int MaxResultsDefault = 100;

    /// <summary>The largest page.</summary>
    public const int MaxResultsMax = 1_000;
}

/// <summary>One page of jobs.</summary>
/// <param name="Jobs">The newest first.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record JobsPage(JobRecord[]? Jobs = null, string? NextPageToken = null);

/// <summary>A job.</summary>
/// <param name="Id">Its number, never given again.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Unique within its kind.</param>
/// <param name="State">READY, DELAYED, RUNNING or FAILED.</param>
/// <param name="Priority">1 high, 0 normal, -1 low.</param>
/// <param name="Attempts">How many attempts began.</param>
/// <param name="AttemptsMax">How many there are; null for a loop, which has no end of them.</param>
/// <param name="DueMs">When it is due, or was, Unix milliseconds.</param>
/// <param name="CreatedMs">When it was added.</param>
/// <param name="Owner">The server that holds it.</param>
/// <param name="LeaseUntilMs">Until when, unless it holds it for longer.</param>
/// <param name="Error">Why the last attempt failed.</param>
/// <param name="Resident">True for a loop of the server.</param>
public sealed record JobRecord(string Id, string Kind, string Name, string State, int Priority, long Attempts, long? AttemptsMax, long DueMs, long CreatedMs, string? Owner, long? LeaseUntilMs, string? Error, bool Resident);

/// <summary>Names one job.</summary>
/// <param name="Id">Required; part of the path.</param>
public sealed record JobRef(string? Id = null);

/// <summary>One job with what went wrong.</summary>
/// <param name="Job">The job.</param>
/// <param name="Payload">What its handler is told, JSON.</param>
/// <param name="Failures">Its newest failed attempts, the newest first.</param>
public sealed record JobAnswer(JobRecord? Job = null, string? Payload = null, JobFailure[]? Failures = null);

/// <summary>GET jobs/failures: the newest first.</summary>
/// <param name="Kind">Of this kind only.</param>
/// <param name="MaxResults">1 to <see cref="ListJobs.MaxResultsMax"/>, <see cref="ListJobs.MaxResultsDefault"/> if null.</param>
/// <param name="PageToken">The last answer's next_page_token.</param>
public sealed record ListJobFailures(string? Kind = null, int? MaxResults = null, string? PageToken = null);

/// <summary>One page of failed attempts.</summary>
/// <param name="Failures">The newest first.</param>
/// <param name="NextPageToken">Null on the last page.</param>
public sealed record JobFailuresPage(JobFailure[]? Failures = null, string? NextPageToken = null);

/// <summary>An attempt that failed.</summary>
/// <param name="JobId">Of which job; it may be gone since.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name.</param>
/// <param name="Attempt">From 1.</param>
/// <param name="Owner">The server that tried.</param>
/// <param name="FromMs">When it began, Unix milliseconds; null when nobody knows.</param>
/// <param name="UntilMs">When it ended.</param>
/// <param name="Error">Why.</param>
public sealed record JobFailure(string JobId, string Kind, string Name, long Attempt, string Owner, long? FromMs, long UntilMs, string Error);

/// <summary>GET jobs/schedules: nothing to say.</summary>
public sealed record ListJobSchedules;

/// <summary>What runs at times of its own.</summary>
/// <param name="Schedules">By name.</param>
public sealed record JobSchedulesAnswer(JobScheduleRecord[]? Schedules = null);

/// <summary>A schedule: either cron in a time zone, or an interval.</summary>
/// <param name="Name">Its name, and that of its jobs.</param>
/// <param name="Kind">What it begins.</param>
/// <param name="Cron">The expression, or null.</param>
/// <param name="TimeZone">The expression's zone.</param>
/// <param name="EveryMs">The interval in milliseconds, or null.</param>
/// <param name="NextMs">When it is due next, Unix milliseconds.</param>
/// <param name="LastMs">When it was last.</param>
public sealed record JobScheduleRecord(string Name, string Kind, string? Cron, string? TimeZone, long? EveryMs, long NextMs, long? LastMs);

/// <summary>Names one schedule.</summary>
/// <param name="Name">Required; part of the path.</param>
public sealed record JobScheduleRef(string? Name = null);
