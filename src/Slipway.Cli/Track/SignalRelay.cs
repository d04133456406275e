using System.Runtime.InteropServices;

namespace Slipway.Cli.Track;

/// <summary>
/// Hands signals on to the program that is tracked, and does not end before it. What the terminal sends (Ctrl+C) reaches the program by itself, so that
/// is not sent a second time; what comes from elsewhere (a service manager, Slurm, kill) is.
/// </summary>
internal sealed class SignalRelay : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<PosixSignalRegistration> registrations = [];
    private readonly List<int> early = [];
    private int child;
    private int last;

    public SignalRelay()
    {
        var (user1, user2) = OperatingSystem.IsMacOS() ? (30, 31) : (10, 12); // Slurm warns of the end of a job's time with them.
        (PosixSignal Signal, int Number)[] relayed = OperatingSystem.IsWindows()
            ? [(PosixSignal.SIGINT, 2), (PosixSignal.SIGTERM, 15)]
            : [(PosixSignal.SIGINT, 2), (PosixSignal.SIGTERM, 15), (PosixSignal.SIGHUP, 1), (PosixSignal.SIGQUIT, 3), ((PosixSignal)user1, user1), ((PosixSignal)user2, user2)];
        foreach (var (signal, number) in relayed)
            registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Hand(number);
            }));
    }

    /// <summary>The number of the last signal that asked for the end; 0 when none did.</summary>
    public int Ending => Volatile.Read(ref last);

    /// <summary>Names the program; signals that came before it reach it now.</summary>
    public void Attach(int process)
    {
        lock (gate)
        {
            child = process;
            foreach (var number in early) Send(number);
            early.Clear();
        }
    }

    /// <summary>The program has ended: its number may soon be another's.</summary>
    public void Detach()
    {
        lock (gate) child = -1;
    }

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
    }

    private void Hand(int number)
    {
        lock (gate)
        {
            if (number is 1 or 2 or 3 or 15) Volatile.Write(ref last, number);
            if (child < 0) return;
            if (child == 0) early.Add(number);
            else if (number is not (2 or 3) || !IsForeground()) Send(number);
        }
    }

    private void Send(int number)
    {
        // On Windows the console's Ctrl+C reaches both; there is nothing gentler to send than what it sent.
        if (!OperatingSystem.IsWindows()) _ = Kill(child, number);
    }

    /// <summary>Whether this process's group is the one that the terminal's keys reach.</summary>
    private static bool IsForeground()
    {
        if (OperatingSystem.IsWindows()) return true;
        try
        {
            using var terminal = File.OpenHandle("/dev/tty", FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return ForegroundGroup(terminal) == Group();
        }
        catch (Exception none) when (none is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return false; // A service, a job: no terminal to come from.
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    [DllImport("libc", EntryPoint = "tcgetpgrp")]
    private static extern int ForegroundGroup(SafeHandle terminal);

    [DllImport("libc", EntryPoint = "getpgrp")]
    private static extern int Group();
}
