using System.Text;

namespace Slipway.Client.Capture;

/// <summary>
/// Copies what the program writes to the console; the console sees what it always saw. One for the process, for as many runs as want it. A line goes to
/// the console in one call, so that other threads' lines never end up inside it.
/// </summary>
internal sealed class ConsoleTee : TextWriter
{
    private static readonly Lock Gate = new();
    private static RunText[] copies = [];
    // What Console gives back after it was set: its own wrapper around ours.
    private static TextWriter? output, errors;

    private readonly TextWriter console;

    private ConsoleTee(TextWriter console) : base(console.FormatProvider) => this.console = console;

    public override Encoding Encoding => console.Encoding;

    /// <summary>Begins to copy.</summary>
    public static void Add(RunText copy)
    {
        lock (Gate)
        {
            if (!ReferenceEquals(Console.Out, output))
            {
                Console.SetOut(new ConsoleTee(Console.Out));
                output = Console.Out;
            }
            if (!ReferenceEquals(Console.Error, errors))
            {
                Console.SetError(new ConsoleTee(Console.Error));
                errors = Console.Error;
            }
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

    public override void WriteLine() => Write(NewLine.AsSpan());

    public override void WriteLine(string? value) => WriteLine(value.AsSpan());

    public override void WriteLine(char[] buffer, int index, int count) => WriteLine(buffer.AsSpan(index, count));

    public override void WriteLine(ReadOnlySpan<char> buffer) => Write(string.Concat(buffer, NewLine).AsSpan());

    public override void Flush() => console.Flush();
}
