using System.Runtime.InteropServices;

namespace Slipway.Cli.Import;

/// <summary>Tells files from pipes and devices that stand among them: opening a pipe that nobody writes to would wait for ever.</summary>
internal static partial class RegularFile
{
    private const int Here = -100, NoFollow = 0x100; // AT_FDCWD, AT_SYMLINK_NOFOLLOW
    private const uint TypeOnly = 1; // STATX_TYPE
    private const int ModeAt = 28; // of stx_mode in struct statx, which is the same on every processor
    private const int TypeMask = 0xF000, Regular = 0x8000;

    /// <summary>False for what is neither a file nor a link. Where the system cannot be asked, what is listed as a file counts as one.</summary>
    public static unsafe bool Is(string path)
    {
        if (!OperatingSystem.IsLinux() || path.Contains('\0', StringComparison.Ordinal)) return true;
        var answer = stackalloc byte[256];
        try
        {
            return Statx(Here, path, NoFollow, TypeOnly, answer) != 0 || (*(ushort*)(answer + ModeAt) & TypeMask) is Regular or 0xA000;
        }
        catch (EntryPointNotFoundException)
        {
            return true; // a C library without it
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int folder, string path, int flags, uint mask, byte* answer);
}
