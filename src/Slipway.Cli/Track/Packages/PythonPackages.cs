namespace Slipway.Cli.Track.Packages;

/// <summary>
/// Packages of the Python that a command uses: the one it names, the one its first line (#!) names, else the one on the PATH. The interpreter itself is
/// asked, because it alone knows its path; pip need not be installed. Those that conda put there are read from conda's own notes beside it.
/// </summary>
internal static class PythonPackages
{
    /// <summary>How much of a script is read to find its first line, in bytes.</summary>
    private const int FirstLineBytesMax = 256;

    // Prints what `pip freeze` would, by the same notes (PEP 610 for what came from an address). The working folder's own modules must not run: out of the path first.
    private const string Ask = """
        import sys
        sys.path[:] = [p for p in sys.path if p]
        import json, platform
        import importlib.metadata as found
        print(platform.python_version())
        print(sys.prefix)
        for one in found.distributions():
            name = one.metadata["Name"]
            if not name: continue
            at = json.loads(one.read_text("direct_url.json") or "{}")
            control = at.get("vcs_info")
            if control: print(name + " @ " + control.get("vcs", "git") + "+" + at["url"] + "@" + control.get("commit_id", ""))
            elif "url" in at and not at["url"].startswith("file:"): print(name + " @ " + at["url"])
            else: print(name + "==" + str(one.version))
        """;

    /// <summary>The interpreter that a command uses, or null.</summary>
    /// <param name="program">The command's program, in full.</param>
    /// <param name="path">The PATH it sees.</param>
    /// <param name="folder">Where it works.</param>
    public static string? Interpreter(string program, string? path, string folder)
    {
        if (IsPython(program)) return program;
        if (FirstLine(program) is { } line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is [var direct, ..] && IsPython(direct)) return ProgramPath.TryFind(direct, path, folder);
            if (words is [var env, ..] && Path.GetFileName(env) is "env" && words.Skip(1).FirstOrDefault(IsPython) is { } named) return ProgramPath.TryFind(named, path, folder);
        }
        return ProgramPath.TryFind("python", path, folder) ?? ProgramPath.TryFind("python3", path, folder);
    }

    /// <summary>What pip, and what conda, installed; empty when the interpreter does not answer.</summary>
    public static async Task<List<PackageList>> Read(string interpreter, string folder, CancellationToken ct)
    {
        if ((await ToolOutput.Read(interpreter, ["-c", Ask], folder, ct))?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is not [var version, var prefix, .. var lines]) return [];
        var found = PackageList.Empty();
        foreach (var line in lines) PackageList.Add(found, line);
        List<PackageList> lists = [new("pip", $"python {version}, {prefix}", found)];
        if (Conda(prefix) is { } conda) lists.Add(conda);
        return lists;
    }

    /// <summary>conda's notes: a file NAME-VERSION-BUILD.json a package.</summary>
    public static PackageList? Conda(string prefix)
    {
        var notes = Path.Combine(prefix, "conda-meta");
        if (!Directory.Exists(notes)) return null;
        var found = PackageList.Empty();
        foreach (var file in Directory.EnumerateFiles(notes, "*.json").Take(PackageList.EntriesMax))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            var build = name.LastIndexOf('-');
            var version = build > 0 ? name.LastIndexOf('-', build - 1) : -1;
            if (version > 0) found.TryAdd(name[..version], $"{name[(version + 1)..build]}={name[(build + 1)..]}");
        }
        return new PackageList("conda", prefix, found);
    }

    private static bool IsPython(string program)
    {
        var name = Path.GetFileNameWithoutExtension(program) is var bare && Path.GetExtension(program) is ".exe" ? bare : Path.GetFileName(program);
        return name.StartsWith("python", StringComparison.Ordinal) && name["python".Length..].All(letter => char.IsAsciiDigit(letter) || letter is '.' or 't' or 'w') || name is "pypy" or "pypy3";
    }

    private static string? FirstLine(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            var buffer = new byte[FirstLineBytesMax];
            var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length < 3 || buffer[0] != '#' || buffer[1] != '!') return null;
            var text = System.Text.Encoding.UTF8.GetString(buffer, 2, length - 2);
            return text.Split('\n')[0].Trim();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
