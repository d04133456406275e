using System.CommandLine;
using Slipway.Registry;

namespace Slipway.Cli.Commands;

/// <summary>The program that scores models in the sandbox: not for people, so not in the help.</summary>
internal static class ScoreModelCommand
{
    public static Command Create()
    {
        var command = new Command(ScoringProgram.Command, "Scores the model below in/ and writes what comes of it to out/.") { Hidden = true };
        command.SetAction(static _ => ScoringProgram.Run(Directory.GetCurrentDirectory()));
        return command;
    }
}
