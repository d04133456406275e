using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Cli.Relay;

/// <summary>What `lane.json` says of a lane.</summary>
/// <param name="Workspace">The workspace that its requests name; empty for the credential's own.</param>
/// <param name="Open">Whether its requests carry no credential of their own.</param>
internal sealed record LaneSheet(string Workspace, bool Open);

/// <summary>
/// Everything of one credential in one workspace: what waits, what was refused, what was seen. Nobody is answered from another one's, and a request is
/// only ever delivered with the credential that it came with. The credential itself is in memory alone.
/// </summary>
internal sealed class Lane : IDisposable
{
    public const string WorkspaceHeader = "X-MLFLOW-WORKSPACE";

    private readonly RelayOptions options;
    private readonly SpoolBudget budget;
    private readonly TimeProvider clock;
    private readonly RunNames names = new(Random.Shared);
    private readonly Lock order = new();
    private volatile bool away;
    private volatile TaskCompletionSource woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Lane(string folder, LaneSheet sheet, RelayOptions options, SpoolBudget budget, TimeProvider clock)
    {
        (Folder, Sheet, this.options, this.budget, this.clock) = (folder, sheet, options, budget, clock);
        Experiments = new KnownExperiments(folder);
        Shadow = new Shadow(Experiments);
        Refusals = new Refusals(folder, budget);
        Authorization = options.Token is { } token ? "Bearer " + token : null;
    }

    public string Folder { get; }

    public LaneSheet Sheet { get; }

    public string Workspace => Sheet.Workspace;

    public KnownExperiments Experiments { get; }

    public Shadow Shadow { get; }

    public Refusals Refusals { get; }

    public Spool Spool { get; private set; } = null!;

    /// <summary>What its requests prove themselves with; null until its client speaks, where the relay has no token of its own.</summary>
    public string? Authorization { get; private set; }

    /// <summary>The last request did not reach the server.</summary>
    public bool Away => away;

    /// <summary>A write may go to the server at once: nothing waits before it.</summary>
    public bool MayForward => !away && Spool.Pending == 0;

    public string Files => Path.Combine(Folder, "files");

    /// <summary>Opens a lane's folder, making it where it is none; what waits is known again.</summary>
    /// <exception cref="IOException">The disk does not take or give it.</exception>
    public static Lane Open(string folder, LaneSheet sheet, RelayOptions options, SpoolBudget budget, TimeProvider clock)
    {
        RelayFolder.Make(folder);
        var file = Path.Combine(folder, "lane.json");
        if (!File.Exists(file)) File.WriteAllBytes(file, JsonSerializer.SerializeToUtf8Bytes(sheet, RelayJson.Default.LaneSheet));
        var lane = new Lane(folder, sheet, options, budget, clock);
        RelayFolder.Make(lane.Files);
        var kept = Refusals.Read(folder).Concat(Refusals.Read(folder, Refusals.RetryName)).Select(entry => entry.Head.File).OfType<string>().ToHashSet();
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)) budget.Count(new FileInfo(path).Length);
        foreach (var run in lane.Experiments.Runs) lane.Shadow.Learn(new Run(run));
        lane.Spool = Spool.Open(folder, budget, entry =>
        {
            if (entry.Head.File is { } name && kept.Add(name)) budget.TryTakeFile();
            lane.Recall(entry);
        }, (path, offset, bytes) => lane.Refusals.Keep(new SpoolEntry(new SpoolHead(0, clock.GetUtcNow().ToUnixTimeMilliseconds(), "", Path.GetFileName(path)), []),
            $"{bytes:N0} bytes from byte {offset:N0} on cannot be read: the disk or another program changed them. What stood before them is delivered.", 0));
        // An upload that was broken off, or that arrived just before the relay ended.
        foreach (var path in Directory.EnumerateFiles(lane.Files).Where(path => !kept.Contains(Path.GetFileName(path)))) lane.Discard(path);
        if (options.Retry) lane.TakeBack();
        return lane;
    }

    /// <summary>Notes who speaks: what waits for this credential can go on.</summary>
    public void Speaks(string? authorization)
    {
        if (options.Token is not null || authorization == Authorization) return;
        Authorization = authorization;
        Wake();
    }

    /// <summary>The server cannot be reached: from now on writes are kept, until the delivery finds it again.</summary>
    public void Lost()
    {
        if (away) return;
        away = true;
        Wake();
    }

    public void Found() => away = false;

    /// <summary>Gives the delivery something to do.</summary>
    public void Wake()
    {
        var last = woken;
        woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        last.TrySetResult();
    }

    /// <summary>Ends when somebody wakes the lane. To be asked for before looking whether there is something to do.</summary>
    public Task Woken => woken.Task;

    /// <summary>Takes a write in for later, and answers what the server would have. When it returns, the disk has it.</summary>
    /// <exception cref="JsonException">The body is not what the route takes.</exception>
    public async Task<Outcome<byte[]>> Keep(RelayCall call, string method, string target, string? contentType, byte[] body, bool tried, string? file = null, long fileBytes = 0)
    {
        byte[] answer;
        SpoolEntry? entry;
        var nowMs = clock.GetUtcNow().ToUnixTimeMilliseconds();
        try
        {
            lock (order)
            {
                string? makes = null;
                if (call.Ask is Ask.CreateExperiment)
                {
                    var made = Make(body, nowMs, out body, out makes);
                    if (made.Problem is { } refused) return refused;
                    answer = made.Value;
                }
                else
                {
                    var noted = Shadow.Note(call, body, nowMs);
                    if (noted.Problem is { } refused) return refused;
                    answer = noted.Value;
                }
                entry = Spool.Append(ordinal => new SpoolHead(ordinal, nowMs, method, target, contentType, makes, file, fileBytes, tried), body);
                if (entry is null) return budget.Full();
                if (file is not null && call.Id is { } path) Shadow.Waits(path, entry.Head, Path.Combine(Files, file));
            }
            await Spool.Durable(entry.Head.Ordinal);
        }
        catch (IOException fault)
        {
            return BlobFiles.IsFull(fault) ? Problem.DiskFull($"The server is away, and the relay's disk is full. This request was not kept: {fault.Message}")
                : Problem.Internal($"The server is away, and the relay's disk fails. This request was not kept: {fault.Message}");
        }
        Wake();
        return answer;
    }

    /// <summary>Adds what the server would choose, so that both choose the same: ids, names and times.</summary>
    /// <exception cref="JsonException">The body is no JSON object.</exception>
    public byte[] Complete(RelayCall call, byte[] body)
    {
        if (call.Ask is not (Ask.CreateRun or Ask.CreateModel)) return body;
        try
        {
            return Completed(call, body);
        }
        catch (InvalidOperationException fault)
        {
            throw new JsonException(fault.Message); // a number where a text belongs
        }
    }

    private byte[] Completed(RelayCall call, byte[] body)
    {
        var request = JsonNode.Parse(body, null, new JsonDocumentOptions { MaxDepth = Wire.DepthMax, AllowDuplicateProperties = false }) as JsonObject ?? throw new JsonException("expected an object.");
        if (call.Ask is Ask.CreateModel)
        {
            if (IsEmpty(request["model_id"])) request["model_id"] = "m-" + Guid.CreateVersion7().ToString("N");
            if (IsEmpty(request["name"])) request["name"] = names.Next();
        }
        else
        {
            if (IsEmpty(request["run_id"])) request["run_id"] = Guid.CreateVersion7().ToString("N");
            if (request["start_time"] is null) request["start_time"] = clock.GetUtcNow().ToUnixTimeMilliseconds();
            if (IsEmpty(request["run_name"])) request["run_name"] = NameInTags(request["tags"] as JsonArray) ?? names.Next();
        }
        return JsonSerializer.SerializeToUtf8Bytes(request);
    }

    /// <summary>Removes an artifact's content and gives its room back.</summary>
    public void Discard(string path)
    {
        var bytes = new FileInfo(path) is { Exists: true } file ? file.Length : 0;
        if (BlobFiles.TryDelete(path)) budget.Give(bytes);
    }

    /// <summary>An artifact waits no longer.</summary>
    public void GiveFile(SpoolEntry entry)
    {
        if (entry.Head.File is not null) budget.GiveFile();
    }

    public void Dispose() => Spool?.Dispose();

    private Outcome<byte[]> Make(byte[] body, long nowMs, out byte[] completed, out string? makes)
    {
        (completed, makes) = (body, null);
        var request = JsonSerializer.Deserialize(body, TrackingJson.Default.CreateExperiment) ?? throw new JsonException("null is no request.");
        if (string.IsNullOrEmpty(request.Name)) return Problem.Missing("name");
        if (WireCheck.Text(request.Name, "name", Experiment.NameCharsMax) is { } badName) return badName;
        if (Experiments.ByName(request.Name) is { } known) return Problem.Exists($"Experiment(name={request.Name}) already exists{(known.LifecycleStage == "deleted" ? " in deleted state" : "")}.");
        var made = KnownExperiments.Provisional(request, nowMs);
        makes = made.ExperimentId;
        // The place is final, whatever id the server gives: a model's description may name it.
        completed = JsonSerializer.SerializeToUtf8Bytes(request with { ArtifactLocation = made.ArtifactLocation }, TrackingJson.Default.CreateExperiment);
        Experiments.Learn(made);
        return JsonSerializer.SerializeToUtf8Bytes(new ExperimentCreated(makes), TrackingJson.Default.ExperimentCreated);
    }

    private void Recall(SpoolEntry entry)
    {
        var head = entry.Head;
        if (RelayCall.Of(head.Method, head.Target) is not { Succeeded: true } parsed) return;
        try
        {
            var call = parsed.Value;
            if (call.Ask is Ask.CreateExperiment && head.Makes is { } id && JsonSerializer.Deserialize(entry.Body, TrackingJson.Default.CreateExperiment) is { } request)
                Experiments.Learn(new Experiment(id, request.Name, request.ArtifactLocation, "active", head.AtMs, head.AtMs, request.Tags));
            else if (head.File is { } file && call.Id is { } path) Shadow.Waits(path, head, Path.Combine(Files, file));
            else Shadow.Note(call, entry.Body, head.AtMs);
        }
        catch (JsonException)
        {
            // It was read when it was kept; the server will say what it thinks of it.
        }
    }

    // What was refused waits again, behind what waits already. A crash on the way delivers some of it twice.
    private void TakeBack()
    {
        var (refused, retry) = (Path.Combine(Folder, Refusals.FileName), Path.Combine(Folder, Refusals.RetryName));
        if (!File.Exists(retry) && File.Exists(refused)) File.Move(refused, retry);
        if (!File.Exists(retry)) return;
        foreach (var entry in Refusals.Read(Folder, Refusals.RetryName).Where(entry => entry.Head.Ordinal > 0))
        {
            var again = Spool.Append(ordinal => entry.Head with { Ordinal = ordinal, Refused = null, Status = 0, Tried = true }, entry.Body)
                ?? throw new IOException("There is no room to deliver again what was refused: raise --max-bytes.");
            if (again.Head.File is not null) budget.TryTakeFile();
            Recall(again);
        }
        Spool.Durable(Spool.LastOrdinal).GetAwaiter().GetResult();
        Discard(retry);
    }

    private static string? NameInTags(JsonArray? tags) =>
        (string?)tags?.OfType<JsonObject>().FirstOrDefault(tag => tag["key"] is JsonValue key && key.TryGetValue<string>(out var text) && text == "mlflow.runName")?["value"];

    private static bool IsEmpty(JsonNode? node) => node is null || (node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length == 0);
}
