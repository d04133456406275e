using System.CommandLine;
using System.Text;

namespace Slipway.Cli;

/// <summary>Where an export goes: standard output, or a file that has its name only once it is whole.</summary>
internal static class ExportOutput
{
    public static Option<string?> File() => new("--output") { Description = "A file to write; must not exist. Default: standard output.", HelpName = "FILE" };

    public static Option<string> Format()
    {
        var format = new Option<string>("--format") { Description = "csv, json (one array) or jsonl (an object a line).", HelpName = "FORMAT", DefaultValueFactory = _ => "csv" };
        format.AcceptOnlyFromAmong("csv", "json", "jsonl");
        return format;
    }

    /// <summary>Writes through <paramref name="write"/>, which answers how many rows it wrote.</summary>
    /// <exception cref="CommandFailure">The file exists.</exception>
    public static async Task Write(Terminal terminal, string? path, string what, Func<TextWriter, Task<long>> write)
    {
        if (path is null)
        {
            await write(terminal.Output);
            return;
        }
        if (System.IO.File.Exists(path)) throw new CommandFailure(ExitCode.Refused, $"{path} exists.", "Name another file or remove it first.");
        var part = path + ".part";
        try
        {
            long rows;
            await using (var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                await using (var text = new StreamWriter(file, new UTF8Encoding(false), 1 << 16, leaveOpen: true)) rows = await write(text);
                file.Flush(flushToDisk: true);
            }
            System.IO.File.Move(part, path);
            terminal.Note($"{path}: {rows:N0} {what}");
        }
        finally
        {
            System.IO.File.Delete(part);
        }
    }
}
