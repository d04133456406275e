using System.Globalization;
using System.Runtime.InteropServices;

namespace Slipway.Sandbox;

/// <summary>A process with all that descends from it, as /proc shows them. Empty where there is no /proc.</summary>
internal sealed partial class ProcessTree(int root)
{
    private const int Kill = 9;

    private static readonly long PageBytes = Environment.SystemPageSize;
    private static readonly double TicksPerSecond = OperatingSystem.IsLinux() ? SysConf(2 /* _SC_CLK_TCK */) : 100;

    private readonly HashSet<(int Id, long Started)> known = [];

    /// <summary>What the tree uses at one moment.</summary>
    /// <param name="Bytes">In memory, pages that are shared counted for each.</param>
    /// <param name="Cpu">Of those that live, and of their children that have ended.</param>
    /// <param name="Tasks">Processes and threads.</param>
    public readonly record struct Use(long Bytes, TimeSpan Cpu, int Tasks);

    /// <summary>Looks at all of it.</summary>
    public Use Look()
    {
        var (bytes, ticks, tasks) = (0L, 0L, 0);
        foreach (var process in Find())
        {
            known.Add((process.Id, process.Started));
            bytes += process.Pages * PageBytes;
            ticks += process.Ticks;
            tasks += process.Threads;
        }
        return new Use(bytes, TimeSpan.FromSeconds(ticks / TicksPerSecond), tasks);
    }

    /// <summary>Kills all of it, and what was part of it at an earlier look and lives on.</summary>
    public void KillAll()
    {
        // Several rounds: one that forks while the others are killed shows in the next. Where the tree has a process namespace, its first process takes all along.
        for (var round = 0; round < 20; round++)
        {
            var alive = 0;
            foreach (var process in Read().Where(process => known.Contains((process.Id, process.Started))).Concat(Find()))
            {
                known.Add((process.Id, process.Started));
                if (process.Zombie) continue;
                alive++;
                _ = Signal(process.Id, Kill);
            }
            if (alive == 0) return;
        }
    }

    /// <summary>Processes and threads of this machine: no fewer than a user's.</summary>
    public static int TasksOfMachine() => Read().Sum(static process => process.Threads);

    private readonly record struct Entry(int Id, int Parent, long Started, long Ticks, int Threads, long Pages, bool Zombie);

    private List<Entry> Find()
    {
        var all = Read();
        HashSet<int> members = [root];
        // Parents are mostly older than their children, but numbers wrap: until nothing is new.
        for (var grown = true; grown;)
        {
            grown = false;
            foreach (var process in all)
                if (members.Contains(process.Parent) && members.Add(process.Id)) grown = true;
        }
        return [.. all.Where(process => members.Contains(process.Id))];
    }

    private static List<Entry> Read()
    {
        List<Entry> found = [];
        if (!OperatingSystem.IsLinux()) return found;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!char.IsAsciiDigit(folder["/proc/".Length])) continue;
            try
            {
                if (Parse(File.ReadAllText(folder + "/stat")) is { } entry) found.Add(entry);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue; // it ended meanwhile
            }
        }
        return found;
    }

    /// <summary>proc_pid_stat(5). The name, in parentheses, may hold anything.</summary>
    private static Entry? Parse(string stat)
    {
        var (open, close) = (stat.IndexOf('('), stat.LastIndexOf(')'));
        if (open < 2 || close < open) return null;
        var fields = stat[(close + 2)..].Split(' ');
        return fields.Length < 22 ? null : new Entry(int.Parse(stat.AsSpan(0, open - 1), CultureInfo.InvariantCulture), (int)At(1), At(19), At(11) + At(12) + At(13) + At(14), (int)At(17), At(21), fields[0] is "Z" or "X");

        long At(int index) => long.TryParse(fields[index], CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Signal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "sysconf")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SysConf(int name);
}
