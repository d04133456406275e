using System.ComponentModel;
using System.Diagnostics;

namespace Slipway.Cli.Track;

/// <summary>
/// The program that is tracked: its input is ours, its output goes through to ours byte by byte and into the record, its exit code is what we end with.
/// Without a record it writes to our terminal itself.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    /// <summary>How long the output is read after the program has ended: something that it left running may hold the pipe for ever.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    private readonly Process process;
    private readonly List<Thread> pumps = [];

    private ChildProcess(Process process) => this.process = process;

    public int Id => process.Id;

    /// <summary>Starts it.</summary>
    /// <param name="program">The file's full path.</param>
    /// <param name="args">What follows it on the command line.</param>
    /// <param name="folder">Where it works.</param>
    /// <param name="environment">Variables beside, and instead of, our own; null removes one.</param>
    /// <param name="terminal">Where its output goes.</param>
    /// <param name="record">Keeps the output; null lets the program have our terminal.</param>
    /// <exception cref="CommandFailure">The system does not start it; with the code that a shell ends with.</exception>
    public static ChildProcess Start(string program, IEnumerable<string> args, string folder, IReadOnlyDictionary<string, string?> environment, Terminal terminal, ConsoleRecord? record)
    {
        var start = new ProcessStartInfo(program, args) { WorkingDirectory = folder, RedirectStandardOutput = record is not null, RedirectStandardError = record is not null };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        ChildProcess child;
        try
        {
            child = new ChildProcess(Process.Start(start)!);
        }
        catch (Win32Exception refused)
        {
            throw new CommandFailure(ProgramPath.NotExecutableCode, $"{program} cannot be started: {refused.Message}");
        }
        if (record is null) return child;
        child.Pump("output", child.process.StandardOutput.BaseStream, terminal.OutputBytes, record);
        child.Pump("errors", child.process.StandardError.BaseStream, terminal.ErrorBytes, record);
        return child;
    }

    /// <summary>Waits for its end, and for what it had written until then.</summary>
    /// <returns>Its exit code; 128 and the signal's number when one ended it, as shells count.</returns>
    public async Task<int> Ended()
    {
        await process.WaitForExitAsync();
        var waited = Stopwatch.StartNew();
        foreach (var pump in pumps)
            if (Rest - waited.Elapsed is { Ticks: > 0 } left) pump.Join(left);
        return process.ExitCode;
    }

    public void Dispose() => process.Dispose();

    private void Pump(string name, Stream from, Stream to, ConsoleRecord record)
    {
        // Threads, not tasks: a read of a pipe blocks whatever it is called, and the pool has other work.
        var pump = new Thread(() => Copy(from, to, record)) { IsBackground = true, Name = name };
        pumps.Add(pump);
        pump.Start();
    }

    private static void Copy(Stream from, Stream to, ConsoleRecord record)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (from.Read(buffer) is > 0 and var length)
            {
                record.Write(buffer.AsSpan(0, length));
                to.Write(buffer, 0, length);
                to.Flush();
            }
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException)
        {
            // Nobody reads our output any more (`| head`): the program learns it as it would without us, by a broken pipe.
            from.Dispose();
        }
    }
}
