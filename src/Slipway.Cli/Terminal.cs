using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Slipway.Cli;

/// <summary>Where a command speaks: results to the output, everything else to the error stream. Colour and boxes only where a person looks.</summary>
internal sealed class Terminal
{
    private readonly bool colours;
    private readonly bool colourOfErrors;

    public Terminal(TextWriter output, TextWriter error, bool interactive = false, bool colour = false, bool colourOfErrors = false)
    {
        (Output, Error, Interactive, colours, this.colourOfErrors) = (output, error, interactive, interactive && colour, colourOfErrors);
        Rich = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = interactive && colour ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = interactive && colour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = interactive ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        // A pipe has no width: a table is never cut or wrapped for a program that reads it.
        if (!interactive) Rich.Profile.Width = 100_000;
    }

    /// <summary>The terminal of this process, as it finds it.</summary>
    public static Terminal OfProcess()
    {
        var plain = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) || Environment.GetEnvironmentVariable("TERM") is "dumb";
        return new Terminal(Console.Out, Console.Error, !Console.IsOutputRedirected, !plain, !Console.IsErrorRedirected && !plain)
        {
            Input = Console.In,
            OutputBytes = Console.OpenStandardOutput(),
            ErrorBytes = Console.OpenStandardError(),
            Keys = Console.IsInputRedirected ? null : HiddenKey,
        };
    }

    /// <summary>Standard input.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>Waits for the next key without showing it; null where no person types.</summary>
    public Func<ConsoleKeyInfo>? Keys { get; init; }

    public TextWriter Output { get; }

    public TextWriter Error { get; }

    /// <summary>The output as bytes, for what must arrive as it is.</summary>
    public Stream OutputBytes { get; init; } = Stream.Null;

    /// <summary>The error stream as bytes.</summary>
    public Stream ErrorBytes { get; init; } = Stream.Null;

    /// <summary>True when a person sees the output as it is written.</summary>
    public bool Interactive { get; }

    /// <summary>True when the output shows colours.</summary>
    public bool Colours => colours;

    /// <summary>The output, for progress and tables.</summary>
    public IAnsiConsole Rich { get; }

    public void Line(string text = "") => Output.WriteLine(text);

    /// <summary>A word of four letters at most, in a colour of the terminal's sixteen where there is colour; the line goes on after it.</summary>
    public void Mark(string word, int colour) => Output.Write(colours ? $"\e[{colour}m{word.PadRight(4)}\e[0m" : word.PadRight(4));

    /// <summary>A remark that is no result: it goes to the error stream, so that a pipe carries results alone.</summary>
    public void Note(string text) => Error.WriteLine(text);

    /// <summary>The one shape of every error.</summary>
    public void Fail(string message, string? remedy)
    {
        Error.WriteLine(colourOfErrors ? $"\e[1;31merror:\e[0m {message}" : $"error: {message}");
        if (remedy is not null) Error.WriteLine($"  {remedy}");
    }

    /// <summary>A value as indented JSON, in the wire's own shape and names.</summary>
    public void Json<T>(T value, JsonTypeInfo<T> type)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            JsonSerializer.Serialize(writer, value, type);
        Output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    /// <summary>Rows under headings: a light box on a terminal, columns set apart by two spaces and nothing else in a pipe.</summary>
    public void Table(string[] headings, IReadOnlyList<string[]> rows, Range? numbers = null)
    {
        if (!Interactive)
        {
            Columns(headings, rows);
            return;
        }
        var table = new Table().Border(TableBorder.Simple);
        var right = numbers is { } range ? Enumerable.Range(0, headings.Length).Take(range).ToHashSet() : [];
        for (var i = 0; i < headings.Length; i++)
        {
            var column = new TableColumn(new Text(headings[i], new Style(decoration: Decoration.Bold)));
            table.AddColumn(right.Contains(i) ? column.RightAligned() : column);
        }
        foreach (var row in rows) table.AddRow(row.Select(cell => new Text(cell)).ToArray());
        Rich.Write(table);
    }

    private void Columns(string[] headings, IReadOnlyList<string[]> rows)
    {
        var widths = headings.Select((heading, i) => rows.Aggregate(heading.Length, (width, row) => Math.Max(width, row[i].Length))).ToArray();
        foreach (var row in rows.Prepend(headings))
            Output.WriteLine(string.Join("  ", row.Select((cell, i) => i == row.Length - 1 ? cell : cell.PadRight(widths[i]))).TrimEnd());
    }

    // Ctrl+C as a key: as a signal it would leave the read waiting.
    private static ConsoleKeyInfo HiddenKey()
    {
        Console.TreatControlCAsInput = true;
        try
        {
            return Console.ReadKey(intercept: true);
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }
}
