using System.Text.Json;

namespace Slipway.Cli.Track.Packages;

/// <summary>Packages that files beside a program name: NuGet's for .NET, npm's for Node. Read, never asked: the tools would restore, or reach for the network.</summary>
internal static class LockFiles
{
    /// <summary>A larger file is left alone, in bytes.</summary>
    public const long BytesMax = 64 << 20;

    /// <summary>How far up a file is looked for.</summary>
    private const int LevelsMax = 8;

    /// <summary>NuGet packages: of the assembly that the command names, of the executable, or of the project in its folder.</summary>
    public static PackageList? Dotnet(string program, IReadOnlyList<string> args, string folder)
    {
        foreach (var file in DotnetFiles(program, args, folder))
            if (Read(file, root => root.TryGetProperty("libraries", out var libraries) && libraries.ValueKind is JsonValueKind.Object ? Libraries(libraries) : null) is { } found)
                return new PackageList("dotnet", file, found);
        return null;
    }

    /// <summary>npm packages, as package-lock.json of the folder, or of one above it, fixes them.</summary>
    public static PackageList? Npm(string folder)
    {
        foreach (var at in Upwards(folder))
            if (Path.Combine(at, "package-lock.json") is var file && File.Exists(file))
                return Read(file, Locked) is { } found ? new PackageList("npm", file, found) : null;
        return null;
    }

    private static IEnumerable<string> DotnetFiles(string program, IReadOnlyList<string> args, string folder)
    {
        var isDotnet = Path.GetFileNameWithoutExtension(program) is "dotnet";
        if (!isDotnet) yield return Path.ChangeExtension(program, null) is var bare && Path.GetExtension(program) is ".exe" or ".dll" ? bare + ".deps.json" : program + ".deps.json";
        if (isDotnet && args.FirstOrDefault(arg => arg.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)) is { } assembly)
            yield return Path.ChangeExtension(Path.GetFullPath(assembly, folder), ".deps.json");
        var at = args.Select((arg, i) => (arg, i)).FirstOrDefault(one => one.arg is "--project" or "-p").i;
        var project = isDotnet && at > 0 && at + 1 < args.Count ? Path.GetFullPath(args[at + 1], folder) : folder;
        if (File.Exists(project)) project = Path.GetDirectoryName(project)!;
        if (!isDotnet || !Directory.Exists(project)) yield break;
        yield return Path.Combine(project, "obj", "project.assets.json");
        foreach (var name in Directory.EnumerateFiles(project, "*.*proj").Select(Path.GetFileNameWithoutExtension).Take(LevelsMax))
            foreach (var above in Upwards(project))
                yield return Path.Combine(above, "artifacts", "obj", name!, "project.assets.json");
    }

    private static SortedDictionary<string, string> Libraries(JsonElement libraries)
    {
        var found = PackageList.Empty();
        foreach (var library in libraries.EnumerateObject())
            if (found.Count < PackageList.EntriesMax && library.Name.Split('/') is [var name, var version] && library.Value.ValueKind is JsonValueKind.Object
                && library.Value.TryGetProperty("type", out var type) && type.ValueEquals("package")) found.TryAdd(name, version);
        return found;
    }

    private static SortedDictionary<string, string>? Locked(JsonElement root)
    {
        var found = PackageList.Empty();
        // Version 2 and 3 of the format by path, version 1 by name.
        if (root.TryGetProperty("packages", out var packages) && packages.ValueKind is JsonValueKind.Object) Take(packages, "node_modules/");
        else if (root.TryGetProperty("dependencies", out var dependencies) && dependencies.ValueKind is JsonValueKind.Object) Take(dependencies, "");
        else return null;
        return found;

        void Take(JsonElement from, string prefix)
        {
            foreach (var one in from.EnumerateObject())
                if (found.Count < PackageList.EntriesMax && one.Name.Length > prefix.Length && one.Name.StartsWith(prefix, StringComparison.Ordinal) && one.Value.ValueKind is JsonValueKind.Object
                    && one.Value.TryGetProperty("version", out var version) && version.ValueKind is JsonValueKind.String) found.TryAdd(one.Name[prefix.Length..], version.GetString()!);
        }
    }

    private static SortedDictionary<string, string>? Read(string file, Func<JsonElement, SortedDictionary<string, string>?> take)
    {
        try
        {
            if (new FileInfo(file) is not { Exists: true, Length: <= BytesMax }) return null;
            using var stream = File.OpenRead(file);
            using var parsed = JsonDocument.Parse(stream);
            return parsed.RootElement.ValueKind is JsonValueKind.Object ? take(parsed.RootElement) : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Upwards(string folder)
    {
        var at = Path.GetFullPath(folder);
        for (var level = 0; level < LevelsMax && at is not null; level++, at = Path.GetDirectoryName(at)) yield return at;
    }
}
