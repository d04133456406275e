using System.Buffers;
using System.Buffers.Binary;
using Microsoft.AspNetCore.Http;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction.Protocols;

/// <summary>Answers of the gRPC service, field by field.</summary>
/// <remarks>Field numbers of open_inference_grpc.proto, and of Triton's grpc_service.proto and model_config.proto.</remarks>
internal static class GrpcMessages
{
    /// <summary>`ModelMetadataResponse`.</summary>
    public static void Metadata(ProtoWriter message, ServedEndpoint endpoint, ServedModel model)
    {
        message.Text(1, endpoint.Name);
        foreach (var version in endpoint.Arms.Select(static arm => arm.Model.Version).Distinct()) message.Text(2, version);
        message.Text(3, model.Runtime.Platform);
        foreach (var input in model.Runtime.Inputs) message.Message(4, tensor => Tensor(tensor, input));
        foreach (var output in model.Runtime.Outputs) message.Message(5, tensor => Tensor(tensor, output));
    }

    /// <summary>`ModelConfig`.</summary>
    public static void Config(ProtoWriter message, ServedEndpoint endpoint, ServedModel model)
    {
        message.Text(1, endpoint.Name);
        message.Text(2, model.Runtime.Platform);
        foreach (var input in model.Runtime.Inputs) message.Message(5, tensor => Port(tensor, input, dims: 4));
        foreach (var output in model.Runtime.Outputs) message.Message(6, tensor => Port(tensor, output, dims: 3));
        message.Text(17, model.Runtime.Platform.Split('_')[0]);
    }

    /// <summary>`ModelStatistics`.</summary>
    public static void Statistics(ProtoWriter message, ServedEndpoint endpoint, string version, PredictionHost host)
    {
        var count = host.Counts.Of(endpoint, version);
        var (totals, times) = (count?.Totals ?? default, count?.Nanoseconds ?? default);
        message.Text(1, endpoint.Name);
        message.Text(2, version);
        message.Long(3, totals.LastMs);
        message.Long(4, totals.Inferences);
        message.Long(5, totals.Succeeded);
        message.Message(6, stats =>
        {
            Duration(stats, 1, totals.Succeeded, times.Queue + times.Input + times.Run + times.Output);
            Duration(stats, 2, totals.Failed, times.Failed);
            Duration(stats, 3, totals.Succeeded, times.Queue);
            Duration(stats, 4, totals.Succeeded, times.Input);
            Duration(stats, 5, totals.Succeeded, times.Run);
            Duration(stats, 6, totals.Succeeded, times.Output);
        });
    }

    /// <summary>Sends a `ModelInferResponse` within a `ModelStreamInferResponse`.</summary>
    public static Task SendWrapped(HttpContext http, AnswerBuffer answer)
    {
        var length = (ulong)answer.Length;
        Span<byte> tag = stackalloc byte[16];
        var written = 0;
        tag[written++] = (2 << 3) | ProtoReader.Delimited;
        for (var left = length; ; left >>= 7)
        {
            tag[written++] = (byte)(left >= 0x80 ? left | 0x80 : left);
            if (left < 0x80) break;
        }
        Span<byte> prefix = stackalloc byte[5];
        prefix[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(prefix[1..], checked((uint)(answer.Length + written)));
        http.Response.BodyWriter.Write(prefix);
        http.Response.BodyWriter.Write(tag[..written]);
        return answer.WriteTo(http.Response);
    }

    private static void Tensor(ProtoWriter message, TensorSpec spec)
    {
        message.Text(1, spec.Name);
        message.Text(2, spec.Element.Oip());
        message.Longs(3, spec.Shape);
    }

    private static void Port(ProtoWriter message, TensorSpec spec, int dims)
    {
        message.Text(1, spec.Name);
        message.Long(2, spec.Element switch
        {
            OnnxElement.Bool => 1,
            OnnxElement.UInt8 => 2,
            OnnxElement.UInt16 => 3,
            OnnxElement.UInt32 => 4,
            OnnxElement.UInt64 => 5,
            OnnxElement.Int8 => 6,
            OnnxElement.Int16 => 7,
            OnnxElement.Int32 => 8,
            OnnxElement.Int64 => 9,
            OnnxElement.Float16 => 10,
            OnnxElement.Float => 11,
            OnnxElement.Double => 12,
            OnnxElement.String => 13,
            OnnxElement.BFloat16 => 14,
            _ => 0,
        });
        message.Longs(dims, spec.Shape);
    }

    private static void Duration(ProtoWriter message, int field, long count, long nanoseconds) => message.Message(field, duration =>
    {
        duration.Long(1, count);
        duration.Long(2, nanoseconds);
    });
}
