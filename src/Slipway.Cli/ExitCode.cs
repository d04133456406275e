namespace Slipway.Cli;

/// <summary>What the process answers its caller. Scripts rely on the numbers: they never change meaning (docs/cli.md).</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>The work was tried and failed: a check of `doctor`, an error of the server, a fault of ours.</summary>
    public const int Failed = 1;

    /// <summary>The command line was not understood, or a value on it is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The named experiment, run or file does not exist.</summary>
    public const int NotFound = 3;

    /// <summary>Refused as things stand: the name is taken, the data folder is locked, the right is missing.</summary>
    public const int Refused = 4;

    /// <summary>No server answered at the address.</summary>
    public const int Unreachable = 5;

    /// <summary>Ctrl+C, as shells count it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Every code with its meaning, for help.</summary>
    public static readonly IReadOnlyList<(int Code, string Meaning)> All =
    [
        (Ok, "done"),
        (Failed, "tried and failed"),
        (Usage, "the command line is wrong"),
        (NotFound, "the named thing does not exist"),
        (Refused, "refused: locked, taken or not allowed"),
        (Unreachable, "no server answers"),
        (Interrupted, "interrupted"),
    ];
}
