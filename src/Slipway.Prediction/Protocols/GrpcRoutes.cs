using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Slipway.Engines.Onnx;

namespace Slipway.Prediction.Protocols;

/// <summary>The calls of `inference.GRPCInferenceService` and of gRPC's health service.</summary>
internal static class GrpcRoutes
{
    /// <summary>How problems are told.</summary>
    public static readonly GrpcInference Protocol = new();

    private const string Service = "/inference.GRPCInferenceService/", Health = "/grpc.health.v1.Health/";
    private const int SmallBytesMax = 1 << 20;

    /// <summary>A call with a small request and a small answer.</summary>
    private delegate Outcome<byte[]> Small(ReadOnlySpan<byte> request, Caller caller);

    /// <summary>The routes.</summary>
    public static IEnumerable<PredictionRoute> Of(PredictionHost host)
    {
        yield return Unary(Service + "ServerLive", PredictionAccess.Anyone, "Whether the server runs (gRPC).", static (_, _) => Write(static message => message.Long(1, 1)));
        yield return Unary(Service + "ServerReady", PredictionAccess.Anyone, "Whether the server answers predictions (gRPC).", (_, _) => Write(message => message.Long(1, host.Ready() ? 1 : 0)));
        yield return Unary(Service + "ServerMetadata", PredictionAccess.Anyone, "What the server is and can do (gRPC).", (_, _) => Write(message =>
        {
            message.Text(1, "slipway");
            message.Text(2, host.Version);
            foreach (var extension in OipMetadata.Extensions) message.Text(3, extension);
        }));
        yield return Unary(Service + "ModelReady", PredictionAccess.Invoke, "Whether a model answers (gRPC).", (request, caller) =>
        {
            var found = Find(request, caller, host);
            return !found.Succeeded && found.Problem.Status != 503 ? found.Problem : Write(message => message.Long(1, found.Succeeded ? 1 : 0));
        });
        yield return Unary(Service + "ModelMetadata", PredictionAccess.Invoke, "What goes into a model and what comes out (gRPC).", (request, caller) => Find(request, caller, host) is { Succeeded: true, Value: var found } ? Write(message => GrpcMessages.Metadata(message, found.Endpoint, found.Model)) : Find(request, caller, host).Problem!);
        yield return Unary(Service + "ModelConfig", PredictionAccess.Invoke, "A model's configuration in Triton's words (gRPC).", (request, caller) => Find(request, caller, host) is { Succeeded: true, Value: var found } ? Write(message => message.Message(1, config => GrpcMessages.Config(config, found.Endpoint, found.Model))) : Find(request, caller, host).Problem!);
        yield return Unary(Service + "ModelStatistics", PredictionAccess.Invoke, "What models have done since the start (gRPC).", (request, caller) =>
        {
            if (Named(request, 1, 2) is not var (name, version)) return Damaged();
            if (name.Length > 0 && host.Find(caller, name) is { Succeeded: false } missing) return missing.Problem!;
            return Write(message =>
            {
                foreach (var (endpoint, arm) in OipMetadata.Arms(caller, host, name.Length > 0 ? name : null, version.Length > 0 ? version : null)) message.Message(1, stats => GrpcMessages.Statistics(stats, endpoint, arm.Model.Version, host));
            });
        });
        yield return Unary(Service + "RepositoryIndex", PredictionAccess.Invoke, "Every model with its state (gRPC).", (_, caller) => Write(message =>
        {
            foreach (var (endpoint, arm) in OipMetadata.Arms(caller, host, null, null))
                message.Message(1, model =>
                {
                    model.Text(1, endpoint.Name);
                    model.Text(2, arm.Model.Version);
                    model.Text(3, "READY");
                });
        }));
        yield return Change("RepositoryModelLoad", "Loads a model (gRPC).", host, load: true);
        yield return Change("RepositoryModelUnload", "Unloads a model (gRPC).", host, load: false);
        foreach (var missing in (string[])["SystemSharedMemoryStatus", "SystemSharedMemoryRegister", "SystemSharedMemoryUnregister", "CudaSharedMemoryStatus", "CudaSharedMemoryRegister", "CudaSharedMemoryUnregister", "TraceSetting", "LogSettings"])
            yield return Unary(Service + missing, PredictionAccess.Invoke, "Not offered (gRPC).", (_, _) => new Problem(ErrorCode.NOT_IMPLEMENTED, $"{missing} is not offered.", 501));
        yield return Route(Service + "ModelInfer", PredictionAccess.Invoke, "Predicts from tensors (gRPC).", (http, caller) => Infer(http, caller, host));
        yield return Route(Service + "ModelStreamInfer", PredictionAccess.Invoke, "Predicts from a stream of tensors (gRPC).", (http, caller) => Stream(http, caller, host));
        yield return Unary(Health + "Check", PredictionAccess.Anyone, "gRPC's own health check.", (request, caller) => Checked(request, caller, host));
        yield return Unary(Health + "Watch", PredictionAccess.Anyone, "gRPC's own health check; the stream ends after its first answer.", (request, caller) => Checked(request, caller, host));
    }

    private static async Task Infer(HttpContext http, Caller caller, PredictionHost host)
    {
        if (!Grpc.Begin(http, streams: false)) return;
        var began = Stopwatch.GetTimestamp();
        var (message, ended, problem) = await Grpc.Read(http, host.BodyBytesMax);
        if (ended && problem is null) problem = Problem.Invalid("The call has no message.");
        if (problem is not null)
        {
            message.Return();
            Grpc.End(http, problem);
            return;
        }
        var (exchange, wrong) = await One(http, caller, host, message, began);
        try
        {
            if (wrong is null)
            {
                var answer = AnswerBuffer.Rent();
                Protocol.Write(exchange!, answer);
                host.Wrote(exchange!);
                PredictionHeaders.Write(http.Response.Headers, exchange!);
                await Grpc.Send(http, answer);
            }
            Grpc.End(http, wrong);
        }
        finally
        {
            exchange?.Dispose();
        }
    }

    // Each message is answered in its turn; one that is wrong is answered in words and ends nothing.
    private static async Task Stream(HttpContext http, Caller caller, PredictionHost host)
    {
        if (!Grpc.Begin(http, streams: true)) return;
        await http.Response.StartAsync(http.RequestAborted);
        while (true)
        {
            var (message, ended, problem) = await Grpc.Read(http, host.BodyBytesMax);
            if (problem is not null || ended)
            {
                message.Return();
                Grpc.End(http, problem);
                return;
            }
            var (exchange, wrong) = await One(http, caller, host, message, Stopwatch.GetTimestamp());
            try
            {
                if (wrong is not null) Grpc.Send(http, Bytes(reply => reply.Text(1, wrong.Message)));
                else
                {
                    var answer = AnswerBuffer.Rent();
                    Protocol.Write(exchange!, answer);
                    host.Wrote(exchange!);
                    await GrpcMessages.SendWrapped(http, answer);
                }
            }
            finally
            {
                exchange?.Dispose();
            }
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }
    }

    // Whoever gets the exchange disposes it.
    private static async ValueTask<(Exchange? Exchange, Problem? Problem)> One(HttpContext http, Caller caller, PredictionHost host, RequestBytes message, long began)
    {
        var problem = GrpcInference.Head(message.Bytes, out var name, out var version, out var id);
        var found = problem is null ? host.Find(caller, name) : problem;
        if (!found.Succeeded)
        {
            message.Return();
            return (null, found.Problem);
        }
        var exchange = PredictionHost.Begin(http, found.Value, Protocol, began);
        try
        {
            exchange.Body = message;
            problem = PredictionHost.Headers(http, exchange, version, null);
            if (id is not null) (exchange.Call.Id, exchange.IdGiven) = (id, true);
            if (problem is not null) return (exchange, problem);
            var chosen = host.Choose(exchange);
            return (exchange, chosen.Succeeded ? await host.Run(exchange, chosen.Value, Protocol, http.RequestAborted) : chosen.Problem);
        }
        catch
        {
            exchange.Dispose();
            throw;
        }
    }

    private static PredictionRoute Change(string call, string summary, PredictionHost host, bool load) => Route(Service + call, PredictionAccess.Change, summary, async (http, caller) =>
    {
        if (!Grpc.Begin(http, streams: false)) return;
        var (message, _, problem) = await Grpc.Read(http, 64 << 20);
        var name = problem is null && Named(message.Bytes, 2, 2) is var (found, _) ? found : "";
        message.Return();
        problem ??= name.Length == 0 ? Problem.Invalid("'model_name' is missing.") : await OipMetadata.Change(host, caller, name, load, http.RequestAborted);
        if (problem is null) Grpc.Send(http, []);
        Grpc.End(http, problem);
    });

    private static PredictionRoute Unary(string path, PredictionAccess access, string summary, Small answer) => Route(path, access, summary, async (http, caller) =>
    {
        if (!Grpc.Begin(http, streams: false)) return;
        var (message, ended, problem) = await Grpc.Read(http, SmallBytesMax);
        if (ended && problem is null) problem = Problem.Invalid("The call has no message.");
        var said = problem is null ? answer(message.Bytes, caller) : problem;
        message.Return();
        if (said.Succeeded) Grpc.Send(http, said.Value);
        Grpc.End(http, said.Problem);
    });

    private static PredictionRoute Route(string path, PredictionAccess access, string summary, Func<HttpContext, Caller, Task> handle) => new("POST", path, access, summary, Protocol, handle);

    private static Outcome<byte[]> Checked(ReadOnlySpan<byte> request, Caller caller, PredictionHost host)
    {
        if (Named(request, 1, 1) is not var (service, _)) return Damaged();
        if (service.Length > 0 && service != "inference.GRPCInferenceService" && host.Endpoints.Find(caller.Workspace, service) is null) return Problem.NotFound($"There is no service '{service}'.");
        return Write(message => message.Long(1, host.Ready() ? 1 : 2));
    }

    private static Outcome<(ServedEndpoint Endpoint, ServedModel Model)> Find(ReadOnlySpan<byte> request, Caller caller, PredictionHost host) =>
        Named(request, 1, 2) is var (name, version) ? OipMetadata.Of(caller, host, name, version.Length > 0 ? version : null, null) : Damaged();

    private static (string Name, string Version)? Named(ReadOnlySpan<byte> request, int nameField, int versionField)
    {
        var (name, version) = ("", "");
        var reader = new ProtoReader(request);
        while (reader.Next())
            if (reader.Field == nameField && reader.Wire == ProtoReader.Delimited) name = reader.Text();
            else if (reader.Field == versionField && reader.Wire == ProtoReader.Delimited) version = reader.Text();
            else reader.Skip();
        return reader.Failed ? null : (name, version);
    }

    private static Problem Damaged() => Problem.Invalid("The message is damaged: a field's length or type does not hold together.");

    private static Outcome<byte[]> Write(Action<ProtoWriter> write) => Bytes(write);

    private static byte[] Bytes(Action<ProtoWriter> write)
    {
        var message = new ProtoWriter();
        write(message);
        return message.Written.ToArray();
    }
}
