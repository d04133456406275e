using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Slipway.Prediction.Protocols;

/// <summary>Explains the inputs of a call that was read and not run: JSON as its protocol's clients expect it.</summary>
internal delegate ValueTask<Outcome<ReadOnlyMemory<byte>>> ExplainCall(ServedEndpoint endpoint, EndpointArm arm, PredictionCall call, HttpContext http, CancellationToken ct);

/// <summary>Loads or unloads what an endpoint routes to.</summary>
internal delegate Task<Problem?> ChangeLoaded(Caller caller, string endpoint, bool load, CancellationToken ct);

/// <summary>Answers requests of every protocol: finds the endpoint, reads the body, runs, writes. Whoever hosts it fills in what only they know.</summary>
internal sealed class PredictionHost(EndpointTable endpoints, Predictor predictor)
{
    private const int IdCharsMax = 128, StickyCharsMax = 256;

    /// <summary>The endpoints.</summary>
    public EndpointTable Endpoints => endpoints;

    /// <summary>The largest body in bytes.</summary>
    public long BodyBytesMax { get; init; } = RequestBytes.BytesMax;

    /// <summary>The version of this program, for server metadata.</summary>
    public string Version { get; init; } = "0";

    /// <summary>The version of MLflow whose scoring contract this is.</summary>
    public string MlflowVersion { get; init; } = "2.22.0";

    /// <summary>Whether everything that should answer does.</summary>
    public Func<bool> Ready { get; set; } = static () => true;

    /// <summary>Whether somebody may ask an endpoint; a problem when not.</summary>
    public Func<Caller, ServedEndpoint, Problem?> Refuses { get; set; } = static (_, _) => null;

    /// <summary>Loads and unloads; null where a host cannot.</summary>
    public ChangeLoaded? Change { get; set; }

    /// <summary>Explains; null where nobody does.</summary>
    public ExplainCall? Explain { get; set; }

    /// <summary>Counts for the statistics of the Open Inference Protocol.</summary>
    public ServedCounts Counts { get; } = ServedCounts.Listen(predictor);

    /// <summary>The endpoint of a name that the caller may ask.</summary>
    public Outcome<ServedEndpoint> Find(Caller caller, string name)
    {
        if (endpoints.Find(caller.Workspace, name) is not { } endpoint) return Unknown(name);
        return Refuses(caller, endpoint) is { } refused ? refused : endpoint;
    }

    /// <summary>Answers one request for predictions.</summary>
    public async Task Answer(HttpContext http, Caller caller, Protocol protocol, string name, string? version = null, string? label = null, bool explain = false)
    {
        var began = Stopwatch.GetTimestamp();
        var found = Find(caller, name);
        if (!found.Succeeded)
        {
            await WriteProblem(http, protocol, found.Problem);
            return;
        }
        var exchange = Begin(http, found.Value, protocol, began);
        try
        {
            var (body, problem) = await RequestBytes.Read(http, BodyBytesMax);
            exchange.Body = body;
            problem ??= Headers(http, exchange, version, label);
            if (problem is null)
            {
                var chosen = predictor.Choose(exchange.Endpoint, exchange.Call);
                if (!chosen.Succeeded) problem = chosen.Problem;
                else if (explain)
                {
                    await Explained(http, exchange, chosen.Value, protocol);
                    return;
                }
                else problem = await Run(exchange, chosen.Value, protocol, http.RequestAborted);
            }
            if (problem is null) await WriteAnswer(http, exchange, protocol);
            else await WriteProblem(http, protocol, problem, exchange);
        }
        finally
        {
            exchange.Dispose();
        }
    }

    /// <summary>Reads the body that the exchange holds, checks and runs it.</summary>
    public async ValueTask<Problem?> Run(Exchange exchange, EndpointArm arm, Protocol protocol, CancellationToken ct)
    {
        var call = exchange.Call;
        if (predictor.Full(exchange.Endpoint, arm, call) is { } full) return full;
        if (ReadBody(exchange, protocol) is { } wrong) return wrong;
        call.Times.Parsed = Stopwatch.GetTimestamp();
        if (call.Deadline <= call.Times.Parsed) return Late();
        return await predictor.Run(exchange.Endpoint, arm, call, ct);
    }

    /// <summary>Runs inputs that were read already.</summary>
    public ValueTask<Problem?> RunRead(Exchange exchange, EndpointArm arm, CancellationToken ct) =>
        exchange.Call.Deadline <= Stopwatch.GetTimestamp() ? ValueTask.FromResult<Problem?>(Late()) : predictor.Run(exchange.Endpoint, arm, exchange.Call, ct);

    /// <summary>Chooses the version that will answer.</summary>
    public Outcome<EndpointArm> Choose(Exchange exchange) => predictor.Choose(exchange.Endpoint, exchange.Call);

    /// <summary>Writes a problem in the protocol's words.</summary>
    public static Task WriteProblem(HttpContext http, Protocol protocol, Problem problem, Exchange? exchange = null)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return Task.CompletedTask;
        }
        return protocol.Refuse(http, problem, exchange);
    }

    /// <summary>Sends what was written, with its length.</summary>
    public static Task Send(HttpResponse response, AnswerBuffer answer, string type)
    {
        response.ContentType = type;
        response.ContentLength = answer.Length;
        return answer.WriteTo(response);
    }

    /// <summary>What an unknown endpoint is answered.</summary>
    public static Problem Unknown(string name) => Problem.NotFound($"There is no endpoint '{(name.Length > 200 ? name[..200] : name)}'.");

    /// <summary>The exchange of a request whose body was not read yet.</summary>
    public static Exchange Begin(HttpContext http, ServedEndpoint endpoint, Protocol protocol, long began)
    {
        var exchange = new Exchange { Endpoint = endpoint, Http = http, ContentType = MediaType(http.Request.ContentType) };
        exchange.Call.Protocol = protocol.Name;
        exchange.Call.Times.Began = began;
        return exchange;
    }

    /// <summary>Takes the headers that all protocols share into the call.</summary>
    public static Problem? Headers(HttpContext http, Exchange exchange, string? version, string? label) => PredictionHeaders.Read(http.Request.Headers, exchange, version, label, IdCharsMax, StickyCharsMax);

    /// <summary>Writes what ran, with the headers that every answer has.</summary>
    public Task WriteAnswer(HttpContext http, Exchange exchange, Protocol protocol)
    {
        var answer = AnswerBuffer.Rent();
        string type;
        try
        {
            type = protocol.Write(exchange, answer);
        }
        catch
        {
            AnswerBuffer.Return(answer);
            throw;
        }
        Wrote(exchange);
        PredictionHeaders.Write(http.Response.Headers, exchange);
        return Send(http.Response, answer, type);
    }

    /// <summary>The answer is written: notes and counts the time.</summary>
    public void Wrote(Exchange exchange)
    {
        exchange.Call.Times.Encoded = Stopwatch.GetTimestamp();
        Counts.Of(exchange.Endpoint, exchange.Model.Version)?.Encoded(in exchange.Call.Times);
        predictor.TellAnswered(exchange.Endpoint, exchange.Call);
    }

    /// <summary>Reads the body and looks at rules; whatever a batch refuses to hold becomes 413.</summary>
    public static Problem? ReadBody(Exchange exchange, Protocol protocol)
    {
        try
        {
            return protocol.Read(exchange) ?? exchange.Endpoint.Rules?.Check(exchange);
        }
        catch (InvalidOperationException tooMuch) when (tooMuch is not ObjectDisposedException)
        {
            return Problem.TooLarge(tooMuch.Message);
        }
    }

    private async Task Explained(HttpContext http, Exchange exchange, EndpointArm arm, Protocol protocol)
    {
        var problem = Explain is null ? new Problem(ErrorCode.NOT_IMPLEMENTED, "This host explains nothing.", 501) : ReadBody(exchange, protocol);
        if (problem is null)
        {
            var explained = await Explain!(exchange.Endpoint, arm, exchange.Call, http, http.RequestAborted);
            if (explained.Succeeded)
            {
                PredictionHeaders.Write(http.Response.Headers, exchange);
                var answer = AnswerBuffer.Rent();
                JsonAnswer.Raw(answer, explained.Value.Span);
                await Send(http.Response, answer, "application/json");
                return;
            }
            problem = explained.Problem;
        }
        await WriteProblem(http, protocol, problem, exchange);
    }

    private static Problem Late() => new(ErrorCode.TEMPORARILY_UNAVAILABLE, "The request's time was over before it ran. Give it more, or send less at a time.", 504);

    private static string MediaType(string? header)
    {
        if (header is null) return "";
        if (header == "application/json") return header;
        var end = header.IndexOf(';');
        return (end < 0 ? header : header[..end]).Trim().ToLowerInvariant();
    }
}
