using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Artifacts;
using Slipway.Events;
using Slipway.Storage;
using Slipway.Tests.Storage;

namespace Slipway.Tests.Artifacts;

/// <summary>A tree of artifacts on a database of its own and a folder of its own, with a clock that stands still.</summary>
internal sealed class ArtifactBench : IAsyncDisposable
{
    public static readonly Caller Me = Caller.Local();

    private readonly TestDatabase test;
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-artifacts-").FullName;

    private ArtifactBench(TestDatabase test, ArtifactGate? gate)
    {
        this.test = test;
        Blobs = new FolderBlobs(folder);
        Vault = ArtifactVault.Plain(Blobs);
        Events = new EventLog(test.Database, Clock);
        Tree = new ArtifactTree(test.Database, Vault, Events, Clock, gate ?? ((_, _, _, _) => null));
        Uploads = new Uploads(test.Database, Vault, Tree, Clock);
        Sweep = new ArtifactSweep(test.Database, Blobs, Clock, NullLogger<ArtifactSweep>.Instance);
    }

    public ManualClock Clock { get; } = new();

    public Database Database => test.Database;

    public FolderBlobs Blobs { get; }

    public ArtifactVault Vault { get; }

    public EventLog Events { get; }

    public ArtifactTree Tree { get; }

    public Uploads Uploads { get; }

    public ArtifactSweep Sweep { get; }

    public static async Task<ArtifactBench> Create(Dialect dialect, ArtifactGate? gate = null) =>
        new(await TestDatabase.Create(dialect, ProductSchema.Of("Jobs"), ProductSchema.Of("Events"), ProductSchema.Of("Access"), ProductSchema.Of("Artifacts")), gate);

    public static ArtifactPath At(string path) => ArtifactPath.Parse(path).Value;

    public static Stream Text(string text) => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));

    public Task<Outcome<Artifact>> Put(string path, string text, Caller? caller = null) => Tree.Put(caller ?? Me, At(path), Text(text), default);

    /// <summary>The content, or the status of the problem.</summary>
    public async Task<string> Read(string path, Caller? caller = null)
    {
        var found = await Tree.Find(caller ?? Me, At(path), default);
        if (found.Problem is { } problem) return problem.Status.ToString();
        await using var content = (await Tree.Open(found.Value, 0, null, default)).Value;
        return await new StreamReader(content).ReadToEndAsync();
    }

    /// <summary>A directory as `folder/ file:size`.</summary>
    public async Task<string> List(string path, Caller? caller = null)
    {
        var listed = await Tree.List(caller ?? Me, ArtifactPath.ParseFolder(path).Value, null, 1000, default);
        return string.Join(' ', listed.Value.Names.Select(name => name.IsFolder ? name.Name + "/" : $"{name.Name}:{name.Size}"));
    }

    public async Task<int> BlobCount()
    {
        var count = 0;
        await foreach (var _ in Blobs.List(null, default)) count++;
        return count;
    }

    /// <summary>Sweeps as if so much time had passed; files carry real times, rows the clock's.</summary>
    public async Task<Swept> SweepAfter(TimeSpan time)
    {
        var real = DateTimeOffset.UtcNow;
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
            if (File.GetLastWriteTimeUtc(file) > real.AddHours(-1).UtcDateTime) File.SetLastWriteTimeUtc(file, Clock.GetUtcNow().UtcDateTime);
        Clock.Advance(time);
        var swept = await Sweep.Sweep(Clock.GetUtcNow(), default);
        Assert.Null(swept.Problem);
        return swept.Value;
    }

    public async ValueTask DisposeAsync()
    {
        await test.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
