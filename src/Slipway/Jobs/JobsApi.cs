using static Slipway.Right;

namespace Slipway.Jobs;

/// <summary>The routes of the queue: looking, and stepping in.</summary>
internal static class JobsApi
{
    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, JobDesk desk)
    {
        Wire.Add(JobsJson.Default);
        const string Jobs = "/api/slipway/v1/jobs";
        routes.Add<ListJobQueues, JobQueuesAnswer>("GET", Jobs + "/queues", Administer, "Says by kind what waits, runs and failed.", desk.Queues);
        routes.Add<ListJobFailures, JobFailuresPage>("GET", Jobs + "/failures", Administer, "Lists attempts that failed.", desk.Failures);
        routes.Add<ListJobSchedules, JobSchedulesAnswer>("GET", Jobs + "/schedules", Administer, "Lists what runs at times of its own.", desk.Schedules);
        routes.Add<JobScheduleRef, Done>("POST", Jobs + "/schedules/{name}/run", Administer, "Runs a schedule's job now.", desk.RunSchedule);
        routes.Add<ListJobs, JobsPage>("GET", Jobs, Administer, "Lists jobs.", desk.List);
        routes.Add<JobRef, JobAnswer>("GET", Jobs + "/{id}", Administer, "Answers a job with its failed attempts.", desk.Get);
        routes.Add<JobRef, JobAnswer>("POST", Jobs + "/{id}/retry", Administer, "Lets a failed job begin anew, or one that waits run now.", desk.Retry);
        routes.Add<JobRef, JobAnswer>("POST", Jobs + "/{id}/cancel", Administer, "Takes a job away, and stops who works on it.", desk.Cancel);
    }
}
