namespace Slipway.Cli.Track.Packages;

/// <summary>Every kind of package that a command would find on this machine now.</summary>
internal static class PackagesNow
{
    /// <summary>Reads them.</summary>
    /// <param name="program">The command's program, in full.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="folder">Where it works.</param>
    /// <param name="ct">Ends the reading.</param>
    public static async Task<List<PackageList>> Read(string program, IReadOnlyList<string> args, string folder, CancellationToken ct)
    {
        var found = new List<PackageList>();
        if (PythonPackages.Interpreter(program, Environment.GetEnvironmentVariable("PATH"), folder) is { } interpreter) found.AddRange(await PythonPackages.Read(interpreter, folder, ct));
        if (LockFiles.Dotnet(program, args, folder) is { } dotnet) found.Add(dotnet);
        if (LockFiles.Npm(folder) is { } npm) found.Add(npm);
        return found;
    }
}
