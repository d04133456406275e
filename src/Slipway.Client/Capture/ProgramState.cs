using System.Collections;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Client.Capture;

/// <summary>What ran, with what, on what: enough to run it again or to see why it cannot be.</summary>
/// <param name="CommandLine">As the program was started, secrets masked.</param>
/// <param name="Folder">The working folder.</param>
/// <param name="Host">The machine's name.</param>
/// <param name="System">Operating system and architecture.</param>
/// <param name="Dotnet">The runtime.</param>
/// <param name="Processors">Logical ones that this process may use.</param>
/// <param name="MemoryMb">What the process may use.</param>
/// <param name="Gpus">Names, as their driver's tool says; null where there is none.</param>
/// <param name="Packages">By name, with versions.</param>
/// <param name="Variables">The environment, secrets masked.</param>
internal sealed record ProgramState(string[] CommandLine, string Folder, string Host, string System, string Dotnet, int Processors, long MemoryMb,
    string[]? Gpus, SortedDictionary<string, string> Packages, SortedDictionary<string, string> Variables)
{
    /// <summary>The most variables, and packages, that are kept.</summary>
    public const int EntriesMax = 2_000;

    /// <summary>A value's longest part that is kept, in characters.</summary>
    public const int ValueCharsMax = 4_000;

    /// <summary>This process.</summary>
    public static ProgramState Own(string[]? gpus) => new(
        Secrets.Masked(Environment.GetCommandLineArgs()), Environment.CurrentDirectory, Environment.MachineName,
        $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}", RuntimeInformation.FrameworkDescription, Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20, gpus, OwnPackages(), Kept(Environment.GetEnvironmentVariables()));

    /// <summary>As JSON, indented.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, CaptureJson.Default.ProgramState);

    /// <summary>An environment as it may be kept.</summary>
    public static SortedDictionary<string, string> Kept(IDictionary variables)
    {
        var kept = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in variables)
            if (kept.Count < EntriesMax && entry is { Key: string name, Value: string value })
                kept[name] = Secrets.Masked(name, value.Length > ValueCharsMax ? value[..ValueCharsMax] + "..." : value);
        return kept;
    }

    /// <summary>From the application's own list of dependencies; where there is none, from what is loaded.</summary>
    private static SortedDictionary<string, string> OwnPackages()
    {
        var found = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in (AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
            ReadDependencies(file, found);
        if (found.Count == 0)
            foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies())
                if (assembly.GetName() is { Name: { } name, Version: { } version } && found.Count < EntriesMax) found[name] = version.ToString();
        return found;
    }

    private static void ReadDependencies(string file, SortedDictionary<string, string> into)
    {
        try
        {
            using var stream = File.OpenRead(file);
            using var parsed = JsonDocument.Parse(stream);
            if (!parsed.RootElement.TryGetProperty("libraries", out var libraries)) return;
            foreach (var library in libraries.EnumerateObject())
                if (into.Count < EntriesMax && library.Name.Split('/') is [var name, var version]) into[name] = version;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            // A program may be published without one.
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProgramState))]
internal sealed partial class CaptureJson : JsonSerializerContext;
