using Slipway.Prediction.Json;

namespace Slipway.Prediction.Protocols;

/// <summary>The outputs that a request asks for, and in which form.</summary>
internal static class OipOutputs
{
    /// <summary>Reads `outputs` into the exchange.</summary>
    public static bool Read(ref JsonCursor json, Exchange exchange)
    {
        if (!json.Expect('[', "'outputs' as an array")) return false;
        if (json.Take(']')) return true;
        var asked = new List<AskedOutput>();
        do
        {
            if (!One(ref json, exchange, asked.Count, out var one)) return false;
            if (asked.Exists(other => other.Port == one.Port)) return json.Fail(Problem.Invalid($"outputs[{asked.Count}]: the output '{exchange.Model.Runtime.Outputs[one.Port].Name}' is there twice."));
            asked.Add(one);
        }
        while (json.More(']'));
        Set(exchange, [.. asked]);
        return json.Problem is null;
    }

    /// <summary>Says what is wanted, also to the model.</summary>
    public static void Set(Exchange exchange, AskedOutput[] asked)
    {
        exchange.Asked = asked;
        exchange.Call.Wanted = Array.ConvertAll(asked, static one => one.Port);
    }

    /// <summary>The output of this name, or -1.</summary>
    public static int Port(IReadOnlyList<TensorSpec> outputs, ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < outputs.Count; i++)
            if (name.SequenceEqual(outputs[i].Utf8Name)) return i;
        return -1;
    }

    /// <summary>What to say of an output that nobody has.</summary>
    public static Problem Unknown(Exchange exchange, string where, string name) => Misfit.Name(exchange.Detail, where, "unknown output", name, exchange.Model.Runtime.Outputs.Select(static output => output.Name));

    private static unsafe bool One(ref JsonCursor json, Exchange exchange, int position, out AskedOutput asked)
    {
        var (port, binary, classes) = (-1, (bool?)null, 0L);
        asked = default;
        if (!json.Expect('{', $"an object in outputs[{position}]")) return false;
        if (!json.Take('}'))
            do
            {
                if (!json.Name(out var name)) return false;
                if (name.Is("name"u8))
                {
                    if (!json.Text(out var text)) return false;
                    port = Port(exchange.Model.Runtime.Outputs, text.Bytes() ?? []);
                    if (port < 0) return json.Fail(Unknown(exchange, $"outputs[{position}]", text.ToString()));
                }
                else if (name.Is("parameters"u8))
                {
                    if (!json.Expect('{')) return false;
                    if (json.Take('}')) continue;
                    do
                    {
                        if (!json.Name(out var parameter)) return false;
                        var at = json;
                        if (!json.Skip()) return false;
                        at.Next();
                        if (parameter.Is("binary_data"u8)) binary = at.Word("true"u8);
                        else if (parameter.Is("classification"u8) && (JsonNumber.Long(at.At, out classes) == null || classes < 1))
                            return json.Fail(Problem.Invalid($"outputs[{position}].parameters.classification: expected a number of classes from 1, got {at.Seen()}."));
                    }
                    while (json.More('}'));
                }
                else if (!json.Skip()) return false;
            }
            while (json.More('}'));
        if (json.Problem is not null) return false;
        if (port < 0) return json.Fail(Problem.Invalid($"outputs[{position}]: 'name' is missing."));
        asked = new AskedOutput(port, binary, (int)Math.Min(classes, int.MaxValue));
        return true;
    }
}
