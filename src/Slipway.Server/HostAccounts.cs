namespace Slipway.Server;

/// <summary>People with an account on this machine: on loopback they all reach a server that asks nobody who they are.</summary>
internal static class HostAccounts
{
    /// <summary>Where Unix lists accounts; those of a directory service are not in it.</summary>
    private const string File = "/etc/passwd";

    // What Unix systems give to people: accounts of programs lie below, nobody above.
    private const int FirstPerson = 1_000, LastPerson = 60_000;

    private static readonly string[] NoShells = ["nologin", "false", "sync", "halt", "shutdown", "true"];

    /// <summary>The others, beside who runs this process.</summary>
    public static IReadOnlyList<string> Others()
    {
        if (OperatingSystem.IsWindows() || !System.IO.File.Exists(File)) return [];
        try
        {
            return Others(System.IO.File.ReadLines(File), Environment.UserName);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Those of a list in the form of /etc/passwd (passwd(5)): name, password, user id, group id, comment, home, shell.</summary>
    public static IReadOnlyList<string> Others(IEnumerable<string> lines, string self) =>
    [
        .. from line in lines
           let parts = line.Split(':')
           where parts.Length == 7 && parts[0] != self && int.TryParse(parts[2], out var id) && id is >= FirstPerson and <= LastPerson
           let shell = Path.GetFileName(parts[6].Trim())
           where shell.Length > 0 && !NoShells.Contains(shell)
           select parts[0],
    ];
}
