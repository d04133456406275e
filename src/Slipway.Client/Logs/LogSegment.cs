using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Client.Logs;

/// <summary>
/// One segment that this process writes: memory that is a file's pages where that is safe, or memory whose bytes are also written to a file, or, when
/// no disk takes it, memory alone. What <see cref="Append"/> returned for survives the process in the first two.
/// </summary>
/// <remarks>
/// A mapped page without a block behind it kills the process on a full disk (SIGBUS), so the file is filled with zeros first, and mapped only on file
/// systems that overwrite in place (<see cref="OverwritesInPlace"/>): one that copies on write needs space for an overwrite too.
/// </remarks>
internal sealed unsafe class LogSegment : IDisposable
{
    private static readonly byte[] Zeros = new byte[256 * 1024];

    private readonly byte* memory;
    private readonly MemoryMappedFile? mapping;
    private readonly MemoryMappedViewAccessor? view;
    private SafeFileHandle? writing, reading;
    private int tail;
    private readonly Lock reads = new();
    private volatile bool isSealed;
    private bool gone;

    private LogSegment(int bytes, string? path, byte* memory)
    {
        (Bytes, Path) = (bytes, path);
        this.memory = memory;
    }

    private LogSegment(int bytes, string path, MemoryMappedFile mapping, MemoryMappedViewAccessor view) : this(bytes, path, Pointer(view)) =>
        (this.mapping, this.view) = (mapping, view);

    /// <summary>Counted from 1 in a log; 0 until <see cref="Begin"/>.</summary>
    public int Number { get; private set; }

    /// <summary>How much it holds.</summary>
    public int Bytes { get; }

    /// <summary>Its file, or null while it is in memory alone.</summary>
    public string? Path { get; private set; }

    /// <summary>Bytes up to here are whole records. Read by the sender while another thread appends.</summary>
    public int Tail => Volatile.Read(ref tail);

    /// <summary>No record follows.</summary>
    public bool IsSealed => isSealed;

    /// <summary>Whether a crash of the process would lose it.</summary>
    public bool IsInMemoryAlone => Path is null;

    /// <summary>A segment on disk, ready to begin.</summary>
    /// <param name="path">A name of its own: <see cref="Begin"/> gives it the one that readers look for.</param>
    /// <param name="bytes">How much it shall hold.</param>
    /// <param name="mapped">Whether the file's pages are the memory: only where <see cref="OverwritesInPlace"/>.</param>
    /// <exception cref="IOException">The disk is full, or does not take it. Nothing is left behind.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder does not allow it.</exception>
    public static LogSegment OnDisk(string path, int bytes, bool mapped)
    {
        var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });
        try
        {
            for (var left = bytes; left > 0; left -= Zeros.Length) stream.Write(Zeros, 0, Math.Min(left, Zeros.Length));
            if (!mapped) return new LogSegment(bytes, path, (byte*)NativeMemory.AllocZeroed((nuint)bytes)) { writing = Handle(stream) };
            var mapping = MemoryMappedFile.CreateFromFile(stream, null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
            return new LogSegment(bytes, path, mapping, mapping.CreateViewAccessor(0, bytes, MemoryMappedFileAccess.ReadWrite));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            stream.Dispose();
            LogFolder.TryDelete(path);
            throw;
        }
    }

    /// <summary>A segment that no disk takes.</summary>
    public static LogSegment InMemory(int bytes) => new(bytes, null, (byte*)NativeMemory.AllocZeroed((nuint)bytes));

    /// <summary>Whether a frame of so many bytes fits, and a seal after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasRoom(int frameBytes) => !isSealed && tail + frameBytes + LogFormat.SealBytesMax <= Bytes;

    /// <summary>The place of the next payload; valid until <see cref="Append"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Next() => memory + tail + LogFormat.FrameBytes;

    /// <summary>Makes a record of what was written to <see cref="Next"/>.</summary>
    /// <exception cref="IOException">The disk did not take it: the record is in memory, and so is everything from now on.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(int payloadBytes)
    {
        var frame = memory + tail;
        Unsafe.WriteUnaligned(frame + 2, LogFormat.Sum(new ReadOnlySpan<byte>(frame + LogFormat.FrameBytes, payloadBytes)));
        Volatile.WriteBarrier(); // The length is the last to be there: without it the record does not exist.
        Unsafe.WriteUnaligned(frame, (ushort)payloadBytes);
        Grow(LogFormat.FrameBytes + payloadBytes);
    }

    /// <summary>Writes the header, then takes the name that readers look for.</summary>
    /// <exception cref="IOException">The disk did not take it; the segment is in memory alone.</exception>
    public void Begin(Guid log, int number, string? path, long firstOrdinal, long timeMs)
    {
        Number = number;
        LogFormat.WriteHeader(new Span<byte>(memory, LogFormat.HeaderBytes), log, number, firstOrdinal, timeMs);
        Grow(LogFormat.HeaderBytes);
        if (Path is null) return;
        try
        {
            File.Move(Path, path!);
            Path = path;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            LogFolder.TryDelete(Path!);
            Path = null;
            throw;
        }
    }

    /// <summary>Says that nothing follows.</summary>
    public void Seal(long nextOrdinal)
    {
        var payload = Next();
        payload[0] = (byte)LogKind.Seal;
        Append(1 + LogFormat.WriteVarint(ref payload[1], (ulong)nextOrdinal));
        isSealed = true;
    }

    /// <summary>Copies bytes up to <see cref="Tail"/> from an offset; 0 when there are none. Only one thread reads, while others may append or let go.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public int Read(long offset, Span<byte> into)
    {
        var count = (int)Math.Min(Tail - offset, into.Length);
        if (count <= 0) return 0;
        lock (reads)
        {
            if (Path is null)
            {
                if (gone) return 0;
                new ReadOnlySpan<byte>(memory + offset, count).CopyTo(into);
                return count;
            }
            reading ??= File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return RandomAccess.Read(reading, into[..count], offset);
        }
    }

    /// <summary>Closes the reader's handle: many segments may wait for a server.</summary>
    public void StopReading()
    {
        lock (reads)
        {
            reading?.Dispose();
            reading = null;
        }
    }

    /// <summary>Gives a segment that is in memory alone a file after all.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public void Save(string path)
    {
        var whole = path + ".whole";
        try
        {
            using (var stream = new FileStream(whole, FileMode.Create, FileAccess.Write)) stream.Write(new ReadOnlySpan<byte>(memory, Tail));
            File.Move(whole, path, overwrite: true); // Its beginning may be there already, and is worth keeping until the rest is.
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            LogFolder.TryDelete(whole);
            throw;
        }
        Path = path;
    }

    /// <summary>Asks the disk to keep what is written, for a cut of power.</summary>
    public void Flush()
    {
        if (gone) return;
        view?.Flush();
        if (writing is not null) RandomAccess.FlushToDisk(writing);
    }

    /// <summary>Lets go of memory; what has a file can still be read, and the file keeps no more than it holds.</summary>
    public void LetGo()
    {
        lock (reads)
        {
            if (gone) return;
            gone = true;
            if (view is null)
            {
                NativeMemory.Free(memory);
                writing?.Dispose();
            }
            else
            {
                view.SafeMemoryMappedViewHandle.ReleasePointer();
                view.Dispose();
                mapping!.Dispose();
            }
        }
        if (Path is not null) Cut(Path, tail);
    }

    /// <summary>Lets go of everything.</summary>
    public void Dispose()
    {
        LetGo();
        StopReading();
    }

    private static void Cut(string path, int bytes)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.SetLength(file, bytes);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Somebody removed it, or the disk is in trouble: zeros at its end do no harm.
        }
    }

    private void Grow(int bytes)
    {
        var from = tail;
        Volatile.Write(ref tail, from + bytes);
        if (writing is null) return;
        try
        {
            RandomAccess.Write(writing, new ReadOnlySpan<byte>(memory + from, bytes), from);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            StopWriting(from);
            throw;
        }
    }

    // The file keeps the records before: they are safe whatever becomes of the process.
    private void StopWriting(int whole)
    {
        try
        {
            RandomAccess.SetLength(writing!, whole);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Then a reader finds the last record cut off, and says so.
        }
        writing!.Dispose();
        writing = null;
        if (whole == 0) LogFolder.TryDelete(Path!);
        Path = null;
    }

    private static SafeFileHandle Handle(FileStream stream)
    {
        var path = stream.Name;
        stream.Dispose();
        return File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }

    private static byte* Pointer(MemoryMappedViewAccessor view)
    {
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        return pointer;
    }

    /// <summary>Ext2 to 4, XFS and tmpfs put new bytes where the zeros were. Others may not (btrfs, ZFS, overlays over them), are not local, or were not tried.</summary>
    public static bool OverwritesInPlace(string path)
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            return new DriveInfo(path).DriveFormat is "ext2" or "ext3" or "ext4" or "xfs" or "tmpfs";
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
