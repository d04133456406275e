using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Sandbox;

/// <summary>
/// The socket `in/s` of a job's working folder. The server listens and the program connects, so that no program can lead the server to a socket of somebody else's;
/// who can reach it is whoever sees the working folder: the job and the server.
/// </summary>
internal sealed partial class SandboxSocket : IDisposable
{
    /// <summary>Where the program finds it, from its working folder.</summary>
    public const string Name = "in/s";

    private readonly Socket listener;
    private readonly SafeFileHandle? directory;

    private SandboxSocket(Socket listener, SafeFileHandle? directory) => (this.listener, this.directory) = (listener, directory);

    /// <summary>Listens in a working folder.</summary>
    public static SandboxSocket Listen(string folder)
    {
        var inside = Path.Combine(folder, "in");
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        SafeFileHandle? directory = null;
        try
        {
            // A socket's path has at most 107 bytes, a data folder's may have more.
            if (OperatingSystem.IsLinux()) directory = new SafeFileHandle(Open(inside, OpenPath | CloseOnExec), ownsHandle: true);
            listener.Bind(new UnixDomainSocketEndPoint(directory is { IsInvalid: false } ? $"/proc/self/fd/{directory.DangerousGetHandle()}/s" : Path.Combine(inside, "s")));
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(inside, "s"), (UnixFileMode)0b110_110_110); // the job has a user of its own
            listener.Listen(1);
            return new SandboxSocket(listener, directory);
        }
        catch
        {
            listener.Dispose();
            directory?.Dispose();
            throw;
        }
    }

    /// <summary>The first connection.</summary>
    public async Task<Stream> Accept(CancellationToken ct)
    {
        var socket = await listener.AcceptAsync(ct);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        listener.Dispose(); // removes the file, by its path through the folder's handle
        directory?.Dispose();
    }

    private const int OpenPath = 0x200000, CloseOnExec = 0x80000; // O_PATH and O_CLOEXEC of Linux

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);
}
