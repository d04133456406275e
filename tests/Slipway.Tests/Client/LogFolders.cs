using System.Runtime.CompilerServices;

namespace Slipway.Tests.Client;

/// <summary>No test logs into the folder of whoever runs the tests.</summary>
internal static class LogFolders
{
    [ModuleInitializer]
    internal static void Own()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-test-logs-").FullName;
        Environment.SetEnvironmentVariable("SLIPWAY_LOG_DIR", folder);
        Environment.SetEnvironmentVariable("SLIPWAY_CAPTURE", "none"); // Tests that mean it say so.
        Environment.SetEnvironmentVariable("MLFLOW_RUN_ID", null);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
    }
}
