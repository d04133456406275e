using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Slipway.Prediction.Protocols;

/// <summary>What TensorFlow Serving tells of a model: the state of its versions, and its signature.</summary>
internal static class TfMetadata
{
    /// <summary>`GET /v1/models/NAME[/versions/V|/labels/L]`.</summary>
    public static Task Status(HttpContext http, Caller caller, PredictionHost host)
    {
        var found = OipMetadata.Of(http, caller, host);
        if (!found.Succeeded) return PredictionHost.WriteProblem(http, PredictionRoutes.Tf, found.Problem);
        var one = PredictionRoutes.Value(http, "version") is not null || PredictionRoutes.Value(http, "label") is not null;
        return OipMetadata.Write(http, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("model_version_status");
            foreach (var version in one ? [found.Value.Model.Version] : found.Value.Endpoint.Arms.Select(static arm => arm.Model.Version).Distinct())
            {
                json.WriteStartObject();
                json.WriteString("version", version);
                json.WriteString("state", "AVAILABLE");
                json.WriteStartObject("status");
                json.WriteString("error_code", "OK");
                json.WriteString("error_message", "");
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>`GET .../metadata`.</summary>
    public static Task Signature(HttpContext http, Caller caller, PredictionHost host)
    {
        var found = OipMetadata.Of(http, caller, host);
        return !found.Succeeded ? PredictionHost.WriteProblem(http, PredictionRoutes.Tf, found.Problem) : OipMetadata.Write(http, json =>
        {
            var (endpoint, model) = found.Value;
            json.WriteStartObject();
            json.WriteStartObject("model_spec");
            json.WriteString("name", endpoint.Name);
            json.WriteString("signature_name", "");
            json.WriteString("version", model.Version);
            json.WriteEndObject();
            json.WriteStartObject("metadata");
            json.WriteStartObject("signature_def");
            json.WriteString("@type", "type.googleapis.com/tensorflow.serving.SignatureDefMap");
            json.WriteStartObject("signature_def");
            json.WriteStartObject(TfServing.Signature);
            Tensors(json, "inputs", model.Runtime.Inputs);
            Tensors(json, "outputs", model.Runtime.Outputs);
            json.WriteString("method_name", "tensorflow/serving/predict");
            for (var i = 0; i < 4; i++) json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private static void Tensors(Utf8JsonWriter json, string name, IReadOnlyList<TensorSpec> specs)
    {
        json.WriteStartObject(name);
        foreach (var spec in specs)
        {
            json.WriteStartObject(spec.Name);
            json.WriteString("dtype", spec.Element.TensorFlow());
            json.WriteStartObject("tensor_shape");
            json.WriteStartArray("dim");
            foreach (var dimension in spec.Shape)
            {
                json.WriteStartObject();
                json.WriteString("size", dimension.ToString(CultureInfo.InvariantCulture));
                json.WriteString("name", "");
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteBoolean("unknown_rank", false);
            json.WriteEndObject();
            json.WriteString("name", spec.Name);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
