using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Slipway.Faults.Processes;
using Slipway.Tracking;

namespace Slipway.Faults.Kills;

/// <summary>One logged point.</summary>
internal readonly record struct Point(string Key, long Step, long TimeMs, double Value);

/// <summary>
/// What clients were told about one run. Acknowledged: must be there, once. Sent without an answer: may be there, once; is sent again after the
/// restart, as a client does, and then must be there, once.
/// </summary>
internal sealed class RunLedger(string id)
{
    public string Id => id;

    public Lock Gate { get; } = new();

    public HashSet<Point> Points { get; } = [];

    public Dictionary<string, string> Params { get; } = [];

    public Dictionary<string, string> Tags { get; } = [];

    public Dictionary<string, string> Artifacts { get; } = [];

    /// <summary>Sends whose fate is open: each is sent again, and counted as acknowledged when it is.</summary>
    public List<Func<WireClient, Task<bool>>> Open { get; } = [];

    public string Root { get; set; } = "";
}

/// <summary>The clients' side: writes at random, remembers what was acknowledged, and looks for it afterwards.</summary>
/// <param name="newRunOneIn">One write in so many begins a new run: few runs grow large, many stay small.</param>
internal sealed class Ledger(int newRunOneIn = 12)
{
    private const int PointsPerBatchMax = 400;
    private readonly List<RunLedger> runs = [];
    private long clock = 1_700_000_000_000;
    private int names;

    /// <summary>Answers that were neither success nor silence: a kill is no excuse for these.</summary>
    public List<string> Refused { get; } = [];

    public int Acknowledged { get; private set; }

    /// <summary>One client: random writes until the server is gone or it is told to stop.</summary>
    public async Task Client(WireClient wire, Random random, CancellationToken stop)
    {
        var experiment = "0";
        while (!stop.IsCancellationRequested)
        {
            var run = Pick(random);
            var done = run is null || random.Next(newRunOneIn) == 0
                ? await CreateRun(wire, experiment)
                : random.Next(6) switch
                {
                    0 => await LogParam(wire, run),
                    1 => await SetTag(wire, run),
                    2 => await PutArtifact(wire, run, random),
                    _ => await LogBatch(wire, run, random),
                };
            if (!done) return;
        }
    }

    /// <summary>Sends again what had no answer. False: the server went away again.</summary>
    public async Task Resend(WireClient wire)
    {
        foreach (var run in runs)
        {
            foreach (var send in run.Open.ToList())
                if (!await send(wire)) throw new InvalidOperationException($"A request sent again to run {run.Id} was not answered with success: {string.Join("; ", Refused.TakeLast(3))}");
            run.Open.Clear();
        }
    }

    /// <summary>What is missing, double or invented, in sentences. Before the resend there may be more than was acknowledged: only what is missing or double counts.</summary>
    public async Task<List<string>> Losses(WireClient wire, bool beforeResend, int newest = int.MaxValue)
    {
        var losses = new List<string>();
        foreach (var run in runs.TakeLast(newest).ToList())
        {
            var found = await wire.Get("api/2.0/mlflow/runs/get?run_id=" + run.Id);
            if (!found.Ok)
            {
                losses.Add($"run {run.Id} was acknowledged and is not there: {found.Status} {found.Body}");
                continue;
            }
            var data = found.Json["run"]!["data"];
            var mayHaveMore = beforeResend && run.Open.Count > 0;
            Compare(losses, run, "param", run.Params, Pairs(data?["params"]), mayHaveMore);
            Compare(losses, run, "tag", run.Tags, [.. Pairs(data?["tags"]).Where(tag => !tag.Key.StartsWith("mlflow.", StringComparison.Ordinal))], mayHaveMore);
            await CheckPoints(wire, run, losses, mayHaveMore);
            await CheckArtifacts(wire, run, losses, mayHaveMore);
        }
        var audit = await wire.Get("api/slipway/v1/audit/verify");
        if (!audit.Ok || audit.Json["whole"]?.GetValue<bool>() != true) losses.Add($"audit: {audit.Status} {audit.Body}");
        return losses;
    }

    private static List<(string Key, string Value)> Pairs(JsonNode? list) => [.. (list?.AsArray() ?? []).Select(pair => ((string)pair!["key"]!, (string?)pair["value"] ?? ""))];

    private static void Compare(List<string> losses, RunLedger run, string what, Dictionary<string, string> expected, List<(string Key, string Value)> got, bool mayHaveMore)
    {
        foreach (var twice in got.GroupBy(pair => pair.Key).Where(group => group.Count() > 1)) losses.Add($"run {run.Id}: {what} {twice.Key} is there {twice.Count()} times");
        var there = got.GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.First().Value);
        foreach (var (key, value) in expected)
            if (!there.TryGetValue(key, out var stored)) losses.Add($"run {run.Id}: {what} {key} was acknowledged and is gone");
            else if (stored != value) losses.Add($"run {run.Id}: {what} {key} is '{stored}', '{value}' was acknowledged");
        if (mayHaveMore) return;
        foreach (var key in there.Keys.Except(expected.Keys)) losses.Add($"run {run.Id}: {what} {key} was never sent");
    }

    private static async Task CheckPoints(WireClient wire, RunLedger run, List<string> losses, bool mayHaveMore)
    {
        foreach (var key in run.Points.GroupBy(point => point.Key))
        {
            var found = await wire.Get($"api/2.0/mlflow/metrics/get-history?run_id={run.Id}&metric_key={key.Key}&max_results=200000");
            if (!found.Ok)
            {
                losses.Add($"run {run.Id}: the history of {key.Key} answers {found.Status} {found.Body}");
                continue;
            }
            var got = (found.Json["metrics"]?.AsArray() ?? []).Select(one => new Point(key.Key, Number(one!["step"]), Number(one["timestamp"]), one["value"]!.GetValue<double>())).ToList();
            if (got.Count != got.Distinct().Count()) losses.Add($"run {run.Id}: {got.Count - got.Distinct().Count()} points of {key.Key} are there twice");
            if (key.Except(got).Count() is var gone and > 0) losses.Add($"run {run.Id}: {gone} of {key.Count()} acknowledged points of {key.Key} are gone");
            if (!mayHaveMore && got.Except(key).Count() is var invented and > 0) losses.Add($"run {run.Id}: {invented} points of {key.Key} were never sent");
        }
    }

    private static long Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out long number) ? number : long.Parse((string)node!);

    private static async Task CheckArtifacts(WireClient wire, RunLedger run, List<string> losses, bool mayHaveMore)
    {
        foreach (var (path, sha256) in run.Artifacts)
        {
            var (status, bytes) = await wire.GetArtifact(path);
            if (status != 200) losses.Add($"run {run.Id}: artifact {path} was acknowledged and answers {status}");
            else if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != sha256) losses.Add($"run {run.Id}: artifact {path} holds something else than was sent");
        }
        if (run.Artifacts.Count == 0 || mayHaveMore) return;
        var listed = await wire.Get("api/2.0/mlflow/artifacts/list?run_id=" + run.Id);
        var names = listed.Ok ? (listed.Json["files"]?.AsArray() ?? []).Select(file => (string)file!["path"]!).ToList() : [];
        if (!names.Order().SequenceEqual(run.Artifacts.Keys.Select(path => path.Split('/')[^1]).Order()))
            losses.Add($"run {run.Id}: {run.Artifacts.Count} artifacts were acknowledged, {names.Count} are listed ({listed.Status})");
    }

    private RunLedger? Pick(Random random)
    {
        // The newest few, so that runs grow large enough for compaction.
        lock (runs) return runs.Count == 0 ? null : runs[Math.Max(0, runs.Count - 1 - random.Next(4))];
    }

    private async Task<bool> CreateRun(WireClient wire, string experiment)
    {
        var reply = await wire.Post("runs/create", new JsonObject { ["experiment_id"] = experiment, ["start_time"] = Interlocked.Increment(ref clock) });
        if (!Accepted(reply, "runs/create")) return false;
        var info = reply.Json["run"]!["info"]!;
        var uri = (string?)info["artifact_uri"] ?? "";
        var run = new RunLedger((string)info["run_id"]!) { Root = uri["mlflow-artifacts:/".Length..].TrimStart('/') };
        lock (runs) runs.Add(run);
        return true;
    }

    private Task<bool> LogParam(WireClient wire, RunLedger run)
    {
        var (key, value) = (NewName("p"), NewName("value"));
        return Send(run, wire, "runs/log-parameter", new JsonObject { ["run_id"] = run.Id, ["key"] = key, ["value"] = value }, () => run.Params[key] = value);
    }

    private Task<bool> SetTag(WireClient wire, RunLedger run)
    {
        var (key, value) = (NewName("t"), NewName("value"));
        return Send(run, wire, "runs/set-tag", new JsonObject { ["run_id"] = run.Id, ["key"] = key, ["value"] = value }, () => run.Tags[key] = value);
    }

    private Task<bool> LogBatch(WireClient wire, RunLedger run, Random random)
    {
        var points = new List<Point>();
        var key = "metric" + random.Next(4);
        for (var n = random.Next(1, PointsPerBatchMax); n > 0; n--)
            points.Add(new Point(n % 50 == 0 ? "rare" + random.Next(20) : key, random.Next(100_000), Interlocked.Increment(ref clock), random.Next(1_000_000) / 1024.0));
        var (param, tag) = (NewName("p"), NewName("t"));
        void Note()
        {
            run.Points.UnionWith(points);
            (run.Params[param], run.Tags[tag]) = (param, tag);
        }
        if (random.Next(3) == 0)
        {
            var request = Binary(run, points, param, tag);
            return Send(run, client => client.Ingest(request), wire, "ingest", Note);
        }
        var body = new JsonObject
        {
            ["run_id"] = run.Id,
            ["metrics"] = new JsonArray([.. points.Select(point => (JsonNode)new JsonObject { ["key"] = point.Key, ["step"] = point.Step, ["timestamp"] = point.TimeMs, ["value"] = point.Value })]),
            ["params"] = new JsonArray(new JsonObject { ["key"] = param, ["value"] = param }),
            ["tags"] = new JsonArray(new JsonObject { ["key"] = tag, ["value"] = tag }),
        };
        return Send(run, wire, "runs/log-batch", body, Note);
    }

    private static byte[] Binary(RunLedger run, List<Point> points, string param, string tag)
    {
        var writer = new IngestWriter();
        writer.Begin(new IngestHeader(Guid.NewGuid(), 0, 2));
        writer.Run(run.Id);
        foreach (var key in points.GroupBy(static point => point.Key))
            writer.AddPoints(key.Key, [.. key.Select(static point => point.TimeMs)], [.. key.Select(static point => point.Step)], [.. key.Select(static point => point.Value)]);
        writer.AddParam(0, param, param);
        writer.AddTag(1, tag, tag);
        return writer.End().ToArray();
    }

    private Task<bool> PutArtifact(WireClient wire, RunLedger run, Random random)
    {
        var bytes = new byte[random.Next(4) == 0 ? random.Next(300_000) : random.Next(3_000)];
        random.NextBytes(bytes);
        var path = run.Root + "/" + NewName("file") + ".bin";
        return Send(run, client => client.PutArtifact(path, bytes), wire, "artifact " + path, () => run.Artifacts[path] = Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    private Task<bool> Send(RunLedger run, WireClient wire, string call, JsonObject body, Action acknowledged) => Send(run, client => client.Post(call, body), wire, call, acknowledged);

    private async Task<bool> Send(RunLedger run, Func<WireClient, Task<Reply>> send, WireClient wire, string what, Action acknowledged)
    {
        if (await Try(wire)) return true;
        lock (run.Gate) run.Open.Add(Try);
        return false;

        async Task<bool> Try(WireClient client)
        {
            if (!Accepted(await send(client), what)) return false;
            lock (run.Gate) acknowledged();
            return true;
        }
    }

    private bool Accepted(Reply reply, string what)
    {
        if (!reply.Ok)
        {
            if (reply.Status != 0) lock (Refused) Refused.Add($"{what}: {reply.Status} {reply.Body}");
            return false;
        }
        lock (Refused) Acknowledged++;
        return true;
    }

    private string NewName(string prefix) => prefix + Interlocked.Increment(ref names);
}
