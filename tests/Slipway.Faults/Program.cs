using Slipway.Faults.Clients;
using Slipway.Faults.Durability;
using Slipway.Faults.Kills;
using Slipway.Faults.Predictions;

namespace Slipway.Faults;

/// <summary>Runs the tests; or, started by one of them, plays the process that is recorded.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args is ["durability-load", var folder, var seed, var rounds])
        {
            await new DurabilityLoad(folder, int.Parse(seed), int.Parse(rounds)).Run();
            return 0;
        }
        if (args is ["train", var logs, var url, var run, var threads, var steps, var pauseEvery])
        {
            await Training.Run(logs, url, run, int.Parse(threads), int.Parse(steps), int.Parse(pauseEvery));
            return 0;
        }
        if (args is ["work-jobs", var database])
        {
            await JobWorker.Run(database);
            return 0;
        }
        if (args is ["swap-models", var cycles])
        {
            await ModelChurn.Run(int.Parse(cycles));
            return 0;
        }
        return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
            ? await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, (_, _) => { })
            : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
    }
}
