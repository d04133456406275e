using System.Buffers;
using System.Text.Json;
using Slipway.Prediction;

namespace Slipway.Serving;

/// <summary>Logged predictions as the wire has them.</summary>
internal static class PredictionAnswers
{
    /// <summary>One prediction; without its columns when they are not wanted.</summary>
    public static PredictionRecord Of(LoggedPrediction logged, bool payload) => new()
    {
        Id = logged.Id,
        AtMs = logged.AtMs,
        Endpoint = logged.Endpoint,
        Arm = logged.Arm,
        Model = logged.Model,
        Version = logged.Version,
        Protocol = logged.Protocol,
        Status = logged.Status,
        Error = Some(logged.Error),
        Key = Some(logged.Key),
        TraceId = Some(logged.TraceId),
        Rows = logged.Rows,
        ParseUs = logged.ParseUs,
        QueueUs = logged.QueueUs,
        RunUs = logged.RunUs,
        Cut = logged.Cut,
        Inputs = payload ? [.. logged.Inputs.Select(Column)] : null,
        Outputs = payload ? [.. logged.Outputs.Select(Column)] : null,
    };

    /// <summary>A column's values as JSON; NaN and infinities as texts.</summary>
    public static PredictionColumn Column(LoggedColumn column)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartArray();
            switch (column.Values)
            {
                case float[] all: foreach (var one in all) Number(json, one); break;
                case double[] all: foreach (var one in all) Number(json, one); break;
                case long[] all: foreach (var one in all) json.WriteNumberValue(one); break;
                case bool[] all: foreach (var one in all) json.WriteBooleanValue(one); break;
                case string[] all: foreach (var one in all) json.WriteStringValue(one); break;
            }
            json.WriteEndArray();
        }
        using var parsed = JsonDocument.Parse(bytes.WrittenMemory);
        return new PredictionColumn(column.Name, column.Type, column.Shape.Length > 1 ? column.Shape : null, parsed.RootElement.Clone());
    }

    private static void Number(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteStringValue(float.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }

    private static void Number(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value)) json.WriteNumberValue(value);
        else json.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }

    private static string? Some(string text) => text.Length == 0 ? null : text;
}
