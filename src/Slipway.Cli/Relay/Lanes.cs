using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Slipway.Cli.Relay;

/// <summary>The lanes of a relay, each with its delivery. Those with something to deliver are open from the start.</summary>
internal sealed class Lanes : IAsyncDisposable
{
    private readonly RelayFolder folder;
    private readonly Upstream server;
    private readonly RelayOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock access = new();
    private readonly Dictionary<string, (Lane Lane, Task Delivery)> open = [];
    private readonly Dictionary<(string?, string), string> folders = [];

    public Lanes(RelayFolder folder, Upstream server, RelayOptions options, TimeProvider clock, ILogger log)
    {
        (this.folder, this.server, this.options, this.clock, this.log) = (folder, server, options, clock, log);
        Budget = new SpoolBudget(options.BytesMax);
        foreach (var path in RelayFolder.Lanes(folder.Path))
            if (Read(path) is { } sheet) Open(path, sheet);
    }

    public SpoolBudget Budget { get; }

    public long Pending
    {
        get
        {
            lock (access) return open.Values.Sum(one => one.Lane.Spool.Pending);
        }
    }

    /// <summary>The lane of a client; null when there are too many.</summary>
    /// <exception cref="IOException">The disk does not take a new one.</exception>
    public Lane? Of(string? authorization, string workspace)
    {
        if (options.Token is not null) authorization = null;
        string? path;
        lock (access)
        {
            if (folders.TryGetValue((authorization, workspace), out path) && open.TryGetValue(path, out var known)) return known.Lane;
        }
        path ??= folder.LaneOf(authorization, workspace);
        lock (access)
        {
            if (folders.Count > 4 * RelayOptions.LanesMax) folders.Clear();
            folders[(authorization, workspace)] = path;
            if (!open.TryGetValue(path, out var one))
            {
                if (open.Count >= RelayOptions.LanesMax) return null;
                one = Open(path, new LaneSheet(workspace, authorization is null));
            }
            one.Lane.Speaks(authorization);
            return one.Lane;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        List<(Lane Lane, Task Delivery)> all;
        lock (access) all = [.. open.Values];
        foreach (var (lane, delivery) in all)
        {
            await delivery;
            lane.Dispose();
        }
        stop.Dispose();
    }

    private (Lane Lane, Task Delivery) Open(string path, LaneSheet sheet)
    {
        var lane = Lane.Open(path, sheet, options, Budget, clock);
        var one = (lane, Task.Run(() => new Delivery(lane, server, options, clock, log).Run(stop.Token)));
        open.Add(path, one);
        return one;
    }

    private static LaneSheet? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(path, "lane.json")), RelayJson.Default.LaneSheet);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
