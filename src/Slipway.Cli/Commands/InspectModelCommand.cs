using System.CommandLine;
using Slipway.Registry;

namespace Slipway.Cli.Commands;

/// <summary>`slipway inspect-model`, hidden: what the server starts in its sandbox to look into the files of models. It works in the folder that it is started in.</summary>
internal static class InspectModelCommand
{
    public static Command Create()
    {
        var what = new Argument<string[]>("what") { Arity = ArgumentArity.OneOrMore };
        var command = new Command(Inspector.Command, "Looks into the files below in/ and writes what it sees to out/.") { what };
        command.Hidden = true;
        command.SetAction(parsed => Inspector.Run(parsed.GetValue(what)!, Directory.GetCurrentDirectory()));
        return command;
    }
}
