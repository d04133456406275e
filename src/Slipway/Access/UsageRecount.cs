using Microsoft.Extensions.Logging;
using Slipway.Jobs;
using Slipway.Storage;

namespace Slipway.Access;

/// <summary>
/// Counts quotas anew now and then. Where several servers write to one database, one of them may have been in the middle of an upload while another set
/// the quota, and that upload is in nobody's count; a single writer (SQLite) cannot miss one.
/// </summary>
internal sealed partial class UsageRecount(Database db, WorkspaceUsage usage, TimeProvider clock, ILogger<UsageRecount> log)
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(6);

    /// <summary>The resident job, or null where nothing can be missed.</summary>
    public JobHandler? Handler => db.Dialect is Dialect.Postgres ? new("access.usage", Run, Resident: true) : null;

    private async Task Run(Lease lease, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(ct))
            if ((await usage.CountAll(ct)).Problem is { } problem) Failed(problem.Message);
    }

    [LoggerMessage(LogLevel.Warning, "What workspaces use of their quotas was not counted anew: {Why}")]
    private partial void Failed(string why);
}
