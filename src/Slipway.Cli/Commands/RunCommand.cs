using System.CommandLine;
using Slipway.Cli.Track;

namespace Slipway.Cli.Commands;

/// <summary>`slipway run -- COMMAND`: tracks any program in any language.</summary>
internal static class RunCommand
{
    public static Command Create(Terminal terminal)
    {
        var words = new Argument<string[]>("command") { Description = "The program and its arguments, after `--`.", Arity = ArgumentArity.OneOrMore };
        var experiment = new Option<string?>("--experiment") { Description = "The experiment, by name; created if it is not there. Default: MLFLOW_EXPERIMENT_NAME, else MLFLOW_EXPERIMENT_ID, else Default.", HelpName = "NAME" };
        var name = new Option<string?>("--name") { Description = "The run's name. Default: a random one.", HelpName = "NAME" };
        var tag = Listing.Tag();
        var data = new Option<string[]>("--data") { Description = "A file that the program reads: its digest is noted. Repeat for more.", HelpName = "FILE", DefaultValueFactory = _ => [] };
        var bare = new Option<bool>("--no-console") { Description = "Let the program have the terminal itself; its output is not kept." };
        var quiet = new Option<bool>("--quiet") { Description = "Say nothing at the end." };
        var command = new Command("run", "Track any program in any language as a run. Ends with the program's own exit code; 127 when there is no such program.") { words, experiment, name, tag, data, bare, quiet };
        command.Add(ClientAction.Options());
        command.SetAction(async (parsed, _) => await ClientAction.Call(parsed, client =>
        {
            var missing = (parsed.GetValue(data) ?? []).FirstOrDefault(file => !File.Exists(file));
            if (missing is not null) throw new CommandFailure(ExitCode.NotFound, $"--data: there is no file '{missing}'.");
            var named = parsed.GetValue(experiment) ?? Variable("MLFLOW_EXPERIMENT_NAME");
            return new TrackedRun(terminal, client, new TrackedCommand
            {
                Words = parsed.GetValue(words)!,
                Experiment = named ?? (Variable("MLFLOW_EXPERIMENT_ID") is null ? ChildEnvironment.ExperimentDefault : null),
                ExperimentId = named is null ? Variable("MLFLOW_EXPERIMENT_ID") : null,
                Name = parsed.GetValue(name),
                Tags = Listing.Tags(parsed.GetValue(tag)),
                Data = parsed.GetValue(data) ?? [],
                KeepsConsole = !parsed.GetValue(bare),
                Speaks = !parsed.GetValue(quiet),
            }).Run();
        }));
        return command;
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name)?.Trim() is { Length: > 0 } value ? value : null;
}
