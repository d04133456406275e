using System.Collections.Concurrent;
using System.Diagnostics;

namespace Slipway.Sandbox;

/// <summary>
/// The one thread that starts children. The kernel ends a child with the thread that started it, not with the process (PR_SET_PDEATHSIG), and threads of the pool come and go.
/// </summary>
internal static class SandboxThread
{
    private static readonly BlockingCollection<Action> Waiting = [];

    static SandboxThread() => new Thread(static () =>
    {
        foreach (var start in Waiting.GetConsumingEnumerable()) start();
    })
    { IsBackground = true, Name = "sandbox" }.Start();

    /// <summary>Starts a program there.</summary>
    public static Task<Process> Start(ProcessStartInfo what)
    {
        var done = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Waiting.Add(() =>
        {
            try
            {
                done.SetResult(Process.Start(what)!);
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        return done.Task;
    }
}
