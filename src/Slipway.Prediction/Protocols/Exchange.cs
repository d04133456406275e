using Microsoft.AspNetCore.Http;

namespace Slipway.Prediction.Protocols;

/// <summary>An output that a request asked for.</summary>
/// <param name="Port">Which output.</param>
/// <param name="Binary">As bytes behind the JSON; null when the request did not say for this one.</param>
/// <param name="Classes">The best so many classes in place of the numbers; 0 for the numbers.</param>
internal readonly record struct AskedOutput(int Port, bool? Binary, int Classes);

/// <summary>One request on its way through a protocol: what came, what runs, and what the answer must look like.</summary>
internal sealed class Exchange
{
    /// <summary>The call that the predictor runs.</summary>
    public PredictionCall Call { get; } = new();

    /// <summary>The endpoint.</summary>
    public required ServedEndpoint Endpoint { get; init; }

    /// <summary>The request; null in tests and where there is none.</summary>
    public HttpContext? Http { get; init; }

    /// <summary>The version that answers.</summary>
    public ServedModel Model => Call.Model!;

    /// <summary>The body.</summary>
    public RequestBytes Body;

    /// <summary>How much errors tell.</summary>
    public ErrorDetail Detail => Endpoint.Detail;

    /// <summary>The body's content type without its parameters, in lower case; empty when there is none.</summary>
    public string ContentType { get; init; } = "";

    /// <summary>Whether the client gave the id, so that the answer repeats it.</summary>
    public bool IdGiven { get; set; }

    /// <summary>Bytes of JSON before binary tensors; -1 when all of the body is JSON, 0 in raw mode.</summary>
    public long HeaderBytes { get; set; } = -1;

    /// <summary>All outputs as bytes unless one says otherwise.</summary>
    public bool BinaryAll { get; set; }

    /// <summary>The outputs that were asked for, in this order; null for all.</summary>
    public AskedOutput[]? Asked { get; set; }

    /// <summary>The request came by columns, and so does the answer (TensorFlow Serving's `inputs`).</summary>
    public bool ByColumn { get; set; }

    /// <summary>The request was one row that is not in a list, and so is the answer.</summary>
    public bool Bare { get; set; }

    /// <summary>What input rules found that did not stop it.</summary>
    public string? Warnings { get; set; }

    /// <summary>Gives everything back.</summary>
    public void Dispose()
    {
        Body.Return();
        Call.Dispose();
    }
}
