using System.Buffers;
using System.Text;

namespace Slipway.Sandbox;

/// <summary>What a program says, of which the beginning and the end are kept.</summary>
internal sealed class BoundedOutput(int keptBytes)
{
    // Plain memory: there is nothing to dispose of.
    private readonly ArrayBufferWriter<byte> head = new();
    private readonly byte[] tail = new byte[keptBytes];
    private long bytes;

    /// <summary>How much it said.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>
    /// Reads until the program and all that it started have closed it. On a thread of its own: reads of pipes hold a thread while they wait, and those of the pool belong to requests.
    /// </summary>
    public Task Read(Stream from)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            var buffer = new byte[16 << 10];
            try
            {
                for (int read; (read = from.Read(buffer, 0, buffer.Length)) > 0;) Add(buffer.AsSpan(0, read));
            }
            catch (Exception end) when (end is IOException or ObjectDisposedException)
            {
                // the pipe broke with its owner
            }
            done.SetResult();
        }, 256 << 10)
        { IsBackground = true, Name = "sandbox output" }.Start();
        return done.Task;
    }

    /// <summary>True when nothing was left out.</summary>
    public bool Whole => Bytes <= 2L * keptBytes;

    /// <summary>The beginning, a line that says what was left out, the end.</summary>
    public string Text()
    {
        lock (tail)
        {
            var beyond = bytes - head.WrittenCount;
            var end = new byte[Math.Min(beyond, keptBytes)];
            for (var i = 0; i < end.Length; i++) end[i] = tail[(beyond - end.Length + i) % keptBytes];
            ReadOnlySpan<byte> start = head.WrittenSpan;
            return Whole ? Encoding.UTF8.GetString([.. start, .. end]) : $"{Encoding.UTF8.GetString(start)}\n... {beyond - end.Length:N0} bytes left out ...\n{Encoding.UTF8.GetString(end)}";
        }
    }

    private void Add(ReadOnlySpan<byte> said)
    {
        lock (tail)
        {
            var first = (int)Math.Min(said.Length, keptBytes - head.WrittenCount);
            head.Write(said[..first]);
            var position = bytes + first - head.WrittenCount;
            foreach (var one in said[first..]) tail[position++ % keptBytes] = one;
            Interlocked.Add(ref bytes, said.Length);
        }
    }
}
