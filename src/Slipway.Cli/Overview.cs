using System.CommandLine;

namespace Slipway.Cli;

/// <summary>`slipway` alone: what there is, and the three lines most people want next.</summary>
internal static class Overview
{
    public static int Print(Terminal terminal, RootCommand root)
    {
        terminal.Line(root.Description!);
        terminal.Line();
        terminal.Line("Start here:");
        terminal.Line("  slipway quickstart     train and track a real model, then look at its runs (about a minute)");
        terminal.Line("  slipway server         serve on http://127.0.0.1:5000, data in ./slipway-data");
        terminal.Line("  export MLFLOW_TRACKING_URI=http://127.0.0.1:5000     and every MLflow client works on");
        terminal.Line();
        terminal.Line("Commands:");
        var width = root.Subcommands.Where(command => !command.Hidden).Max(command => command.Name.Length) + 2;
        foreach (var command in root.Subcommands.Where(command => !command.Hidden))
            terminal.Line($"  {command.Name.PadRight(width)}{command.Description}");
        terminal.Line();
        terminal.Line("slipway COMMAND --help explains each one.");
        return ExitCode.Ok;
    }
}
