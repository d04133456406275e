using Slipway.Jobs;

namespace Slipway.Tests.Server;

/// <summary>Tells tests whenever a job of a server ended, so that they look then and not by the clock.</summary>
internal sealed class JobEnds
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Watches the jobs of a server that is not started yet; loops never end.</summary>
    public void Watch(List<JobHandler> handlers)
    {
        for (var i = 0; i < handlers.Count; i++)
        {
            var handler = handlers[i];
            if (handler.Resident) continue;
            handlers[i] = handler with
            {
                Run = async (lease, ct) =>
                {
                    try
                    {
                        await handler.Run(lease, ct);
                    }
                    finally
                    {
                        Interlocked.Exchange(ref next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
                    }
                },
            };
        }
    }

    /// <summary>Looks now, and after every job that ends, until there is something; what a job says of its end has to be written by the job itself.</summary>
    public async Task<T> Until<T>(Func<Task<T?>> look) where T : class
    {
        while (true)
        {
            var ended = Volatile.Read(ref next).Task;
            if (await look() is { } found) return found;
            await ended.WaitAsync(Longest);
        }
    }
}
