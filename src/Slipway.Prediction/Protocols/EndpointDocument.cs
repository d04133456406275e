using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction.Protocols;

/// <summary>The OpenAPI document of one endpoint: what its version with the largest weight takes and gives, on the protocols that people try by hand.</summary>
internal static class EndpointDocument
{
    private const int ColumnsMax = 1_000;

    /// <summary>`GET /endpoints/NAME/openapi.json`.</summary>
    public static Task Answer(HttpContext http, Caller caller, PredictionHost host)
    {
        var found = OipMetadata.Of(http, caller, host);
        return !found.Succeeded ? PredictionHost.WriteProblem(http, PredictionRoutes.Mlflow, found.Problem) : OipMetadata.Write(http, json => Write(json, found.Value.Endpoint, found.Value.Model));
    }

    /// <summary>Writes it.</summary>
    public static void Write(Utf8JsonWriter json, ServedEndpoint endpoint, ServedModel model)
    {
        json.WriteStartObject();
        json.WriteString("openapi", "3.1.1");
        json.WriteStartObject("info");
        json.WriteString("title", endpoint.Name);
        json.WriteString("version", model.Version);
        json.WriteString("description", $"Version {model.Version} of {model.Name}.");
        json.WriteEndObject();
        json.WriteStartObject("paths");
        var name = Uri.EscapeDataString(endpoint.Name);
        Operation(json, $"/endpoints/{name}/invocations", "Predicts from records.", "dataframe_records", "predictions", model);
        Operation(json, $"/v1/models/{name}:predict", "Predicts from instances.", "instances", "predictions", model);
        Infer(json, $"/v2/models/{name}/infer", model);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Operation(Utf8JsonWriter json, string path, string summary, string input, string output, ServedModel model)
    {
        Begin(json, path, summary);
        json.WriteStartObject("properties");
        json.WriteStartObject(input);
        json.WriteString("type", "array");
        json.WritePropertyName("items");
        Row(json, model.Plan);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("required");
        json.WriteStringValue(input);
        json.WriteEndArray();
        if (model.Columns.Example is { } example && example.StartsWith('{'))
        {
            json.WriteEndObject();
            json.WritePropertyName("example");
            json.WriteRawValue(example);
            Answers(json, schema: false);
        }
        else Answers(json, schema: true);
        json.WriteStartObject("properties");
        json.WriteStartObject(output);
        json.WriteString("type", "array");
        json.WriteEndObject();
        End(json);
    }

    private static void Infer(Utf8JsonWriter json, string path, ServedModel model)
    {
        Begin(json, path, "Predicts from tensors.");
        json.WriteStartObject("properties");
        json.WriteStartObject("inputs");
        json.WriteString("type", "array");
        json.WriteStartArray("prefixItems");
        foreach (var spec in model.Runtime.Inputs)
        {
            json.WriteStartObject();
            json.WriteString("type", "object");
            json.WriteStartObject("properties");
            Constant(json, "name", spec.Name);
            Constant(json, "datatype", spec.Element.Oip());
            json.WriteStartObject("shape");
            json.WriteString("type", "array");
            json.WriteString("description", Elements.Shape(spec.Shape));
            json.WriteEndObject();
            json.WriteStartObject("data");
            json.WriteString("type", "array");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        Answers(json, schema: true);
        json.WriteStartObject("properties");
        json.WriteStartObject("outputs");
        json.WriteString("type", "array");
        json.WriteEndObject();
        End(json);
    }

    private static void Begin(Utf8JsonWriter json, string path, string summary)
    {
        json.WriteStartObject(path);
        json.WriteStartObject("post");
        json.WriteString("summary", summary);
        json.WriteStartObject("requestBody");
        json.WriteBoolean("required", true);
        json.WriteStartObject("content");
        json.WriteStartObject("application/json");
        json.WriteStartObject("schema");
        json.WriteString("type", "object");
    }

    // From the end of the request's schema to the beginning of the answer's.
    private static void Answers(Utf8JsonWriter json, bool schema)
    {
        for (var i = schema ? 4 : 3; i > 0; i--) json.WriteEndObject();
        json.WriteStartObject("responses");
        json.WriteStartObject("200");
        json.WriteString("description", "Predictions.");
        json.WriteStartObject("content");
        json.WriteStartObject("application/json");
        json.WriteStartObject("schema");
        json.WriteString("type", "object");
    }

    private static void End(Utf8JsonWriter json)
    {
        for (var i = 0; i < 8; i++) json.WriteEndObject();
    }

    private static void Row(Utf8JsonWriter json, InputPlan plan)
    {
        json.WriteStartObject();
        if (!plan.Named)
        {
            json.WriteString("type", "array");
            json.WriteStartObject("items");
            json.WriteString("type", "number");
            json.WriteEndObject();
            if (plan.Columns.Length > 0) json.WriteNumber("minItems", plan.Columns.Length);
            json.WriteEndObject();
            return;
        }
        json.WriteString("type", "object");
        json.WriteStartObject("properties");
        foreach (var slot in plan.Columns.Take(ColumnsMax))
        {
            json.WriteStartObject(slot.Name);
            if (slot.Width != 1) json.WriteString("type", "array");
            else Type(json, slot, plan.Inputs[slot.Port].Element);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteStartArray("required");
        foreach (var slot in plan.Columns.Take(ColumnsMax))
            if (slot.Required) json.WriteStringValue(slot.Name);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Type(Utf8JsonWriter json, ColumnSlot slot, OnnxElement element)
    {
        var type = slot.Kind switch
        {
            ColumnKind.Double => "number",
            ColumnKind.Long => "integer",
            ColumnKind.Boolean => "boolean",
            ColumnKind.Any => element is OnnxElement.String ? "string" : element is OnnxElement.Bool ? "boolean" : element.IsInteger() ? "integer" : "number",
            _ => "string",
        };
        json.WriteString("type", type);
        if (slot.Kind is ColumnKind.Datetime) json.WriteString("format", "date-time");
        if (slot.Kind is ColumnKind.Binary) json.WriteString("contentEncoding", "base64");
    }

    private static void Constant(Utf8JsonWriter json, string name, string value)
    {
        json.WriteStartObject(name);
        json.WriteString("const", value);
        json.WriteEndObject();
    }
}
