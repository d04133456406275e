namespace Slipway.Storage;

/// <summary>
/// The folder that holds everything of one installation. The server holds it exclusively; a command that finds it free may open the database
/// itself, and one that does not must talk to the server.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream held;

    private DataFolder(string path, FileStream held) => (Path, this.held) = (path, held);

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>Where SQLite's file lies unless told otherwise.</summary>
    public string DatabasePath => System.IO.Path.Combine(Path, "slipway.db");

    /// <summary>Where blobs lie unless told otherwise.</summary>
    public string BlobsPath => System.IO.Path.Combine(Path, "blobs");

    /// <summary>Creates the folder when it is missing, readable by its owner alone, and locks it.</summary>
    /// <returns>The held folder, or a conflict that names the process that holds it.</returns>
    public static Outcome<DataFolder> Hold(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            DurableFolder.Create(full);
            var lockFile = System.IO.Path.Combine(full, "slipway.lock");
            FileStream held;
            try
            {
                held = new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(lockFile))
            {
                return Problem.Conflict($"The data folder {full} is in use{Owner(full)}. Stop that process, or use its address instead of the folder.");
            }
            File.WriteAllText(PidFile(full), Environment.ProcessId.ToString());
            return new DataFolder(full, held);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Problem.Internal($"The data folder {full} cannot be used: {failure.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Delete(PidFile(Path));
        held.Dispose();
    }

    private static string PidFile(string full) => System.IO.Path.Combine(full, "slipway.pid");

    private static string Owner(string full) => File.Exists(PidFile(full)) ? $" by process {File.ReadAllText(PidFile(full)).Trim()}" : "";
}
