using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Sandbox;

/// <summary>A job's working folder: `in/` that it reads, `out/` and `tmp/` that it writes. Gone with the job.</summary>
internal sealed partial class SandboxFolder : IDisposable
{
    /// <summary>The most files and folders that a job may make.</summary>
    public const int FilesMax = 10_000;

    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Readable = Owner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly EnumerationOptions All = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    private SandboxFolder(string path) => Path = path;

    /// <summary>Its full path.</summary>
    public string Path { get; }

    /// <summary>Where the job may write.</summary>
    public string[] Writable => [Inside("out"), Inside("tmp")];

    /// <summary>Makes one, with the job's files in it.</summary>
    /// <param name="root">Where.</param>
    /// <param name="inputs">The job's files.</param>
    /// <param name="user">Who writes in it, or null for the server's own user.</param>
    /// <param name="ct">Stops the copying.</param>
    public static async Task<Outcome<SandboxFolder>> Make(string root, IReadOnlyList<SandboxInput> inputs, int? user, CancellationToken ct)
    {
        var folder = new SandboxFolder(System.IO.Path.Combine(root, Guid.NewGuid().ToString("N")));
        try
        {
            foreach (var path in (string[])[folder.Path, folder.Inside("in"), .. folder.Writable]) Create(path);
            foreach (var input in inputs)
            {
                var path = folder.Inside("in", input.Name);
                for (var above = System.IO.Path.GetDirectoryName(path)!; !Directory.Exists(above); above = System.IO.Path.GetDirectoryName(above)!) CreateAll(above);
                await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.Asynchronous);
                if (await input.Write(file, ct) is { } problem)
                {
                    folder.Dispose();
                    return problem;
                }
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            }
            if (user is { } id)
                foreach (var path in folder.Writable)
                    if (Own(path, id, id) != 0) throw new IOException($"{path} could not be given to the user {id}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Makes a place for each folder that is shown: an empty one that a mount goes over, or a link where nothing is mounted.</summary>
    public void Show(IReadOnlyDictionary<string, string> folders, bool mounted)
    {
        foreach (var (name, path) in folders)
            if (mounted) Create(Inside(name));
            else File.CreateSymbolicLink(Inside(name), System.IO.Path.GetFullPath(path));
    }

    /// <summary>How many bytes the job's files have, and whether they are too many; links are not followed.</summary>
    public (long Bytes, bool TooMany) Measure()
    {
        var (bytes, files) = (0L, 0);
        foreach (var root in Writable)
        {
            try
            {
                foreach (var file in new DirectoryInfo(root).EnumerateFileSystemInfos("*", All))
                {
                    if (++files > FilesMax) return (bytes, true);
                    if (file is FileInfo { Exists: true } one) bytes += one.Length;
                }
            }
            catch (Exception moved) when (moved is IOException or UnauthorizedAccessException)
            {
                // It changes while it is looked at; the next look is not far.
            }
        }
        return (bytes, false);
    }

    /// <summary>A file of `out/`, or why it is not taken. Only after the job's end: nobody changes it then.</summary>
    public (byte[]? Content, string? Remark) Take(string name, long bytesMax)
    {
        var path = Inside("out", name);
        // A link would lead the server to any file that it can read, a pipe would keep it waiting.
        for (var at = path; at.Length > Path.Length; at = System.IO.Path.GetDirectoryName(at)!)
            if (new FileInfo(at).LinkTarget is not null) return (null, $"'{name}' is a link.");
        if (Directory.Exists(path)) return (null, $"'{name}' is a folder.");
        if (!File.Exists(path)) return (null, $"'{name}' is not there.");
        using var handle = OpenPlain(path);
        if (handle.IsInvalid) return (null, $"'{name}' cannot be read.");
        try
        {
            using var stream = new FileStream(handle, FileAccess.Read, 1);
            if (!stream.CanSeek) return (null, $"'{name}' is no file.");
            if (stream.Length > bytesMax) return (null, $"'{name}' has {stream.Length:N0} bytes, more than the {bytesMax:N0} that are left to take.");
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return (content, null);
        }
        catch (Exception odd) when (odd is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return (null, $"'{name}' cannot be read.");
        }
    }

    /// <summary>Removes it, also what the job locked against its owner.</summary>
    public void Dispose() => Remove(Path);

    /// <summary>Removes a folder whatever its modes are. What cannot be removed stays for the next start.</summary>
    public static void Remove(string path)
    {
        for (var attempt = 0; attempt < 2 && Directory.Exists(path); attempt++)
        {
            try
            {
                Directory.Delete(path, recursive: true);
            }
            catch (Exception locked) when (locked is IOException or UnauthorizedAccessException)
            {
                Unlock(path);
            }
        }
    }

    private static void Unlock(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var waiting = new Stack<string>([path]);
        for (var seen = 0; seen < 10 * FilesMax && waiting.TryPop(out var folder); seen++)
        {
            try
            {
                File.SetUnixFileMode(folder, Owner);
                foreach (var below in Directory.EnumerateDirectories(folder, "*", new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint })) waiting.Push(below);
            }
            catch (Exception odd) when (odd is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
    }

    private string Inside(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    private static void CreateAll(string path)
    {
        if (!Directory.Exists(System.IO.Path.GetDirectoryName(path))) CreateAll(System.IO.Path.GetDirectoryName(path)!);
        Create(path);
    }

    private static void Create(string path)
    {
        Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, Readable); // whatever the umask is
    }

    private static SafeFileHandle OpenPlain(string path)
    {
        if (!OperatingSystem.IsLinux()) return File.OpenHandle(path);
        const int NonBlocking = 0x800, NoFollow = 0x20000, CloseOnExec = 0x80000; // Linux; NoFollow differs on arm
        var noFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x8000 : NoFollow;
        return new SafeFileHandle(Open(path, NonBlocking | noFollow | CloseOnExec), ownsHandle: true);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Own(string path, int user, int group);
}
