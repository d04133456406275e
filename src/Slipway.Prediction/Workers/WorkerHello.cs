using System.Text.Json.Serialization;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction.Workers;

/// <summary>A package that is not what the model's requirements ask for.</summary>
/// <param name="Package">Its name, or the line that was not understood.</param>
/// <param name="Wanted">What the requirements say.</param>
/// <param name="Found">The version that is installed; null when it is not.</param>
internal sealed record PackageDifference(string Package, string Wanted, string? Found)
{
    /// <summary>As people read it.</summary>
    public override string ToString() => $"{Package}: expected {Wanted}, got {Found ?? "nothing"}";
}

/// <summary>What a worker says when it has loaded its model.</summary>
/// <param name="Python">The interpreter's version.</param>
/// <param name="LoadedBy">What loaded the model: `mlflow 2.9.2`, `pickle`, a module's name.</param>
/// <param name="Inputs">What the model takes.</param>
/// <param name="Outputs">What it answers.</param>
/// <param name="Differences">What is not as the requirements ask.</param>
/// <param name="Error">Why it could not be loaded, in place of all that.</param>
internal sealed record WorkerHello(string? Python, string? LoadedBy, WorkerTensor[]? Inputs, WorkerTensor[]? Outputs, PackageDifference[]? Differences, string? Error)
{
    /// <summary>The tensors as the data plane knows them, or what is wrong with them.</summary>
    public static Outcome<TensorSpec[]> Specs(WorkerTensor[]? tensors)
    {
        if (tensors is not { Length: > 0 and <= TensorBatch.TensorsMax }) return Problem.Internal($"The worker names {tensors?.Length ?? 0} inputs or outputs; expected 1 to {TensorBatch.TensorsMax:N0}.");
        var specs = new TensorSpec[tensors.Length];
        for (var i = 0; i < specs.Length; i++)
        {
            var (name, datatype, shape) = tensors[i];
            if (string.IsNullOrEmpty(name) || shape is not { Length: <= TensorShape.RankMax } || WireTensors.Element(datatype) is not (var element and not OnnxElement.Undefined))
                return Problem.Internal($"The worker describes a tensor '{name}' of {datatype} with {shape?.Length} dimensions, which is not served.");
            specs[i] = new TensorSpec(name, element, shape);
        }
        return specs;
    }
}

/// <summary>A tensor in words.</summary>
internal sealed record WorkerTensor(string? Name, string? Datatype, long[]? Shape);

/// <summary>What one answer says; tensors come behind it.</summary>
internal sealed record WorkerAnswer(WorkerPart[]? Outputs, string? Error, int? Status, bool? Pong);

/// <summary>A tensor of an answer.</summary>
internal sealed record WorkerPart(string? Name, string? Datatype, long[]? Shape, WorkerPartSize? Parameters);

/// <summary>How many bytes a tensor has.</summary>
internal sealed record WorkerPartSize(long? BinaryDataSize);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(WorkerHello))]
[JsonSerializable(typeof(WorkerAnswer))]
internal sealed partial class WorkerJson : JsonSerializerContext;
