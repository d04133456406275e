using System.CommandLine;

namespace Slipway.Cli.Commands;

/// <summary>`slipway completions SHELL`: a script that asks the binary itself what may come next, so it is never out of date.</summary>
internal static class Completions
{
    private const string Bash = """
        # slipway completions for bash. Once: slipway completions bash > ~/.local/share/bash-completion/completions/slipway
        _slipway() {
            local IFS=$'\n'
            COMPREPLY=( $(slipway "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null | grep -- "^${COMP_WORDS[COMP_CWORD]}") )
        }
        complete -o default -F _slipway slipway
        """;

    private const string Zsh = """
        #compdef slipway
        # slipway completions for zsh. Once: slipway completions zsh > "${fpath[1]}/_slipway"
        _slipway() {
            local -a words_found
            words_found=( ${(f)"$(slipway "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)"} )
            compadd -a words_found || _files
        }
        compdef _slipway slipway
        """;

    private const string Fish = """
        # slipway completions for fish. Once: slipway completions fish > ~/.config/fish/completions/slipway.fish
        complete -c slipway -a '(slipway "[suggest:"(commandline -C)"]" (commandline -cp | string collect) 2>/dev/null)'
        """;

    private const string Pwsh = """
        # slipway completions for PowerShell. Once: slipway completions pwsh >> $PROFILE
        Register-ArgumentCompleter -Native -CommandName slipway -ScriptBlock {
            param($word, $line, $position)
            slipway "[suggest:$position]" "$line" 2>$null | Where-Object { $_ -like "$word*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }
        }
        """;

    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        var command = new Command("completions", "Print a script that completes commands in your shell.") { shell };
        command.SetAction(parsed => terminal.Line(Script(parsed.GetValue(shell)!)));
        return command;
    }

    private static string Script(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        "fish" => Fish,
        _ => Pwsh,
    };
}
