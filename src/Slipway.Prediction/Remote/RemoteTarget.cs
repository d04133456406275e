using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Prediction.Remote;

/// <summary>Which dialect a server speaks.</summary>
internal enum RemoteProtocol
{
    /// <summary>The Open Inference Protocol with binary tensors.</summary>
    Oip,
    /// <summary>TensorFlow Serving's predict, by column.</summary>
    TfServing,
    /// <summary>KServe's first protocol, by row.</summary>
    KserveV1,
    /// <summary>MLflow's invocations.</summary>
    Mlflow,
}

/// <summary>A server elsewhere that runs a model, as the file <see cref="FileName"/> of a version says it.</summary>
/// <param name="Protocol">Its dialect.</param>
/// <param name="Url">Its address, without the protocol's path.</param>
/// <param name="Model">The model's name there; null for `mlflow`, which has one.</param>
/// <param name="Version">The version there; null for the server's choice.</param>
/// <param name="Timeout">The longest that it may take.</param>
internal sealed record RemoteTarget(RemoteProtocol Protocol, Uri Url, string? Model, string? Version, TimeSpan Timeout)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "remote.json";

    /// <summary>The largest file, in bytes.</summary>
    public const int BytesMax = 16 * 1024;

    /// <summary>The longest timeout, in milliseconds.</summary>
    public const int TimeoutMsMax = 600_000;

    /// <summary>Reads a file, or says what is wrong with it.</summary>
    public static Outcome<RemoteTarget> Read(ReadOnlySpan<byte> json)
    {
        if (json.Length > BytesMax) return Problem.Invalid($"{FileName} has more than {BytesMax:N0} bytes.");
        RemoteFile? file;
        try
        {
            file = JsonSerializer.Deserialize(json, RemoteJsonContext.Default.RemoteFile);
        }
        catch (JsonException malformed)
        {
            return Problem.Invalid($"{FileName} is not understood: {malformed.Message}");
        }
        RemoteProtocol? protocol = file?.Protocol switch { "oip" => RemoteProtocol.Oip, "tfserving" => RemoteProtocol.TfServing, "kserve-v1" => RemoteProtocol.KserveV1, "mlflow" => RemoteProtocol.Mlflow, _ => null };
        if (protocol is null) return Problem.Invalid($"{FileName}: protocol is '{file?.Protocol}', expected oip, tfserving, kserve-v1 or mlflow.");
        if (!Uri.TryCreate(file!.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0 || url.Query.Length > 0)
            return Problem.Invalid($"{FileName}: url is '{file.Url}', expected an address such as https://triton.example.com:8000, without name, password and query.");
        if (protocol is not RemoteProtocol.Mlflow && string.IsNullOrEmpty(file.Model)) return Problem.Invalid($"{FileName}: model is missing: the model's name at {url.Host}.");
        if (file.TimeoutMs is < 1 or > TimeoutMsMax) return Problem.Invalid($"{FileName}: timeout_ms is {file.TimeoutMs}, expected 1 to {TimeoutMsMax}.");
        return new RemoteTarget(protocol.Value, url, file.Model, file.Version, TimeSpan.FromMilliseconds(file.TimeoutMs ?? 10_000));
    }

    /// <summary>Where predictions are asked for.</summary>
    public Uri PredictUrl => Protocol switch
    {
        RemoteProtocol.Mlflow => At("/invocations"),
        RemoteProtocol.Oip => At($"{ModelPath("/v2/models/")}/infer"),
        _ => At($"{ModelPath("/v1/models/")}:predict"),
    };

    /// <summary>Where an Open Inference server describes the model.</summary>
    public Uri MetadataUrl => At(ModelPath("/v2/models/"));

    private string ModelPath(string prefix) => prefix + Uri.EscapeDataString(Model!) + (Version is null ? "" : "/versions/" + Uri.EscapeDataString(Version));

    private Uri At(string path) => new(Url.GetLeftPart(UriPartial.Path).TrimEnd('/') + path);
}

/// <summary>The file as it lies there.</summary>
internal sealed record RemoteFile(string? Protocol, string? Url, string? Model, string? Version, int? TimeoutMs);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RemoteFile))]
internal sealed partial class RemoteJsonContext : JsonSerializerContext;
