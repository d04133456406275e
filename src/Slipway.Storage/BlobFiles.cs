using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Storage;

/// <summary>What the file system must do for blobs and .NET does not offer: syncing a folder, telling a full disk from other faults.</summary>
internal static partial class BlobFiles
{
    private const int ReadOnly = 0;          // O_RDONLY, the same on Linux and macOS
    private const uint RangeWrite = 2;       // SYNC_FILE_RANGE_WRITE
    private const int NoSpace = 28;          // ENOSPC, idem
    private const int TooBig = 27;           // EFBIG: over the file size limit of the process or file system, idem
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    private static readonly int OverQuota = OperatingSystem.IsMacOS() ? 69 : 122; // EDQUOT

    /// <summary>Makes renames in a folder durable: on POSIX a rename is only in memory until the folder itself is synced.</summary>
    /// <exception cref="IOException">The sync failed: the rename may be lost by a power failure, so the write must not be acknowledged.</exception>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return; // NTFS journals the rename; there is no call for folders
        using var handle = new SafeFileHandle(Open(folder, ReadOnly), ownsHandle: true);
        if (handle.IsInvalid || Sync(handle) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new IOException($"The folder {folder} could not be synced: {Marshal.GetPInvokeErrorMessage(error)}.", error);
        }
    }

    /// <summary>
    /// Asks the kernel to begin writing bytes of a file to disk without waiting for them, so that the sync at the end finds little left to do.
    /// Only Linux has it, and nothing depends on it.
    /// </summary>
    public static void StartWriting(SafeFileHandle file, long offset, long length)
    {
        if (OperatingSystem.IsLinux()) _ = SyncRange(file, offset, length, RangeWrite);
    }

    /// <summary>Whether a write failed for want of space: disk, quota or file size limit.</summary>
    public static bool IsFull(IOException e) =>
        e.HResult is NoSpace or TooBig or WindowsDiskFull or WindowsHandleDiskFull || e.HResult == OverQuota;

    /// <summary>Deletes what may be gone or locked; the sweep comes back for what stays.</summary>
    public static bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SyncRange(SafeFileHandle file, long offset, long length, uint flags);
}
