using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Client;
using Slipway.Prediction;
using Slipway.Registry;
using Slipway.Sandbox;
using Slipway.Serving;

namespace Slipway.Cli.Score;

/// <summary>A model on this machine, wherever it came from.</summary>
/// <param name="Path">A folder, or a file .onnx.</param>
/// <param name="Digest">SHA-256 of what sha256sum would print for its files.</param>
/// <param name="Name">What people call it.</param>
internal sealed record ScoredModel(string Path, string Digest, string Name)
{
    /// <summary>Takes `models:/...` from a server into the cache, or a folder or file as it lies there.</summary>
    /// <exception cref="CommandFailure">There is none.</exception>
    public static async Task<ScoredModel> Find(string said, string cache, Func<Func<SlipwayClient, Task<ScoredModel>>, Task<ScoredModel>> server, CancellationToken ct)
    {
        if (ModelUri.Is(said))
        {
            if (ModelUri.Parse(said) is null) throw new CommandFailure(ExitCode.Usage, $"MODEL: got '{said}', expected models:/NAME/VERSION, models:/NAME@ALIAS or models:/NAME/STAGE.");
            return await server(async client =>
            {
                var version = await client.Models.ResolveAsync(said, ct);
                var gates = await client.Gates.CheckAsync(version.Name!, version.Version!, endpoint: ":score", ct: ct);
                if (!gates.Passed)
                    throw new CommandFailure(ExitCode.Refused, $"The gates of :score refuse version {version.Version} of '{version.Name}': {string.Join("; ", (gates.Checks ?? []).Where(static check => check.Message is not null && check.Status is not ("passed" or "waived")).Select(static check => check.Message))}",
                        $"All of it: slipway gates check {version.Name} {version.Version} --endpoint :score");
                var folder = System.IO.Path.Combine(cache, Safe(version.Name!), version.Version!);
                await client.Models.DownloadAsync(version.Name!, version.Version!, folder, ct);
                return new ScoredModel(folder, await Hash(folder, ct), $"{version.Name}/{version.Version}");
            });
        }
        if (File.Exists(said) && said.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            await using var file = File.OpenRead(said);
            return new ScoredModel(said, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct)), System.IO.Path.GetFileName(said));
        }
        return Directory.Exists(said) ? new ScoredModel(said, await Hash(said, ct), said)
            : throw new CommandFailure(ExitCode.NotFound, $"MODEL: '{said}' is neither a folder nor a file .onnx.", "Take one from a server with models:/NAME@ALIAS.");
    }

    /// <summary>Opens it.</summary>
    /// <exception cref="CommandFailure">Nothing here runs it.</exception>
    public async Task<(ModelRuntime Runtime, IReadOnlyList<string>? Columns)> Open(SandboxRunner sandbox, PythonOptions python, CancellationToken ct)
    {
        if (File.Exists(Path)) return (OnnxServed.Open(Path), null);
        var opened = await new ModelOpener(new PythonWorkers(sandbox, python, TimeProvider.System)).Open(Path, ct);
        return opened.Problem is { } problem ? throw new CommandFailure(ExitCode.Failed, problem.Message) : (opened.Value.Runtime, Columns(opened.Value.Mlmodel));
    }

    /// <summary>The signature's columns, where it has names.</summary>
    private static string[]? Columns(JsonObject? mlmodel)
    {
        var columns = mlmodel is null ? null : MlmodelFile.Describe(mlmodel).Inputs;
        return columns is { Length: > 1 } && Array.TrueForAll(columns, static column => column.Name is not null) ? [.. columns.Select(static column => column.Name!)] : null;
    }

    private static async Task<string> Hash(string folder, CancellationToken ct)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            await using var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
            all.AppendData(Encoding.UTF8.GetBytes($"{Convert.ToHexStringLower(await SHA256.HashDataAsync(content, ct))}  {System.IO.Path.GetRelativePath(folder, file)}\n"));
        }
        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    private static string Safe(string name) => Uri.EscapeDataString(name).Replace(".", "%2E", StringComparison.Ordinal);
}
