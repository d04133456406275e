using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Slipway.Server;
using Slipway.Tracking;

namespace Slipway.Cli.Relay;

/// <summary>
/// Where requests come in. A write goes to the server while nothing waits before it, else it is kept and answered from here. A read goes to the server
/// once what was written before it has arrived, else it is answered from what was kept.
/// </summary>
internal sealed class RelayDesk(Lanes lanes, Upstream server, RelayOptions options)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>Answers one request; never throws but for a client that went away.</summary>
    public async Task Handle(HttpContext context)
    {
        try
        {
            if (await Serve(context) is { } problem) await Answers.Problem(context, problem);
        }
        catch (JsonException fault)
        {
            await Answers.Problem(context, Problem.Invalid($"The body is not what this route takes: {fault.Message}"));
        }
        catch (Exception fault) when (fault is BadHttpRequestException or IOException && context.RequestAborted.IsCancellationRequested || fault is OperationCanceledException)
        {
            context.Abort();
        }
        catch (Exception fault) when (fault is IOException or HttpRequestException)
        {
            await Answers.Problem(context, Problem.Internal($"The relay could not do this: {fault.Message}"));
        }
    }

    private async Task<Problem?> Serve(HttpContext context)
    {
        var request = context.Request;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (Foreign(request) is { } foreign) return foreign;
        if (request.Headers[Upstream.RelayHeader] == server.Name) return new Problem(ErrorCode.INVALID_STATE, "The relay forwards to itself: give --server the address of a Slipway server.", 508);
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (target.Length == 0 || target[0] != '/') return Problem.Invalid("The request line names no path.");
        if (HasDots(target)) return Problem.Invalid("Invalid path: it holds '.' or '..' segments.");
        if (request.Path == "/relay/health") return await Json(context, "{}"u8.ToArray());
        var read = RelayCall.Of(request.Method, target);
        if (read.Problem is { } refused) return refused;
        var workspace = request.Headers[Lane.WorkspaceHeader].ToString();
        if (lanes.Of(request.Headers.Authorization is [{ Length: > 0 } authorization, ..] ? authorization : null, workspace) is not { } lane)
            return Problem.Busy($"The relay serves at most {RelayOptions.LanesMax} pairs of credential and workspace at once. Start it anew, or give it a token of its own.");
        var call = read.Value;
        if (call.Waits && request.Headers.ContentEncoding.Count == 0)
            return call.Ask is Ask.PutArtifact ? await ArtifactDesk.Put(context, lane, server, lanes.Budget, call, target) : await Write(context, lane, call, target);
        return await Read(context, lane, call, target);
    }

    private async Task<Problem?> Write(HttpContext context, Lane lane, RelayCall call, string target)
    {
        var request = context.Request;
        var read = await Body(request, context.RequestAborted);
        if (read.Problem is { } tooLarge) return tooLarge;
        var body = lane.Complete(call, read.Value);
        var tried = false;
        if (lane.MayForward)
        {
            var final = lane.Experiments.HasOwn && body.Length > 0 ? Encoding.UTF8.GetBytes(lane.Experiments.Final(Encoding.UTF8.GetString(body))) : body;
            var content = new ByteArrayContent(final);
            if (request.ContentType is { } type) content.Headers.TryAddWithoutValidation("Content-Type", type);
            var said = await server.Send(lane, request.Method, lane.Experiments.FinalTarget(target), content, CancellationToken.None);
            if (said is { IsAway: false })
            {
                if (said.IsGood) Note(lane, call, final, said.Body);
                return await PassOn(context, said);
            }
            (tried, body) = (said is not null, final);
            lane.Lost();
        }
        var kept = await lane.Keep(call, request.Method, target, request.ContentType, body, tried);
        return kept.Problem ?? await Json(context, kept.Value);
    }

    private async Task<Problem?> Read(HttpContext context, Lane lane, RelayCall call, string target)
    {
        if (call.Ask is Ask.GetArtifact && lane.Shadow.Artifact(call.Id!) is { } waiting) return await ArtifactDesk.Send(context, waiting.File);
        if (!lane.Away && lane.Spool.Pending > 0) await Drained(lane, context.RequestAborted);
        if (lane.Spool.Pending > 0 || lane.Away)
        {
            if (await Known(context, lane, call) is { } known)
                return known.Problem ?? await Json(context, known.Value);
            if (lane.Away) return Unreachable();
        }
        var forwarded = lane.Experiments.FinalTarget(target);
        if (context.Request.ContentLength is > 0 and <= RelayOptions.JsonBytesMax && lane.Experiments.HasOwn && context.Request.ContentType?.Contains("json", StringComparison.Ordinal) is true)
        {
            var body = await Body(context.Request, context.RequestAborted);
            if (body.Problem is { } tooLarge) return tooLarge;
            var final = Encoding.UTF8.GetBytes(lane.Experiments.Final(Encoding.UTF8.GetString(body.Value)));
            (context.Request.Body, context.Request.ContentLength) = (new MemoryStream(final), final.Length);
        }
        using var answer = await server.Open(lane, context.Request, forwarded, context.RequestAborted);
        if (answer is null || (int)answer.StatusCode is 502 or 503 or 504)
        {
            lane.Lost();
            return await Known(context, lane, call) is { } known ? known.Problem ?? await Json(context, known.Value) : Unreachable();
        }
        if (RelayReads.Teaches(call) && answer.IsSuccessStatusCode && answer.Content.Headers.ContentLength is <= RelayReads.LearntBytesMax)
        {
            var body = await answer.Content.ReadAsByteArrayAsync(context.RequestAborted);
            RelayReads.Learn(lane, call, body);
            return await PassOn(context, new Said((int)answer.StatusCode, body, answer.Content.Headers.ContentType?.ToString()));
        }
        await Upstream.PassOn(answer, context.Response, context.RequestAborted);
        return null;
    }

    private static async Task<Outcome<byte[]>?> Known(HttpContext context, Lane lane, RelayCall call)
    {
        if (call.Ask is not Ask.SearchModels) return RelayReads.Answer(lane, call, context.Request.Query);
        var body = await Body(context.Request, context.RequestAborted);
        if (body.Problem is { } tooLarge) return tooLarge;
        if (RelayReads.Search(lane, body.Value) is { } found) return found;
        context.Request.Body = new MemoryStream(body.Value); // for the server to read
        context.Request.ContentLength = body.Value.Length;
        return null;
    }

    private async Task Drained(Lane lane, CancellationToken ct)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        enough.CancelAfter(options.ReadWaits);
        try
        {
            while (lane.Spool.Pending > 0 && !lane.Away) await Task.Delay(2, enough.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // It goes on as far as it is.
        }
    }

    // The shadow is a convenience here: the server has it.
    private static void Note(Lane lane, RelayCall call, byte[] body, byte[] said)
    {
        try
        {
            lane.Shadow.Note(call, body, 0, said);
            if (call.Ask is not Ask.CreateRun || JsonSerializer.Deserialize(said, TrackingJson.Default.RunAnswer)?.Run?.Info is not { } run) return;
            lane.Experiments.Learn(run);
            lane.Experiments.Save();
        }
        catch (Exception fault) when (fault is JsonException or IOException)
        {
            // A server that answers more than we know, or a disk that is full.
        }
    }

    private Problem Unreachable() => Problem.Busy($"The server at {options.Server} is away, and the relay does not know the answer. What is logged is kept meanwhile; slipway relay status shows it.", RetryAfter);

    internal static async Task<Problem?> Json(HttpContext context, byte[] body)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
        return null;
    }

    internal static async Task<Problem?> PassOn(HttpContext context, Said said)
    {
        var response = context.Response;
        response.StatusCode = said.Status;
        response.ContentType = said.ContentType;
        if (said.RetryAfter is { } wait) response.Headers.RetryAfter = wait;
        if (said.Challenge is { } challenge) response.Headers.WWWAuthenticate = challenge;
        response.ContentLength = said.Body.Length;
        await response.Body.WriteAsync(said.Body, context.RequestAborted);
        return null;
    }

    private static async Task<Outcome<byte[]>> Body(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > RelayOptions.JsonBytesMax) return TooLarge();
        var body = new MemoryStream((int)(request.ContentLength ?? 0));
        var buffer = new byte[16_384];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, ct)) > 0)
        {
            if (body.Length + read > RelayOptions.JsonBytesMax) return TooLarge();
            body.Write(buffer, 0, read);
        }
        return body.ToArray();
    }

    private static Problem TooLarge() => Problem.TooLarge($"A request through the relay holds at most {RelayOptions.JsonBytesMax:N0} bytes of JSON.");

    // A page that the user looks at must not log in the user's name; and a foreign name that resolves to this machine is such a page's trick.
    private static Problem? Foreign(HttpRequest request)
    {
        if (!IsHere(request.Host.Host)) return Problem.Denied($"Invalid Host header '{request.Host.Host}': a relay answers to localhost only.");
        if (request.Headers.Origin is { Count: > 0 } origin && !(Uri.TryCreate(origin.ToString(), UriKind.Absolute, out var uri) && IsHere(uri.Host)))
            return Problem.Denied($"Cross-origin request blocked: a page of {origin} may not use the relay.");
        return null;
    }

    private static bool IsHere(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool HasDots(string target)
    {
        var end = target.IndexOf('?', StringComparison.Ordinal);
        foreach (var segment in (end < 0 ? target : target[..end]).Split('/'))
            if (Uri.UnescapeDataString(segment) is "." or "..") return true;
        return false;
    }
}
