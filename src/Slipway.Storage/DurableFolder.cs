namespace Slipway.Storage;

/// <summary>
/// Folders whose names survive a power failure. On POSIX a new file or folder is only in memory until the folder above it is synced, however
/// often its own content was: without this a whole new installation can vanish after its first acknowledged writes.
/// </summary>
public static class DurableFolder
{
    /// <summary>Creates the folder and what is missing above it, each with a durable name.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="mode">Who may do what with a folder made here; ignored on Windows.</param>
    /// <exception cref="IOException">It cannot be made or synced.</exception>
    public static void Create(string path, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parent = Path.GetDirectoryName(full);
        if (!Directory.Exists(full))
        {
            if (parent is not null) Create(parent, mode);
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(full);
            else Directory.CreateDirectory(full, mode);
            if (parent is not null) Sync(parent);
        }
    }

    /// <summary>Makes the names of files and folders made, renamed or removed in this folder durable.</summary>
    /// <exception cref="IOException">The sync failed, so what depends on the names must not be acknowledged.</exception>
    public static void Sync(string path) => BlobFiles.SyncFolder(path);
}
