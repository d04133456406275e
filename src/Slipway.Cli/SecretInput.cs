using System.CommandLine;
using System.Text;

namespace Slipway.Cli;

/// <summary>
/// Passwords come from a person who types them unseen, or from standard input. Never from the command line: every user of a machine can read
/// the arguments of its processes, and a shell remembers them.
/// </summary>
internal static class SecretInput
{
    public static Option<bool> FromStdin(string lines = "the password") => new("--password-stdin") { Description = $"Read {lines} from standard input, a line each." };

    /// <summary>A new password: typed twice, or a line of standard input.</summary>
    public static string New(Terminal terminal, bool fromStdin, string whose)
    {
        if (fromStdin) return Line(terminal, whose);
        var first = Typed(terminal, $"{whose}: ");
        return Typed(terminal, "Again: ") == first ? first : throw new CommandFailure(ExitCode.Usage, "The two passwords differ.", "Nothing was changed. Try again.");
    }

    /// <summary>A password that is there already: typed once, or a line of standard input.</summary>
    public static string Present(Terminal terminal, bool fromStdin, string whose) => fromStdin ? Line(terminal, whose) : Typed(terminal, $"{whose}: ");

    private static string Line(Terminal terminal, string whose) => terminal.Input.ReadLine() is { Length: > 0 } line
        ? line
        : throw new CommandFailure(ExitCode.Usage, $"Standard input ended before a line for: {whose}.", "One line for each thing that is asked for.");

    private static string Typed(Terminal terminal, string prompt)
    {
        if (terminal.Keys is not { } keys) throw new CommandFailure(ExitCode.Usage, "There is no terminal to ask at.", "Give it on standard input: --password-stdin, or --value-stdin for secrets.");
        terminal.Error.Write(prompt);
        terminal.Error.Flush();
        var typed = new StringBuilder();
        while (true)
        {
            var key = keys();
            if (key is { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control })
            {
                terminal.Note("");
                throw new OperationCanceledException();
            }
            if (key.Key is ConsoleKey.Enter) break;
            if (key.Key is ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(key.KeyChar)) typed.Append(key.KeyChar);
        }
        terminal.Note("");
        return typed.ToString();
    }
}
