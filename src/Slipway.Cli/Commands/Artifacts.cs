using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway artifacts`: the group.</summary>
internal static class Artifacts
{
    public static Command Create(Terminal terminal) => new("artifacts", "List, download and upload the files of a run.")
    {
        ClientAction.Options(),
        ArtifactsLs.Create(terminal),
        ArtifactsGet.Create(terminal),
        ArtifactsPut.Create(terminal),
    };

    public static Argument<string> Run() => new("run") { Description = "The run's id." };

    public static Argument<string?> Path(string what) => new("path") { Description = what, Arity = ArgumentArity.ZeroOrOne };
}
