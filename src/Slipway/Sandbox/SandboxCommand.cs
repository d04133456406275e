using System.Globalization;
using System.Runtime.InteropServices;

namespace Slipway.Sandbox;

/// <summary>The command line that confines a job: pure, from what the machine offers and what the job may do.</summary>
internal sealed partial record SandboxCommand(string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string WorkingFolder)
{
    /// <summary>The working folder as bubblewrap shows it: nobody has a folder of this name that a job might need.</summary>
    private const string Inside = "/slipway-job";

    /// <summary>Where a working folder can be put over, without bubblewrap: in every Debian, and mostly empty.</summary>
    private static readonly string[] Places = ["/mnt", "/media", "/srv"];

    private const string Path = "/usr/local/bin:/usr/bin:/bin";

    /// <summary>The parts of /etc that programs need to start; nothing of it says who is on the machine.</summary>
    private static readonly string[] Etc = ["/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/nsswitch.conf", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/mime.types", "/etc/fonts"];

    private static readonly string[] EtcOfNetwork = ["/etc/resolv.conf", "/etc/hosts", "/etc/services", "/etc/protocols", "/etc/gai.conf"];

    /// <summary>
    /// Run by root in a mount namespace of its own: the working folder to a place that is seen, what is nobody's business covered, the rest read only; then root is left for good.
    /// Arguments: the folder, the user, the place, pairs of folders and their names in it, `--`, what lies below /tmp and is shown, `--`, hidden paths, `--`, the program.
    /// </summary>
    private const string Cover = """
        set -e
        work=$1; user=$2; place=$3; shift 3
        mount --bind "$work" "$place"
        while [ "$1" != -- ]; do
          mount --bind "$1" "$place/$2"
          mount -o remount,bind,ro "$place/$2"
          shift 2
        done
        shift
        while [ "$1" != -- ]; do
          mkdir -p "$place$1"
          mount --rbind "$1" "$place$1"
          mount -o remount,bind,ro "$place$1"
          shift
        done
        shift
        mount --rbind "$place/tmp" /tmp
        for path in /var/tmp /dev/shm /run; do [ ! -d "$path" ] || mount -t tmpfs -o ro,size=4k none "$path"; done
        while [ "$1" != -- ]; do
          if [ -d "$1" ]; then mount -t tmpfs -o ro,size=4k,mode=0555 none "$1"; elif [ -e "$1" ]; then mount --bind /dev/null "$1"; fi
          shift
        done
        shift
        mount -o remount,bind,ro /
        cd "$place"
        exec setpriv --pdeathsig KILL --reuid="$user" --regid="$user" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all -- "$@"
        """;

    /// <summary>Puts it together. <paramref name="user"/>: the id to become, where the server is root.</summary>
    public static SandboxCommand Of(SandboxJob job, SandboxMeans means, SandboxOptions options, string folder, int? user)
    {
        var folders = options.Folders.Concat(job.Folders).Select(Real).Where(Directory.Exists).Distinct(StringComparer.Ordinal).ToList();
        var hidden = options.Hidden.Select(Real).Distinct(StringComparer.Ordinal).ToList();
        return means.Mechanism switch
        {
            SandboxMechanism.Bubblewrap => Bubblewrap(job, means, folders, hidden, folder, user),
            SandboxMechanism.User => InNamespaces(job, folders, hidden, folder, user!.Value),
            _ => Limited(job, means, folder, user),
        };
    }

    private static SandboxCommand Bubblewrap(SandboxJob job, SandboxMeans means, List<string> folders, List<string> hidden, string folder, int? user)
    {
        // --new-session: no terminal to type into; --die-with-parent: nothing outlives a server that was killed.
        List<string> args = ["--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent", "--new-session", "--hostname", "sandbox"];
        if (!job.Network) args.Add("--unshare-net");
        if (user is null) args.AddRange(means.NoNestedUsers ? ["--unshare-user", "--disable-userns"] : ["--unshare-user"]);
        args.AddRange(["--ro-bind", "/usr", "/usr"]);
        foreach (var name in (string[])["/bin", "/sbin", "/lib", "/lib64", "/lib32"])
        {
            if (new FileInfo(name).LinkTarget is { } target) args.AddRange(["--symlink", target, name]);
            else if (Directory.Exists(name)) args.AddRange(["--ro-bind", name, name]);
        }
        args.AddRange(["--perms", "0755", "--dir", "/etc"]); // else only its owner gets through: libraries are found by links in /etc/alternatives
        foreach (var name in job.Network ? [.. Etc, .. EtcOfNetwork] : Etc) args.AddRange(["--ro-bind-try", name, name]);
        // Before what lies below it: a program may be installed, or tried out, under /tmp.
        args.AddRange(["--bind", folder + "/tmp", "/tmp"]);
        // Bubblewrap makes what stands above them for the server's user alone.
        foreach (var above in folders.SelectMany(Above).Distinct(StringComparer.Ordinal).Where(static name => !IsBelow(name, "/usr"))) args.AddRange(["--perms", "0755", "--dir", above]);
        foreach (var name in folders) args.AddRange(["--ro-bind", name, name]);
        // What is hidden, and lies below something that is shown.
        foreach (var name in hidden.Where(name => folders.Append("/usr").Any(shown => IsBelow(name, shown))))
            if (Directory.Exists(name)) args.AddRange(["--tmpfs", name, "--remount-ro", name]);
            else if (File.Exists(name)) args.AddRange(["--ro-bind", "/dev/null", name]);
        args.AddRange(["--proc", "/proc", "--dev", "/dev", "--bind", folder, Inside, "--ro-bind", folder + "/in", Inside + "/in", .. job.Shown.SelectMany(static one => (string[])["--ro-bind", Real(one.Value), $"{Inside}/{one.Key}"]), "--chdir", Inside, "--remount-ro", "/dev", "--remount-ro", "/", "--"]);
        if (user is { } id) args.AddRange(["setpriv", .. Leave(id)]);
        args.AddRange(Limit(job.Limits, job.Limits.Processes));
        return new SandboxCommand("bwrap", [.. args, "--", job.Program, .. job.Arguments], Variables(job, Inside, "/tmp"), "/");
    }

    private static SandboxCommand InNamespaces(SandboxJob job, List<string> folders, List<string> hidden, string folder, int user)
    {
        var place = Places.FirstOrDefault(place => Directory.Exists(place) && !folders.Append(job.Program).Any(one => IsBelow(one, place))) ?? Places[0];
        List<string> args = ["--pdeathsig", "KILL", "--", "unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--ipc", "--uts"];
        if (!job.Network) args.Add("--net");
        args.AddRange(["--", "/bin/sh", "-c", Cover, "sh", folder, Text(user), place, .. job.Shown.SelectMany(static one => (string[])[Real(one.Value), one.Key]), "--", .. folders.Where(static name => IsBelow(name, "/tmp")), "--", .. hidden, "--", .. Limit(job.Limits, job.Limits.Processes), "--", job.Program, .. job.Arguments]);
        return new SandboxCommand("setpriv", args, Variables(job, place, "/tmp"), "/");
    }

    /// <summary>
    /// Nothing is hidden. A job of root's gets another identity all the same, with root's way past the modes of files, since the kernel counts nobody's processes but root's;
    /// those of another user are counted together with the server's.
    /// </summary>
    private static SandboxCommand Limited(SandboxJob job, SandboxMeans means, string folder, int? user)
    {
        var variables = Variables(job, folder, folder + "/tmp");
        if (!OperatingSystem.IsLinux()) return new SandboxCommand(job.Program, job.Arguments, variables, folder);
        List<string> args = ["--pdeathsig", "KILL", "--"];
        if (means.Namespaces)
        {
            args.AddRange(["unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--ipc"]);
            if (!job.Network) args.Add("--net");
            if (!System.Environment.IsPrivilegedProcess) args.AddRange(["--user", "--map-current-user"]);
            args.Add("--");
        }
        if (user is { } id) args.AddRange(["setpriv", "--pdeathsig", "KILL", .. Leave(id, "+dac_override")]);
        int? processes = user is not null ? job.Limits.Processes : System.Environment.IsPrivilegedProcess ? null : ProcessTree.TasksOfMachine() + job.Limits.Processes;
        return new SandboxCommand("setpriv", [.. args, .. Limit(job.Limits, processes), "--", job.Program, .. job.Arguments], variables, folder);
    }

    /// <summary>Arguments of setpriv: another user for good, with no capability but those named.</summary>
    private static string[] Leave(int user, params string[] keep)
    {
        var capabilities = string.Join(',', (string[])["-all", .. keep]);
        return ["--reuid=" + Text(user), "--regid=" + Text(user), "--clear-groups", "--no-new-privs", "--inh-caps=" + capabilities, "--ambient-caps=" + capabilities, "--bounding-set=" + capabilities, "--"];
    }

    /// <summary>The kernel's limits of one process. Of memory: what it may write to (RLIMIT_DATA), not its addresses, of which .NET and others reserve far more than they use.</summary>
    private static string[] Limit(SandboxLimits limits, int? processes) =>
    [
        // A job is less urgent than the server; one whose processes are only watched must leave the watcher its turn.
        "nice", "-n", limits.Urgent ? "0" : processes is null ? "19" : "10", "prlimit", "--core=0", "--nofile=1024", "--data=" + Text(limits.MemoryBytes), "--fsize=" + Text(limits.FileBytes),
        .. limits.CpuTime == SandboxLimits.Endless ? (string[])[] : ["--cpu=" + Text((long)Math.Ceiling(limits.CpuTime.TotalSeconds) + SecondsOfGrace)],
        .. processes is { } most ? (string[])["--nproc=" + Text(most)] : [],
    ];

    /// <summary>The kernel's limit comes after ours, which says what happened.</summary>
    private const int SecondsOfGrace = 3;

    private static Dictionary<string, string> Variables(SandboxJob job, string home, string temporary)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = Path, ["HOME"] = home, ["TMPDIR"] = temporary, ["LANG"] = "C.UTF-8" };
        foreach (var (name, value) in job.Environment) variables[name] = value;
        return variables;
    }

    private static IEnumerable<string> Above(string path)
    {
        for (var slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1)) yield return path[..slash];
    }

    private static bool IsBelow(string path, string folder) => path == folder || path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A path without links, as mounts know it.</summary>
    private static unsafe string Real(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        if (OperatingSystem.IsWindows()) return path;
        var found = RealPath(path, null);
        if (found is null) return path;
        var text = Marshal.PtrToStringUTF8((nint)found)!;
        NativeMemory.Free(found);
        return text;
    }

    [LibraryImport("libc", EntryPoint = "realpath", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static unsafe partial byte* RealPath(string path, byte* into);
}
