using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Slipway.Cli.Track;
using Slipway.Cli.Track.Packages;
using Slipway.Client;
using Slipway.Client.Capture;

namespace Slipway.Cli.Reproduce;

/// <summary>
/// What a run noted about itself, whether `slipway run`, our SDK or MLflow's client noted it. It comes from a server, so from anybody who may write there:
/// nothing of it is believed to be well formed, and nothing is executed without being asked about.
/// </summary>
internal sealed partial class RecordedRun
{
    /// <summary>The most that is read of one noted file, in bytes.</summary>
    public const int BytesMax = 16 << 20;

    private RecordedRun(Run run) => Run = run;

    public Run Run { get; }

    /// <summary>The commit, or null.</summary>
    public string? Commit { get; private init; }

    /// <summary>The folder of the command in the repository, such as `.` or `training`.</summary>
    public string Folder { get; private init; } = ".";

    /// <summary>Program and arguments, secrets masked; null when it is not known.</summary>
    public string[]? Command { get; private init; }

    /// <summary>What was not committed; null when nothing was, or it was not noted.</summary>
    public byte[]? Diff { get; private init; }

    /// <summary>The difference was longer than what was kept.</summary>
    public bool DiffIsCut { get; private init; }

    /// <summary>Variables, machine, .NET; null when it was not noted.</summary>
    public ProgramState? Program { get; private init; }

    public IReadOnlyList<PackageList> Packages { get; private init; } = [];

    /// <summary>Reads what the server has of it.</summary>
    /// <exception cref="SlipwayException">There is no such run, or no server.</exception>
    public static async Task<RecordedRun> Read(SlipwayClient client, string id, CancellationToken ct)
    {
        var run = await client.Runs.GetAsync(id, ct);
        var names = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var file in client.Artifacts.ListAsync(id, PackageList.Folder, false, ct))
            if (!file.IsFolder && names.Count < 1_000) names.Add(file.Path);
        async Task<byte[]?> Noted(string path) => names.Contains(path) ? await Download(client, id, path, ct) : null;

        var program = Parse(await Noted(RunCapture.ProgramName));
        var lists = new List<PackageList>();
        foreach (var kind in PackageList.Kinds)
            if (await Noted(PackageList.ArtifactOf(kind)) is { } text) lists.Add(PackageList.Parse(kind, Encoding.UTF8.GetString(text)));
        var ours = TrackedCommand.FromTag(run.Tags.GetValueOrDefault(TrackedCommand.CommandTag));
        if (lists.Count == 0 && program is { Packages.Count: > 0 }) lists.Add(new PackageList("dotnet", program.Dotnet, program.Packages));
        return new RecordedRun(run)
        {
            Commit = run.Tags.GetValueOrDefault("mlflow.source.git.commit") is { } commit && CommitId().IsMatch(commit) ? commit : null,
            Folder = run.Tags.GetValueOrDefault(TrackedCommand.FolderTag) ?? ".",
            Command = ours ?? program?.CommandLine,
            Diff = await Noted(RunCapture.DiffName),
            DiffIsCut = run.Tags.GetValueOrDefault("slipway.git.dirty")?.Contains("cut", StringComparison.Ordinal) ?? false,
            Program = program,
            Packages = lists,
        };
    }

    private static ProgramState? Parse(byte[]? json)
    {
        try
        {
            return json is null ? null : JsonSerializer.Deserialize(json, CaptureJson.Default.ProgramState) is { CommandLine: not null, Packages: not null, Variables: not null } state ? state : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task<byte[]> Download(SlipwayClient client, string id, string path, CancellationToken ct)
    {
        await using var stream = await client.Artifacts.OpenAsync(id, path, ct);
        using var all = new MemoryStream();
        var buffer = new byte[64 << 10];
        while (await stream.ReadAsync(buffer, ct) is > 0 and var read)
        {
            all.Write(buffer, 0, read);
            if (all.Length > BytesMax) throw new CommandFailure(ExitCode.Failed, $"{path} of run {id} is longer than {BytesMax >> 20} MB; what notes a run is not.");
        }
        return all.ToArray();
    }

    [GeneratedRegex("^[0-9a-f]{40}([0-9a-f]{24})?$", RegexOptions.CultureInvariant)]
    private static partial Regex CommitId();
}
