using System.CommandLine;
using System.Text.RegularExpressions;

namespace Slipway.Cli.Commands;

/// <summary>`slipway models codegen`: C# types of a model's rows, for predictions inside a .NET program.</summary>
internal static partial class ModelCodeCommand
{
    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("model") { Description = "NAME@ALIAS or NAME/VERSION." };
        var file = new Option<string?>("--out") { Description = "The file to write; without it the code goes to the terminal.", HelpName = "FILE" };
        var space = new Option<string>("--namespace") { Description = "The namespace of the types.", HelpName = "NAME", DefaultValueFactory = static _ => "Models" };
        var command = new Command("codegen", "Write C# records for a model's input and output, from its signature.") { model, file, space };
        command.SetClientAction(async (parsed, client, ct) =>
        {
            var (text, target) = (parsed.GetValue(model)!, parsed.GetValue(space)!);
            if (!Namespace().IsMatch(target)) throw new CommandFailure(ExitCode.Usage, $"--namespace: expected a namespace such as Shop.Models, got '{target}'.");
            var (at, slash) = (text.LastIndexOf('@'), text.LastIndexOf('/'));
            if (at <= 0 && slash <= 0) throw new CommandFailure(ExitCode.Usage, $"Expected NAME@ALIAS or NAME/VERSION, got '{text}'.");
            var name = text[..(at > 0 ? at : slash)];
            var version = at > 0 ? ((await client.Models.GetAsync(name, ct)).Aliases ?? []).FirstOrDefault(one => string.Equals(one.Alias, text[(at + 1)..], StringComparison.OrdinalIgnoreCase))?.Version
                ?? throw new CommandFailure(ExitCode.Failed, $"'{name}' has no alias '{text[(at + 1)..]}'.") : text[(slash + 1)..];
            var package = await client.Models.PackageAsync(name, version, ct);
            if (package.Inputs is not { Length: > 0 }) throw new CommandFailure(ExitCode.Failed, $"Version {version} of '{name}' has no signature to make types of. Log the model with one, or register an ONNX model.");
            var code = ModelCode.Write(name, version, package, target);
            if (parsed.GetValue(file) is not { } path)
            {
                terminal.Line(code.TrimEnd('\n'));
                return;
            }
            await File.WriteAllTextAsync(path, code, ct);
            terminal.Line($"{path}: {ModelCode.Identifier(name)}Input and {ModelCode.Identifier(name)}Output, from version {version}.");
        });
        return command;
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*\z")]
    private static partial Regex Namespace();
}
