using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Slipway.Cli.Commands;

namespace Slipway.Cli;

/// <summary>The table of contents of the command line, and the one place where a failure becomes a sentence and an exit code.</summary>
internal static class CommandLine
{
    public static RootCommand Create(Terminal terminal)
    {
        var root = new RootCommand("Slipway takes a model from experiment to production: one binary, no services.")
        {
            QuickstartCommand.Create(terminal),
            ServerCommand.Create(terminal),
            Experiments.Create(terminal),
            RunCommand.Create(terminal),
            ReproduceCommand.Create(terminal),
            Runs.Create(terminal),
            SyncCommand.Create(terminal),
            MetricsCommand.Create(terminal),
            Commands.Artifacts.Create(terminal), // Slipway.Artifacts is a namespace too
            ImportCommand.Create(terminal),
            RelayCommand.Create(terminal),
            SetupCommand.Create(terminal),
            WhoAmICommand.Create(terminal),
            Members.Create(terminal),
            Groups.Create(terminal),
            RoleCommands.Create(terminal),
            GrantCommands.Create(terminal),
            AccessCommand.Create(terminal),
            TokenCommands.Create(terminal),
            WorkspaceCommands.Create(terminal),
            SecretCommands.Create(terminal),
            ModelCommands.Create(terminal),
            DeployCommand.Create(terminal),
            EndpointCommands.Create(terminal),
            ExportCommand.Create(terminal),
            ServeCommand.Create(terminal),
            GateCommands.Create(terminal),
            PolicyCommands.CreateOwn(terminal),
            ApprovalCommands.Create(terminal),
            JobCommands.Create(terminal),
            WebhookCommands.Create(terminal),
            EvalDatasetCommands.Create(terminal),
            ScoreModelCommand.Create(),
            BatchScoreCommand.Create(terminal),
            LineageCommand.Create(terminal),
            EvidenceCommands.Verify(terminal),
            BackupCommand.Create(terminal),
            RestoreCommand.Create(terminal),
            GcCommand.Create(terminal),
            AuditCommand.Create(terminal),
            PersonalDataCommand.Create(terminal),
            DoctorCommand.Create(terminal),
            InspectModelCommand.Create(),
            Completions.Create(terminal),
        };
        root.SetAction(_ => Overview.Print(terminal, root));
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExitCodes((HelpAction)help.Action!);
        return root;
    }

    /// <summary>Parses, runs, and answers an <see cref="ExitCode"/>. Never throws.</summary>
    public static async Task<int> Run(string[] args, Terminal terminal, CancellationToken ct = default)
    {
        try
        {
            var parsed = Create(terminal).Parse(args);
            if (parsed.Action is ParseErrorAction) return Misunderstood(parsed, terminal);
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null, // Signals says what a signal does.
                Output = terminal.Output,
                Error = terminal.Error,
            };
            using var signals = new Signals(ct);
            return await parsed.InvokeAsync(configuration, signals.Token);
        }
        catch (CommandFailure failure)
        {
            terminal.Fail(failure.Message, failure.Remedy);
            return failure.Code;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            terminal.Fail(fault.Message, "Check the path, its permissions and the space left on the disk.");
            return ExitCode.Failed;
        }
        catch (Exception fault)
        {
            terminal.Fail($"A fault of Slipway, not of yours: {fault}", "Please report it with the lines above and the command you gave.");
            return ExitCode.Failed;
        }
    }

    private static int Misunderstood(ParseResult parsed, Terminal terminal)
    {
        foreach (var error in parsed.Errors.DistinctBy(error => error.Message)) terminal.Fail(error.Message, null);
        terminal.Note($"  See: {string.Join(' ', Path(parsed.CommandResult))} --help");
        return ExitCode.Usage;
    }

    private static Stack<string> Path(CommandResult? command)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = command; at is CommandResult one; at = at.Parent) names.Push(one.Command is RootCommand ? "slipway" : one.Command.Name);
        return names;
    }

    /// <summary>Every help page ends with the exit codes: a script is written from it.</summary>
    private sealed class HelpWithExitCodes(HelpAction inner) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            inner.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Exit codes:");
            foreach (var (code, meaning) in ExitCode.All) output.WriteLine($"  {code,-4} {meaning}");
            return ExitCode.Ok;
        }
    }
}
