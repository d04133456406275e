using System.CommandLine;
using Slipway.Jobs;

namespace Slipway.Cli.Commands;

/// <summary>`slipway jobs`: what waits, what failed, and stepping in.</summary>
internal static class JobCommands
{
    public static Command Create(Terminal terminal) => new("jobs", "Show work that waits, runs or failed; retry or cancel it.")
    {
        ClientAction.Options(),
        List(terminal),
        Show(terminal),
        Failures(terminal),
        Retry(terminal),
        Cancel(terminal),
        Schedules(terminal),
    };

    private static Argument<string> Id() => new("id") { Description = "The job's number." };

    private static Option<string?> Kind() => new("--kind") { Description = "Of this kind only, such as webhooks.deliver.", HelpName = "KIND" };

    private static Command List(Terminal terminal)
    {
        var (kind, limit, json) = (Kind(), Listing.Limit(), ClientAction.Json());
        var state = new Option<string?>("--state") { Description = "ready, delayed, running or failed.", HelpName = "STATE" };
        state.AcceptOnlyFromAmong("ready", "delayed", "running", "failed");
        var command = new Command("list", "Say by kind what waits; with --kind or --state list the jobs, the newest first.") { kind, state, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            if (parsed.GetValue(kind) is null && parsed.GetValue(state) is null)
            {
                var queues = await client.Jobs.QueuesAsync(ct);
                if (parsed.GetValue(json)) terminal.Json([.. queues], CliJson.Default.JobQueueSizeArray);
                else terminal.Table(["KIND", "READY", "DELAYED", "RUNNING", "FAILED", "OLDEST DUE"], [.. queues.Select(static queue => (string[])
                    [queue.Kind, $"{queue.Ready}", $"{queue.Delayed}", $"{queue.Running}", $"{queue.Failed}", Time(queue.OldestDueMs)])], 1..5);
                return;
            }
            var most = parsed.GetValue(limit);
            var jobs = await Listing.Take(client.Jobs.ListAsync(parsed.GetValue(kind), parsed.GetValue(state)?.ToUpperInvariant(), Listing.PageSize(most), ct), most, terminal, ct);
            if (parsed.GetValue(json)) terminal.Json([.. jobs], CliJson.Default.JobRecordArray);
            else terminal.Table(["ID", "KIND", "NAME", "STATE", "ATTEMPTS", "DUE", "ERROR"], [.. jobs.Select(static job => (string[])
                [job.Id, job.Kind, job.Name, job.State, job.AttemptsMax is { } last ? $"{job.Attempts} of {last}" : $"{job.Attempts}", Time(job.DueMs), Line(job.Error)])]);
        });
        return command;
    }

    private static Command Show(Terminal terminal)
    {
        var (id, json) = (Id(), ClientAction.Json());
        var command = new Command("show", "Show a job and what went wrong with it.") { id, json };
        command.SetClientAction(async (parsed, client, ct) => Print(terminal, await client.Jobs.GetAsync(parsed.GetValue(id)!, ct), parsed.GetValue(json)));
        return command;
    }

    private static Command Failures(Terminal terminal)
    {
        var (kind, limit, json) = (Kind(), Listing.Limit(), ClientAction.Json());
        var command = new Command("failures", "List attempts that failed, the newest first, also of jobs that ended well since.") { kind, limit, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var most = parsed.GetValue(limit);
            var failures = await Listing.Take(client.Jobs.FailuresAsync(parsed.GetValue(kind), Listing.PageSize(most), ct), most, terminal, ct);
            if (parsed.GetValue(json)) terminal.Json([.. failures], CliJson.Default.JobFailureArray);
            else terminal.Table(["JOB", "KIND", "NAME", "ATTEMPT", "ENDED", "ERROR"], [.. failures.Select(static failure => (string[])
                [failure.JobId, failure.Kind, failure.Name, $"{failure.Attempt}", Time(failure.UntilMs), Line(failure.Error)])]);
        });
        return command;
    }

    private static Command Retry(Terminal terminal)
    {
        var (id, json) = (Id(), ClientAction.Json());
        var command = new Command("retry", "Let a failed job begin anew, or one that waits run now.") { id, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var answer = await client.Jobs.RetryAsync(parsed.GetValue(id)!, ct);
            if (parsed.GetValue(json)) Print(terminal, answer, json: true);
            else terminal.Note($"Job {answer.Job!.Id} ({answer.Job.Kind} {answer.Job.Name}) is due now.");
        });
        return command;
    }

    private static Command Cancel(Terminal terminal)
    {
        var (id, json) = (Id(), ClientAction.Json());
        var command = new Command("cancel", "Take a job away, and stop who works on it.") { id, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var answer = await client.Jobs.CancelAsync(parsed.GetValue(id)!, ct);
            if (parsed.GetValue(json)) Print(terminal, answer, json: true);
            else terminal.Note($"Job {answer.Job!.Id} ({answer.Job.Kind} {answer.Job.Name}) is gone.");
        });
        return command;
    }

    private static Command Schedules(Terminal terminal)
    {
        var json = ClientAction.Json();
        var run = new Option<string?>("--run") { Description = "Begin this schedule's job now.", HelpName = "NAME" };
        var command = new Command("schedules", "List what runs at times of its own.") { run, json };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            if (parsed.GetValue(run) is { } name) await client.Jobs.RunScheduleAsync(name, ct);
            var schedules = await client.Jobs.SchedulesAsync(ct);
            if (parsed.GetValue(json)) terminal.Json([.. schedules], CliJson.Default.JobScheduleRecordArray);
            else terminal.Table(["NAME", "KIND", "WHEN", "NEXT", "LAST"], [.. schedules.Select(static one => (string[])
                [one.Name, one.Kind, one.Cron is { } cron ? $"{cron} {one.TimeZone}" : "every " + Listing.Duration(TimeSpan.FromMilliseconds(one.EveryMs ?? 0)), Time(one.NextMs), Time(one.LastMs)])]);
        });
        return command;
    }

    private static void Print(Terminal terminal, JobAnswer answer, bool json)
    {
        if (json)
        {
            terminal.Json(answer, CliJson.Default.JobAnswer);
            return;
        }
        var job = answer.Job!;
        terminal.Line($"Job {job.Id}: {job.Kind} {job.Name}, {job.State.ToLowerInvariant()}, attempt {job.Attempts}{(job.AttemptsMax is { } last ? $" of {last}" : "")}, due {Time(job.DueMs)}, added {Time(job.CreatedMs)}");
        if (job.Owner is { } owner) terminal.Line($"Held by {owner} until {Time(job.LeaseUntilMs)}");
        if (answer.Failures is { Length: > 0 } failures) terminal.Table(["ATTEMPT", "FROM", "UNTIL", "ERROR"], [.. failures.Select(static failure => (string[])[$"{failure.Attempt}", Time(failure.FromMs), Time(failure.UntilMs), Line(failure.Error)])]);
    }

    private static string Line(string? error) => (error ?? "").ReplaceLineEndings(" ");

    private static string Time(long? ms) => ms is { } known ? Listing.Time(DateTimeOffset.FromUnixTimeMilliseconds(known)) : "";
}
