using System.Text;

namespace Slipway.Cli.Track;

/// <summary>
/// What a program wrote, byte by byte in the order in which it was read: the beginning and the end, and in between a line that says how much is left out.
/// A long training's first lines say what it is and its last ones why it ended. Thread-safe; a full disk loses the record, never the program's output.
/// </summary>
internal sealed class ConsoleRecord : IDisposable
{
    /// <summary>How much of the beginning, and how much of the end, is kept, in bytes.</summary>
    public const int PartBytesDefault = 8 << 20;

    private readonly Lock gate = new();
    private readonly FileStream file;
    private readonly int part;
    private bool closed;

    /// <summary>A record in a file of its own, which goes with it.</summary>
    /// <param name="path">Where; nothing may lie there.</param>
    /// <param name="partBytes">The most that is kept of the beginning, and again of the end.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public ConsoleRecord(string path, int partBytes = PartBytesDefault)
    {
        part = partBytes;
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Read, BufferSize = 0, Options = FileOptions.DeleteOnClose };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; // What a program prints may be nobody else's business.
        file = new FileStream(path, options);
    }

    /// <summary>Bytes written so far, left out ones included.</summary>
    public long Written { get; private set; }

    /// <summary>Why there is no whole record, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>Appends; the last part goes round in a ring.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (gate)
        {
            if (closed || Fault is not null) return;
            try
            {
                while (bytes.Length > 0)
                {
                    var (at, room) = Written < part ? (Written, part - Written) : (part + (Written - part) % part, part - (Written - part) % part);
                    var piece = bytes[..(int)Math.Min(room, bytes.Length)];
                    file.Position = at;
                    file.Write(piece);
                    Written += piece.Length;
                    bytes = bytes[piece.Length..];
                }
            }
            catch (IOException fault)
            {
                Fault = fault.Message;
            }
        }
    }

    /// <summary>Copies the record as a person reads it. What is written later is not part of it.</summary>
    public void CopyTo(Stream target)
    {
        lock (gate)
        {
            closed = true;
            Copy(target, 0, Math.Min(Written, part));
            var leftOut = Written - 2L * part;
            if (leftOut <= 0)
            {
                Copy(target, part, Written - part);
                return;
            }
            target.Write(Encoding.UTF8.GetBytes($"\n[{leftOut} bytes are left out here]\n"));
            var oldest = (Written - part) % part;
            Copy(target, part + oldest, part - oldest);
            Copy(target, part, oldest);
        }
    }

    /// <summary>Removes it from the disk.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            file.Dispose();
        }
    }

    private void Copy(Stream target, long from, long length)
    {
        file.Position = from;
        var buffer = new byte[64 << 10];
        while (length > 0)
        {
            var read = file.Read(buffer, 0, (int)Math.Min(length, buffer.Length));
            if (read == 0) return;
            target.Write(buffer, 0, read);
            length -= read;
        }
    }
}
