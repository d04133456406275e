using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Slipway.Engines.Onnx;
using Slipway.Prediction.Workers;

namespace Slipway.Prediction.Remote;

/// <summary>A model on another server that speaks one of the standard protocols.</summary>
internal sealed class RemoteRuntime : ModelRuntime
{
    /// <summary>The largest answer, in bytes.</summary>
    public const int AnswerBytesMax = 64 << 20;

    private const int ErrorCharsMax = 500, MetadataBytesMax = 4 << 20;

    private readonly RemoteTarget target;
    private readonly HttpClient http;

    private RemoteRuntime(RemoteTarget target, HttpClient http, IReadOnlyList<TensorSpec> inputs, IReadOnlyList<TensorSpec> outputs) => (this.target, this.http, Inputs, Outputs) = (target, http, inputs, outputs);

    /// <inheritdoc/>
    public override string Platform => "remote";

    /// <inheritdoc/>
    public override IReadOnlyList<TensorSpec> Inputs { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<TensorSpec> Outputs { get; }

    /// <inheritdoc/>
    public override bool Inline => false;

    /// <summary>Asks an Open Inference server for its inputs and outputs; takes others' from the signature.</summary>
    /// <param name="target">Where it is.</param>
    /// <param name="http">Keeps the rules for calls to the outside; not disposed.</param>
    /// <param name="columns">The version's signature.</param>
    /// <param name="ct">Stops the question.</param>
    public static async Task<Outcome<RemoteRuntime>> Open(RemoteTarget target, HttpClient http, ModelColumns columns, CancellationToken ct)
    {
        if (target.Protocol is not RemoteProtocol.Oip)
        {
            if (columns.Inputs.Count == 0) return Problem.Invalid($"The version has no signature, and a server that speaks {target.Protocol} does not say what it takes. Log the version with an MLmodel that has a signature.");
            var outputs = columns.Outputs.Count > 0 ? Specs(columns.Outputs, "predictions") : [new TensorSpec("predictions", OnnxElement.Double, [-1])];
            return new RemoteRuntime(target, http, Specs(columns.Inputs, "input"), outputs);
        }
        var asked = await Send(http, new HttpRequestMessage(HttpMethod.Get, target.MetadataUrl), target, MetadataBytesMax, ct);
        if (asked.Problem is { } failed) return failed;
        try
        {
            using var json = JsonDocument.Parse(asked.Value.Body);
            var (inputs, outputs) = (Specs(json.RootElement.GetProperty("inputs")), Specs(json.RootElement.GetProperty("outputs")));
            return inputs is null || outputs is null ? Problem.Invalid($"{target.MetadataUrl} describes tensors that are not served: expected names, types of the protocol and at most {TensorShape.RankMax} dimensions.") : new RemoteRuntime(target, http, inputs, outputs);
        }
        catch (Exception odd) when (odd is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return Problem.Invalid($"{target.MetadataUrl} does not answer as the Open Inference Protocol says: {odd.Message}");
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<Problem?> Run(TensorBatch inputs, TensorBatch outputs, CancellationToken ct)
    {
        var staging = TensorBatch.Rent();
        TensorContent? tensors = null;
        try
        {
            var oip = target.Protocol is RemoteProtocol.Oip;
            using var request = new HttpRequestMessage(HttpMethod.Post, target.PredictUrl);
            if (oip)
            {
                var (header, parts) = RemoteRequest.Oip(Inputs, inputs, staging);
                request.Content = tensors = new TensorContent(header.WrittenMemory, parts);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                request.Headers.Add(HeaderLength, header.WrittenCount.ToString(CultureInfo.InvariantCulture));
            }
            else
            {
                request.Content = new ReadOnlyMemoryContent(RemoteRequest.Json(target.Protocol, Inputs, inputs).WrittenMemory);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            }
            var answered = await Send(http, request, target, AnswerBytesMax, ct);
            if (answered.Problem is { } failed) return failed;
            var (body, headerBytes) = answered.Value;
            return oip ? RemoteAnswer.Oip(body, headerBytes ?? body.Length, Outputs, outputs, staging) : RemoteAnswer.Json(body, Outputs, outputs);
        }
        catch (NotSupportedException unsupported)
        {
            return Problem.Invalid(unsupported.Message);
        }
        finally
        {
            if (tensors is not null) await tensors.Over;
            staging.Release();
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private const string HeaderLength = "Inference-Header-Content-Length";

    private static async Task<Outcome<(byte[] Body, int? HeaderBytes)>> Send(HttpClient http, HttpRequestMessage request, RemoteTarget target, int bytesMax, CancellationToken ct)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(ct);
        time.CancelAfter(target.Timeout);
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, time.Token);
            await using var stream = await answer.Content.ReadAsStreamAsync(time.Token);
            var (body, whole) = await Read(stream, answer.IsSuccessStatusCode ? bytesMax : 16 * 1024, time.Token);
            var status = (int)answer.StatusCode;
            if (answer.IsSuccessStatusCode)
                return !whole ? Problem.Internal($"{target.Url.Host} answered more than {bytesMax:N0} bytes.") : (body, answer.Headers.TryGetValues(HeaderLength, out var said) && int.TryParse(said.First(), CultureInfo.InvariantCulture, out var bytes) ? bytes : null);
            var words = $"{target.Url.Host} answered {status}: {Error(body)}";
            return status is 429 or 503 ? Problem.Busy(words, answer.Headers.RetryAfter?.Delta) : status is >= 400 and < 500 and not (401 or 403 or 404) ? Problem.Invalid(words) : Problem.Internal(words);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new Problem(ErrorCode.TEMPORARILY_UNAVAILABLE, $"{target.Url.Host} did not answer within {target.Timeout.TotalMilliseconds:N0} ms.", 504);
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or IOException or SocketException)
        {
            return Problem.Busy($"{target.Url.Host} cannot be reached: {unreachable.Message}");
        }
    }

    private static async Task<(byte[] Body, bool Whole)> Read(Stream from, int bytesMax, CancellationToken ct)
    {
        using var kept = new MemoryStream();
        var buffer = new byte[64 << 10];
        for (int read; (read = await from.ReadAsync(buffer, ct)) > 0;)
        {
            kept.Write(buffer, 0, Math.Min(read, bytesMax - (int)kept.Length));
            if (kept.Length == bytesMax) return (kept.ToArray(), false);
        }
        return (kept.ToArray(), true);
    }

    private static string Error(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            foreach (var name in (string[])["error", "message", "detail"])
                if (json.RootElement.ValueKind is JsonValueKind.Object && json.RootElement.TryGetProperty(name, out var said) && said.ValueKind is JsonValueKind.String) return Short(said.GetString()!);
        }
        catch (JsonException)
        {
            // then its text as it is
        }
        return Short(Encoding.UTF8.GetString(body));
    }

    private static string Short(string text) => text.Length > ErrorCharsMax ? text[..ErrorCharsMax] + "..." : text;

    private static TensorSpec[]? Specs(JsonElement tensors)
    {
        var found = tensors.EnumerateArray().Select(static one => (Name: one.GetProperty("name").GetString(), Element: WireTensors.Element(one.GetProperty("datatype").GetString()), Shape: one.GetProperty("shape").EnumerateArray().Select(static size => size.ValueKind is JsonValueKind.String ? long.Parse(size.GetString()!, CultureInfo.InvariantCulture) : size.GetInt64()).ToArray())).ToList();
        return found.Count is > 0 and <= TensorBatch.TensorsMax && found.TrueForAll(static one => !string.IsNullOrEmpty(one.Name) && one.Element is not OnnxElement.Undefined && one.Shape.Length <= TensorShape.RankMax)
            ? [.. found.Select(static one => new TensorSpec(one.Name!, one.Element, one.Shape))] : null;
    }

    private static TensorSpec[] Specs(IReadOnlyList<ModelColumn> columns, string unnamed) => [.. columns.Select((column, i) =>
        new TensorSpec(column.Name ?? (columns.Count == 1 ? unnamed : $"{unnamed}_{i}"), ElementOf(column.Type), column.Shape ?? [-1]))];

    private static OnnxElement ElementOf(string type) => type switch
    {
        "double" or "float64" => OnnxElement.Double,
        "float" or "float32" => OnnxElement.Float,
        "float16" => OnnxElement.Float16,
        "long" or "int64" => OnnxElement.Int64,
        "integer" or "int32" => OnnxElement.Int32,
        "int16" => OnnxElement.Int16,
        "int8" => OnnxElement.Int8,
        "uint64" => OnnxElement.UInt64,
        "uint32" => OnnxElement.UInt32,
        "uint16" => OnnxElement.UInt16,
        "uint8" => OnnxElement.UInt8,
        "boolean" or "bool" => OnnxElement.Bool,
        _ => OnnxElement.String,
    };
}
