using System.CommandLine;
using Slipway.Cli.Reproduce;
using Slipway.Cli.Track;
using Slipway.Client.Capture;

namespace Slipway.Cli.Commands;

/// <summary>`slipway reproduce RUN`: what is not as it was, the run's code in a folder of its own, and its command once more.</summary>
internal static class ReproduceCommand
{
    /// <summary>The longest cell of the table, in characters; --json prints all.</summary>
    private const int CellCharsMax = 100;

    public static Command Create(Terminal terminal)
    {
        var which = new Argument<string>("run") { Description = "The run's id." };
        var words = new Argument<string[]>("command") { Description = "Run this, after `--`, instead of the run's own command.", Arity = ArgumentArity.ZeroOrMore };
        var checkout = new Option<string?>("--checkout") { Description = "Make a git worktree of the run's commit there, with its uncommitted changes, and run its command in it (asks first).", HelpName = "DIR" };
        var yes = new Option<bool>("--yes") { Description = "Run the command without asking." };
        var json = ClientAction.Json();
        var command = new Command("reproduce", "Show what is not as it was when a run ran: code, packages, environment, machine, data. Check its code out and run it again.") { which, words, checkout, yes, json };
        command.Add(ClientAction.Options());
        command.SetAction(async (parsed, ct) => await ClientAction.Call(parsed, async client =>
        {
            if (parsed.GetValue(checkout) is null && (parsed.GetValue(yes) || parsed.GetValue(words) is { Length: > 0 }))
                throw new CommandFailure(ExitCode.Usage, "--yes and a command go with --checkout DIR: a run is run again in a folder of its own.");
            var run = await RecordedRun.Read(client, parsed.GetValue(which)!, ct);
            var here = Environment.CurrentDirectory;
            var report = await new ThenAndNow(run).Look(here, ct);
            if (parsed.GetValue(json)) terminal.Json(report, CliJson.Default.ReproduceReport);
            else Print(terminal, report);
            if (parsed.GetValue(checkout) is not { } target) return ExitCode.Ok;

            var work = await Checkout.Make(run, here, target, ct);
            terminal.Note($"The run's code is in {Path.GetFullPath(target)}. When it is not needed any more: git worktree remove --force {TrackedCommand.Shown([Path.GetFullPath(target)])}");
            var again = Again(run, parsed.GetValue(words) is { Length: > 0 } given ? given : run.Command, work);
            if (!parsed.GetValue(yes) && !Asked(terminal, run, again)) return ExitCode.Ok;
            return await new TrackedRun(terminal, client, again).Run();
        }));
        return command;
    }

    private static TrackedCommand Again(RecordedRun run, string[]? words, string folder)
    {
        if (words is null) throw new CommandFailure(ExitCode.Failed, $"Run {run.Run.Id} does not say what was run.", "Give the command after `--`.");
        if (words.Any(word => word.Contains(Secrets.Mask, StringComparison.Ordinal)))
            throw new CommandFailure(ExitCode.Refused, $"The run's command holds secrets, which were not kept: {TrackedCommand.Shown(words)}", "Give the whole command after `--`.");
        return new TrackedCommand
        {
            Words = words,
            Folder = folder,
            ExperimentId = run.Run.ExperimentId,
            Name = run.Run.Name,
            Tags = new Dictionary<string, string> { [TrackedCommand.OriginTag] = run.Run.Id },
            Data = [.. run.Run.Datasets.Select(used => new DataFile(used.Dataset).Path).OfType<string>().Where(File.Exists).Distinct()],
            // Seeds that a program takes from its environment are part of what was run.
            Variables = (run.Program?.Variables ?? []).Where(pair => Seeds.Find([""], [pair]).Count > 0).ToDictionary(),
        };
    }

    /// <summary>Whether a person says yes. The command comes from a server: whoever may write there may have written it.</summary>
    private static bool Asked(Terminal terminal, RecordedRun run, TrackedCommand again)
    {
        terminal.Note($"In {again.Folder}{Environment.NewLine}  {TrackedCommand.Shown(again.Words)}");
        if (terminal.Keys is null)
        {
            terminal.Note("Not run: nobody is here to be asked. Give --yes to run it.");
            return false;
        }
        terminal.Error.Write($"Run this command of {run.Run.Tags.GetValueOrDefault("mlflow.user", "somebody")} as you, with the changes above? [y/N] ");
        return terminal.Input.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    private static void Print(Terminal terminal, ReproduceReport report)
    {
        if (report.Differences.Count > 0)
            terminal.Table(["WHAT", "NAME", "THEN", "NOW"], [.. report.Differences.Select(one => (string[])[one.What, Cell(one.Name), Cell(one.Then ?? "-"), Cell(one.Now ?? "-")])]);
        else terminal.Line(report.Compared.Count > 0 ? "Everything that was compared is as it was." : "Nothing could be compared.");
        if (report.Compared.Count > 0) terminal.Note($"Compared: {string.Join(", ", report.Compared)}.");
        foreach (var not in report.NotCompared) terminal.Note($"Not compared: {not}.");
    }

    // What comes from a server must not move the cursor of a terminal.
    private static string Cell(string text)
    {
        var plain = string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));
        return plain.Length <= CellCharsMax ? plain : plain[..(CellCharsMax - 3)] + "...";
    }
}
