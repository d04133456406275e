namespace Slipway.Cli;

/// <summary>Ends a command with a code and a sentence; caught in one place, <see cref="CommandLine"/>.</summary>
/// <param name="code">One of <see cref="ExitCode"/>.</param>
/// <param name="message">What was wrong, where, and what was expected.</param>
/// <param name="remedy">What to do next, if there is something to do.</param>
internal sealed class CommandFailure(int code, string message, string? remedy = null) : Exception(message)
{
    public int Code { get; } = code;

    public string? Remedy { get; } = remedy;
}
