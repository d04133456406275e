using System.Text;

namespace Slipway.Client.Capture;

/// <summary>Copies what the program writes to the console into a file, up to a limit; the console sees what it always saw. One for the process, for as many runs as want it.</summary>
internal sealed class ConsoleTee : TextWriter
{
    /// <summary>The most that is kept of one run, in bytes.</summary>
    public const long BytesMax = 10 * 1024 * 1024;

    private static readonly Lock Gate = new();
    private static readonly List<Copy> Copies = [];

    private readonly TextWriter console;

    private ConsoleTee(TextWriter console) : base(console.FormatProvider) => this.console = console;

    public override Encoding Encoding => console.Encoding;

    /// <summary>Starts a copy in a file.</summary>
    public static Copy Start(string file)
    {
        var copy = new Copy(file);
        lock (Gate)
        {
            if (Console.Out is not ConsoleTee) Console.SetOut(new ConsoleTee(Console.Out));
            if (Console.Error is not ConsoleTee) Console.SetError(new ConsoleTee(Console.Error));
            Copies.Add(copy);
        }
        return copy;
    }

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        console.Write(buffer);
        lock (Gate)
            foreach (var copy in Copies) copy.Write(buffer);
    }

    public override void Flush() => console.Flush();

    /// <summary>One run's copy.</summary>
    internal sealed class Copy(string file) : IDisposable
    {
        private readonly StreamWriter writer = new(new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read), new UTF8Encoding(false)) { AutoFlush = false };
        private long left = BytesMax;
        private bool over;

        public string File => file;

        internal void Write(ReadOnlySpan<char> text)
        {
            if (over) return;
            try
            {
                writer.Write(text);
                if ((left -= Encoding.UTF8.GetByteCount(text)) > 0) return;
                writer.Write($"\n[cut after {BytesMax >> 20} MB]\n");
                over = true;
            }
            catch (IOException)
            {
                over = true; // A full disk is no reason to disturb the program's own output.
            }
        }

        public void Dispose()
        {
            lock (Gate)
            {
                if (!Copies.Remove(this)) return;
                try
                {
                    writer.Dispose();
                }
                catch (IOException)
                {
                    over = true;
                }
            }
        }
    }
}
