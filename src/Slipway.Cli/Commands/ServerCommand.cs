using System.CommandLine;
using Slipway.Server;

namespace Slipway.Cli.Commands;

/// <summary>`slipway server`: every option of the configuration is a flag, a variable and a key in the file.</summary>
internal static class ServerCommand
{
    public static Command Create(Terminal terminal)
    {
        var config = ServerFlags.Config();
        var command = new Command("server", "Serve the tracking API. Options come from flags, then SLIPWAY__ variables, then the configuration file.") { config };
        var flags = ServerFlags.AddTo(command, OptionKeys.All);
        command.SetAction(async (parsed, ct) =>
        {
            NativeHeap.Limit();
            var options = ServerFlags.Read(parsed, flags, parsed.GetValue(config));
            try
            {
                await using var server = await SlipwayServer.Start(options, ct);
                foreach (var url in server.Urls) terminal.Line($"Listening on {url}");
                if (server.SetUpCode is { } code) terminal.Line($"There is no administrator yet. Become the first one, once, within a day: {server.Urls[0]}/setup?code={code}");
                terminal.Output.Flush();
                if (terminal.Interactive) terminal.Line($"Data in {Path.GetFullPath(options.Data)}. Ctrl+C stops.");
                await Stopped(ct);
                await server.Stop(CancellationToken.None);
                return ExitCode.Ok;
            }
            catch (ServerStartException failure)
            {
                throw new CommandFailure(failure.Message.Contains("in use", StringComparison.Ordinal) ? ExitCode.Refused : ExitCode.Failed, failure.Message,
                    "slipway doctor looks at the installation and says how to mend it.");
            }
        });
        return command;
    }

    private static async Task Stopped(CancellationToken ct)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = ct.Register(stopped.SetResult);
        await stopped.Task;
    }
}
