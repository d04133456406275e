namespace Slipway.Cli.Track;

/// <summary>
/// Finds the program that a command names, as a shell does: a name without a slash is looked for on the PATH alone. (.NET would look beside this
/// executable and in the current folder first, and run what nobody meant.)
/// </summary>
internal static class ProgramPath
{
    /// <summary>What shells answer for a command that is not there, and for one that may not be executed.</summary>
    public const int NotFoundCode = 127, NotExecutableCode = 126;

    private const UnixFileMode Executable = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>The file's full path.</summary>
    /// <param name="name">As the command line has it.</param>
    /// <param name="path">The PATH to look in.</param>
    /// <param name="folder">What relative names are relative to.</param>
    /// <exception cref="CommandFailure">There is no such program, or it is no program; with the code that a shell ends with.</exception>
    public static string Find(string name, string? path, string folder) =>
        TryFind(name, path, folder, out var refused) ?? throw (refused is null
            ? new CommandFailure(NotFoundCode, $"There is no program '{name}'{(HasFolder(name) ? "" : " on the PATH")}.", HasFolder(name) ? null : $"If it lies in this folder, say ./{name}.")
            : new CommandFailure(NotExecutableCode, $"{refused} is no program that this user may execute.", "Give the program that reads it, such as: slipway run -- python train.py"));

    /// <summary>The file's full path, or null.</summary>
    public static string? TryFind(string name, string? path, string folder) => TryFind(name, path, folder, out _);

    private static string? TryFind(string name, string? path, string folder, out string? refused)
    {
        refused = null;
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal)) return null;
        var folders = HasFolder(name) ? [folder] : (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        foreach (var at in folders)
            foreach (var ending in Endings(name))
            {
                var file = Path.GetFullPath(name + ending, Path.GetFullPath(at, folder));
                if (!File.Exists(file))
                {
                    if (HasFolder(name) && Directory.Exists(file)) refused = file;
                    continue;
                }
                if (OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & Executable) != 0) return file;
                refused = file;
            }
        return null;
    }

    private static bool HasFolder(string name) => name.Contains('/', StringComparison.Ordinal) || (OperatingSystem.IsWindows() && name.AsSpan().ContainsAny('\\', ':'));

    private static string[] Endings(string name) => !OperatingSystem.IsWindows() || Path.HasExtension(name) ? [""] : [".exe", ".cmd", ".bat", ".com"];
}
