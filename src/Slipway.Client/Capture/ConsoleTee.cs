using System.Text;

namespace Slipway.Client.Capture;

/// <summary>Copies what the program writes to the console; the console sees what it always saw. One for the process, for as many runs as want it.</summary>
internal sealed class ConsoleTee : TextWriter
{
    private static readonly Lock Gate = new();
    private static RunText[] copies = [];

    private readonly TextWriter console;

    private ConsoleTee(TextWriter console) : base(console.FormatProvider) => this.console = console;

    public override Encoding Encoding => console.Encoding;

    /// <summary>Begins to copy.</summary>
    public static void Add(RunText copy)
    {
        lock (Gate)
        {
            if (Console.Out is not ConsoleTee) Console.SetOut(new ConsoleTee(Console.Out));
            if (Console.Error is not ConsoleTee) Console.SetError(new ConsoleTee(Console.Error));
            copies = [.. copies, copy];
        }
    }

    /// <summary>Ends it.</summary>
    public static void Remove(RunText copy)
    {
        lock (Gate) copies = [.. copies.Where(one => one != copy)];
    }

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        console.Write(buffer);
        foreach (var copy in Volatile.Read(ref copies)) copy.Write(buffer);
    }

    public override void Flush() => console.Flush();
}
