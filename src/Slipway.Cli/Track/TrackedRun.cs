using System.Diagnostics;
using Slipway.Client;

namespace Slipway.Cli.Track;

/// <summary>
/// Runs a command as a run: notes what it is before and while it works, sends what it printed and how it ended. Nothing that goes wrong with the
/// tracking reaches the command, and its exit code is the answer.
/// </summary>
internal sealed class TrackedRun(Terminal terminal, SlipwayClient client, TrackedCommand command)
{
    /// <summary>How long facts that are still being gathered when the command has ended are waited for.</summary>
    private static readonly TimeSpan FactsWait = TimeSpan.FromSeconds(30);

    /// <summary>Runs it to its end.</summary>
    /// <returns>Its exit code; what shells answer when it cannot be started.</returns>
    /// <exception cref="SlipwayException">The server refuses the experiment or the run; nothing was started. A server that is away is no obstacle.</exception>
    public async Task<int> Run()
    {
        var program = ProgramPath.Find(command.Words[0], Environment.GetEnvironmentVariable("PATH"), command.Folder);
        using var relay = new SignalRelay();
        var watch = Stopwatch.StartNew();
        await using var run = await Start();
        var facts = new RunFacts(run, command, program, terminal.Note);
        await facts.Before();
        if (relay.Ending is not 0 and var early)
        {
            await Finish(run, RunStatus.Killed);
            return 128 + early;
        }

        using var record = command.KeepsConsole ? Record() : null;
        var environment = ChildEnvironment.Of(client, run, command, terminal.Interactive);
        var (code, noting) = await Work(program, environment, record, relay, facts, run);

        var status = StatusOf(code, relay.Ending);
        run.SetTag(TrackedCommand.ExitCodeTag, code.ToString());
        if (await Task.WhenAny(noting, Task.Delay(FactsWait)) != noting) terminal.Note("slipway: packages are not noted: reading them takes too long.");
        if (record is not null) await Send(run, record);
        await Finish(run, status);
        if (command.Speaks) Tell(run, status, code, watch.Elapsed);
        return code;
    }

    /// <summary>How a run ended, by its exit code and by the signal that asked for its end (0 for none).</summary>
    public static RunStatus StatusOf(int code, int asked) => code switch
    {
        0 => RunStatus.Finished,
        129 or 130 or 131 or 137 or 143 => RunStatus.Killed, // HUP, INT, QUIT, KILL, TERM: from outside. A crash (SEGV, ABRT) is a failure.
        _ => asked != 0 ? RunStatus.Killed : RunStatus.Failed,
    };

    private async Task<ActiveRun> Start()
    {
        var options = new RunOptions
        {
            Name = command.Name,
            Tags = new Dictionary<string, string>(command.Tags) { ["mlflow.source.name"] = TrackedCommand.Shown(command.Words.Take(1)), ["mlflow.source.type"] = "LOCAL" },
            ParentRunId = Environment.GetEnvironmentVariable(ChildEnvironment.RunId) is { Length: 32 } parent ? parent : null,
            Capture = Captures.System,
        };
        return command.ExperimentId is { } id ? await client.StartRunInAsync(id, options) : await client.StartRunAsync(command.Experiment ?? ChildEnvironment.ExperimentDefault, options);
    }

    private async Task<(int Code, Task Noting)> Work(string program, IReadOnlyDictionary<string, string?> environment, ConsoleRecord? record, SignalRelay relay, RunFacts facts, ActiveRun run)
    {
        try
        {
            using var child = ChildProcess.Start(program, command.Words.Skip(1), command.Folder, environment, terminal, record);
            relay.Attach(child.Id);
            var noting = facts.During();
            var code = await child.Ended();
            relay.Detach();
            return (code, noting);
        }
        catch (CommandFailure)
        {
            await Finish(run, RunStatus.Failed);
            throw;
        }
    }

    private ConsoleRecord? Record()
    {
        try
        {
            return new ConsoleRecord(Path.Combine(Path.GetTempPath(), $"slipway-console-{Guid.NewGuid():N}"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            terminal.Note($"slipway: the output is not kept: {fault.Message}");
            return null;
        }
    }

    private async Task Send(ActiveRun run, ConsoleRecord record)
    {
        if (record.Fault is { } fault) terminal.Note($"slipway: the output is not kept whole: {fault}");
        if (record.Written == 0) return;
        var copy = Path.Combine(Path.GetTempPath(), $"slipway-console-{Guid.NewGuid():N}");
        try
        {
            await using (var whole = new FileStream(copy, FileMode.CreateNew, FileAccess.Write)) record.CopyTo(whole);
            await run.LogArtifactAsync(copy, Slipway.Client.Capture.RunCapture.ConsoleName);
        }
        catch (Exception lost) when (lost is SlipwayException or IOException or UnauthorizedAccessException)
        {
            terminal.Note($"slipway: the output is not kept: {lost.Message}");
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private async Task Finish(ActiveRun run, RunStatus status)
    {
        try
        {
            await run.FinishAsync(status);
        }
        catch (SlipwayException refused)
        {
            terminal.Note($"slipway: {refused.Message}");
        }
    }

    private void Tell(ActiveRun run, RunStatus status, int code, TimeSpan took) =>
        terminal.Note($"slipway: run {run.Id} ({run.Name}) {status.ToString().ToUpperInvariant()}, exit code {code}, {Listing.Duration(took)}{(run.IsStored ? "" : ", waits on this machine for the server")}");
}
