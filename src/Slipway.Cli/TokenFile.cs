namespace Slipway.Cli;

/// <summary>A token in a file of its own: it shows in no list of processes and in no shell's history.</summary>
internal static class TokenFile
{
    /// <summary>A token is under a hundred bytes; whatever is larger is another file.</summary>
    public const int BytesMax = 4_096;

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>The token, without what an editor put around it.</summary>
    public static string Read(string path, TextWriter remarks)
    {
        var file = new FileInfo(path);
        if (!file.Exists) throw new CommandFailure(ExitCode.NotFound, $"--token-file: there is no file {file.FullName}.", "Make one: slipway tokens create NAME --quiet > FILE, after umask 077.");
        if (file.Length > BytesMax) throw new CommandFailure(ExitCode.Usage, $"--token-file: {file.FullName} holds {file.Length:N0} bytes, expected a token of at most {BytesMax}.");
        var token = File.ReadAllText(path).Trim();
        if (token.Length == 0) throw new CommandFailure(ExitCode.Usage, $"--token-file: {file.FullName} is empty.");
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0) remarks.WriteLine($"Others on this machine can read {path}: chmod 600 '{path}'");
        return token;
    }
}
