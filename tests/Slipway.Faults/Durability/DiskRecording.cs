using System.Buffers.Binary;
using System.Text;

namespace Slipway.Faults.Durability;

/// <summary>What the shim saw, one call after the other; the kinds are those of shim/record.c.</summary>
internal enum DiskCall : uint { Create = 1, Write, Truncate, Sync, Skipped, Rename, Unlink, Link, MakeFolder, Mark, Unmodelled }

/// <summary>One recorded call.</summary>
/// <param name="Call">What was called.</param>
/// <param name="Inode">On which file or folder, where the call takes an open one.</param>
/// <param name="At">The offset of a write, the size of a truncation.</param>
/// <param name="First">The path, the source of a rename, or what could not be modelled.</param>
/// <param name="Second">The target of a rename or link.</param>
/// <param name="Data">The bytes of a write or a mark.</param>
/// <param name="End">The length of the recording up to and with this call.</param>
internal sealed record DiskEvent(DiskCall Call, ulong Inode, long At, string First, string Second, ReadOnlyMemory<byte> Data, long End)
{
    /// <summary>A mark's text.</summary>
    public string Text => Encoding.UTF8.GetString(Data.Span);
}

/// <summary>Reads a recording.</summary>
internal static class DiskRecording
{
    private const int HeadBytes = 32;

    /// <summary>The calls in their order. A record cut off at the end (the process was killed) is left out.</summary>
    public static IEnumerable<DiskEvent> Read(string path)
    {
        using var file = new BufferedStream(File.OpenRead(path), 1 << 20);
        var head = new byte[HeadBytes];
        long end = 0;
        while (file.ReadAtLeast(head, HeadBytes, throwOnEndOfStream: false) == HeadBytes)
        {
            var (first, second, data) = (Number(head, 4), Number(head, 8), Number(head, 12));
            var body = new byte[first + second + data];
            if (file.ReadAtLeast(body, body.Length, throwOnEndOfStream: false) < body.Length) yield break;
            end += HeadBytes + body.Length;
            yield return new DiskEvent((DiskCall)Number(head, 0), BinaryPrimitives.ReadUInt64LittleEndian(head.AsSpan(16)), BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(24)),
                Encoding.UTF8.GetString(body, 0, first), Encoding.UTF8.GetString(body, first, second), body.AsMemory(first + second), end);
        }
    }

    private static int Number(byte[] head, int at) => BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(at));
}
