using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Slipway.Tracking;

namespace Slipway.Cli.Relay;

/// <summary>
/// Takes what waits in a lane to the server, in order, each until the server has said something about it. What it refuses is kept with its reason, and
/// what follows goes on: one bad request must not hold up a training's worth of good ones.
/// </summary>
internal sealed partial class Delivery(Lane lane, Upstream server, RelayOptions options, TimeProvider clock, ILogger log)
{
    /// <summary>How often a request may make the server fail with 500 before it counts as refused.</summary>
    public const int FaultsMax = 10;

    private long faultsOf;
    private int faults;

    private enum Verdict
    {
        Arrived,
        Refused,
        Away,
        Unknown,
    }

    /// <summary>Runs until it is stopped.</summary>
    public async Task Run(CancellationToken stop)
    {
        var pause = options.PauseMin;
        while (!stop.IsCancellationRequested)
        {
            var woken = lane.Woken;
            try
            {
                var went = lane.Spool.Peek() is { } entry ? await Deliver(entry, stop) : lane.Away ? await Probe(stop) : (bool?)null;
                if (went is true) pause = options.PauseMin;
                else if (went is null) await woken.WaitAsync(stop);
                else
                {
                    // Who speaks meanwhile may bring the credential that is missing.
                    if (CannotSpeak) await Task.WhenAny(Task.Delay(pause, clock, stop), woken);
                    else await Task.Delay(pause, clock, stop);
                    pause = pause * 2 < options.PauseMax ? pause * 2 : options.PauseMax;
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (IOException fault)
            {
                DiskFails(lane.Folder, fault.Message);
                await Task.WhenAny(Task.Delay(options.PauseMax, clock, stop)); // the next turn sees the stop
            }
        }
    }

    private bool CannotSpeak => !lane.Sheet.Open && lane.Authorization is null;

    private async Task<bool> Probe(CancellationToken stop)
    {
        if (!await server.Answers(lane, stop)) return false;
        lane.Found();
        return true;
    }

    private async Task<bool> Deliver(SpoolEntry entry, CancellationToken stop)
    {
        if (CannotSpeak) return false;
        var parsed = RelayCall.Of(entry.Head.Method, entry.Head.Target);
        var call = parsed.Succeeded ? parsed.Value : new RelayCall(Ask.Other);
        var refused = new List<(byte[] Body, string Why, int Status)>();
        Verdict verdict;
        try
        {
            verdict = call.Ask is Ask.CreateExperiment && entry.Head.Makes is not null ? await MakeExperiment(entry, refused, stop) : await Send(entry, call, entry.Body, refused, stop);
        }
        catch (JsonException fault)
        {
            // Something else answers at the address, for now; or this request brings it to answer nonsense.
            refused.Clear();
            verdict = Again(entry) ? Verdict.Away : Verdict.Refused;
            if (verdict is Verdict.Refused) refused.Add((entry.Body, $"The server's answer cannot be read: {fault.Message}", 0));
        }
        if (verdict is Verdict.Away or Verdict.Unknown)
        {
            if (verdict is Verdict.Away) lane.Lost();
            return false;
        }
        foreach (var (body, why, status) in refused)
        {
            lane.Refusals.Keep(entry with { Body = body }, why, status);
            Refused(entry.Head.Method, entry.Head.Target, status, why);
        }
        if (call.Ask is Ask.PutArtifact && call.Id is { } path) lane.Shadow.Arrived(path, entry.Head);
        if (call.Ask is Ask.CreateRun) lane.Shadow.Made(JsonSerializer.Deserialize(entry.Body, TrackingJson.Default.CreateRun)?.RunId);
        if (call.Ask is Ask.CreateModel) lane.Shadow.Made(JsonSerializer.Deserialize(entry.Body, TrackingJson.Default.CreateLoggedModel)?.ModelId);
        lane.Spool.Done(entry);
        if (entry.Head.File is { } file && refused.Count == 0) lane.Discard(Path.Combine(lane.Files, file));
        lane.GiveFile(entry);
        lane.Found();
        return true;
    }

    private async Task<Verdict> Send(SpoolEntry entry, RelayCall call, byte[] body, List<(byte[] Body, string Why, int Status)> refused, CancellationToken stop)
    {
        var final = lane.Experiments.HasOwn && body.Length > 0 ? Encoding.UTF8.GetBytes(lane.Experiments.Final(Encoding.UTF8.GetString(body))) : body;
        Said? said;
        try
        {
            said = await server.Send(lane, entry.Head.Method, lane.Experiments.FinalTarget(entry.Head.Target), Content(entry.Head, final), stop);
        }
        catch (FileNotFoundException)
        {
            refused.Add((body, $"The artifact's content is gone: {entry.Head.File} is not in {lane.Files}.", 0));
            return Verdict.Refused;
        }
        switch (said)
        {
            case null or { IsAway: true }:
                return Verdict.Away;
            case { Status: 401 }:
                return Verdict.Unknown; // a token that ran out: nothing is wrong with what waits
            case { Status: >= 500 } when Again(entry):
                return Verdict.Away;
            case { IsGood: true } when OtherId(call, final, said) is { } why:
                refused.Add((body, why, said.Status));
                return Verdict.Refused;
            case { IsGood: true }:
                return Verdict.Arrived;
            case { Status: 404 } when call.Ask is Ask.DeleteTag or Ask.UntagModel or Ask.TagExperiment && Message(said).StartsWith("No tag with", StringComparison.Ordinal):
                return Verdict.Arrived; // it is gone, perhaps by an attempt whose answer was lost
            case { Status: 400 } when call.Ask is Ask.LogBatch && BatchParts.Split(body) is { Count: > 1 } parts && !IsOfRun(said):
                // All or nothing at the server; here one param must not take the metrics along.
                foreach (var part in parts)
                {
                    var verdict = await Send(entry, call, part, refused, stop);
                    if (verdict is Verdict.Away or Verdict.Unknown) return verdict;
                }
                return Verdict.Refused;
            default:
                refused.Add((body, Message(said), said.Status));
                return Verdict.Refused;
        }
    }

    /// <summary>An experiment of the relay's own id: made, or found by its name where somebody was faster.</summary>
    private async Task<Verdict> MakeExperiment(SpoolEntry entry, List<(byte[] Body, string Why, int Status)> refused, CancellationToken stop)
    {
        var own = entry.Head.Makes!;
        var request = JsonSerializer.Deserialize(entry.Body, TrackingJson.Default.CreateExperiment)!;
        var said = await server.Send(lane, entry.Head.Method, entry.Head.Target, Content(entry.Head, entry.Body), stop);
        if (said is null or { IsAway: true } || (said.Status >= 500 && Again(entry))) return Verdict.Away;
        if (said.Status == 401) return Verdict.Unknown;
        if (said.IsGood) return await Became(own, JsonSerializer.Deserialize(said.Body, TrackingJson.Default.ExperimentCreated)?.ExperimentId, stop);
        if (CodeOf(said) is not ErrorCode.RESOURCE_ALREADY_EXISTS)
        {
            refused.Add((entry.Body, Message(said), said.Status));
            return Verdict.Refused;
        }
        var found = await server.Send(lane, "GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=" + Uri.EscapeDataString(request.Name!), null, stop);
        if (found is null or { IsAway: true }) return Verdict.Away;
        var there = found.IsGood ? JsonSerializer.Deserialize(found.Body, TrackingJson.Default.ExperimentAnswer)?.Experiment : null;
        if (there is { LifecycleStage: "active" })
        {
            var asked = request.ArtifactLocation == there.ArtifactLocation;
            lane.Experiments.Became(own, there);
            if (!asked && !entry.Head.Tried)
                refused.Add((entry.Body, $"The experiment '{request.Name}' was there already: what was logged goes to it, with the id {there.ExperimentId} and artifacts under {there.ArtifactLocation}. Nothing is lost.", said.Status));
            return Verdict.Arrived;
        }
        // Deleted, or not to be seen: its runs must go somewhere.
        var instead = $"{Shortened(request.Name!)} (relay {own[^8..]})";
        var second = await server.Send(lane, entry.Head.Method, entry.Head.Target,
            Content(entry.Head, JsonSerializer.SerializeToUtf8Bytes(request with { Name = instead }, TrackingJson.Default.CreateExperiment)), stop);
        if (second is null or { IsAway: true }) return Verdict.Away;
        var id = second.IsGood ? JsonSerializer.Deserialize(second.Body, TrackingJson.Default.ExperimentCreated)?.ExperimentId
            : CodeOf(second) is ErrorCode.RESOURCE_ALREADY_EXISTS ? await IdOf(instead, stop) : null;
        if (id is null)
        {
            refused.Add((entry.Body, Message(second), second.Status));
            return Verdict.Refused;
        }
        refused.Add((entry.Body, $"{Message(said)} What was logged went to a new experiment, '{instead}'. Nothing is lost.", said.Status));
        return await Became(own, id, stop);
    }

    private async Task<Verdict> Became(string own, string? id, CancellationToken stop)
    {
        var got = await server.Send(lane, "GET", "/api/2.0/mlflow/experiments/get?experiment_id=" + Uri.EscapeDataString(id ?? ""), null, stop);
        if (got is null or { IsGood: false } or { IsAway: true } || JsonSerializer.Deserialize(got.Body, TrackingJson.Default.ExperimentAnswer)?.Experiment is not { ExperimentId: not null } final) return Verdict.Away;
        lane.Experiments.Became(own, final);
        return Verdict.Arrived;
    }

    private async Task<string?> IdOf(string name, CancellationToken stop) =>
        await server.Send(lane, "GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=" + Uri.EscapeDataString(name), null, stop) is { IsGood: true } found
            ? JsonSerializer.Deserialize(found.Body, TrackingJson.Default.ExperimentAnswer)?.Experiment?.ExperimentId
            : null;

    private HttpContent Content(SpoolHead head, byte[] body)
    {
        HttpContent content = head.File is { } file ? new StreamContent(File.OpenRead(Path.Combine(lane.Files, file))) : new ByteArrayContent(body);
        if (head.ContentType is { } type) content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    private bool Again(SpoolEntry entry)
    {
        if (faultsOf != entry.Head.Ordinal) (faultsOf, faults) = (entry.Head.Ordinal, 0);
        return ++faults < FaultsMax;
    }

    // A server that chooses ids itself made something that nobody asked about again will find.
    private static string? OtherId(RelayCall call, byte[] body, Said said)
    {
        var (asked, made) = call.Ask switch
        {
            Ask.CreateRun => (JsonSerializer.Deserialize(body, TrackingJson.Default.CreateRun)?.RunId, JsonSerializer.Deserialize(said.Body, TrackingJson.Default.RunAnswer)?.Run?.Info?.RunId),
            Ask.CreateModel => (JsonSerializer.Deserialize(body, TrackingJson.Default.CreateLoggedModel)?.ModelId, JsonSerializer.Deserialize(said.Body, TrackingJson.Default.LoggedModelAnswer)?.Model?.Info?.ModelId),
            _ => (null, null),
        };
        return asked == made ? null : $"The server made it with the id {made} instead of {asked}: it takes no ids of a client's choice, as only Slipway servers do.";
    }

    // What is wrong with the run itself is wrong with each part of the batch.
    private static bool IsOfRun(Said said) => CodeOf(said) is ErrorCode.RESOURCE_DOES_NOT_EXIST || Message(said).Contains("'active' state", StringComparison.Ordinal);

    private static ErrorCode? CodeOf(Said said) => Error(said)?.ErrorCode;

    private static string Message(Said said) => Error(said)?.Message ?? $"The server answered {said.Status} {(HttpStatusCode)said.Status}.";

    private static ErrorBody? Error(Said said)
    {
        try
        {
            return JsonSerializer.Deserialize(said.Body, Wire.Type<ErrorBody>());
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Shortened(string name) => name.Length > Experiment.NameCharsMax - 20 ? name[..(Experiment.NameCharsMax - 20)] : name;

    [LoggerMessage(LogLevel.Warning, "The server refused {Method} {Target} ({Status}): {Why} It is kept: slipway relay status.")]
    private partial void Refused(string method, string target, int status, string why);

    [LoggerMessage(LogLevel.Error, "The disk fails under {Folder}: {Why}")]
    private partial void DiskFails(string folder, string why);
}
