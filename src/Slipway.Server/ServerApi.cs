using System.Reflection;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Slipway.Server;

/// <summary>The routes about the server itself: is it up, what does it speak, how is it doing.</summary>
internal static class ServerApi
{
    /// <summary>The MLflow version whose behaviour is implemented; clients decide by it what they may ask.</summary>
    public const string MlflowVersion = "2.22.0";

    /// <summary>Ours.</summary>
    public static readonly string Version =
        typeof(ServerApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private static readonly byte[] Ok = "OK"u8.ToArray();
    private static readonly byte[] Mlflow = Encoding.ASCII.GetBytes(MlflowVersion);

    /// <summary>Adds the routes.</summary>
    public static void Map(Routes routes, Readiness readiness, MetricStore metrics, IReadOnlyList<Action<StringBuilder>> texts)
    {
        Wire.Add(ServerJson.Default);
        routes.Raw("GET", "/health", Right.None, "Answers OK while the process runs.", (context, _) => Text(context, Ok));
        routes.Raw("GET", "/healthz/live", Right.None, "Answers OK while the process runs.", (context, _) => Text(context, Ok));
        routes.Raw("GET", "/healthz/ready", Right.None, "Whether a write commits and the blob store answers: 200, or 503 with the reason.", async (context, _) =>
        {
            var ready = await readiness.Check(context.RequestAborted);
            context.Response.StatusCode = ready.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            await Answers.Json(context.Response, ready, Wire.Type<Ready>());
            return null;
        }, output: ServerJson.Default.Ready);
        byte[]? document = null;
        routes.Raw("GET", "/openapi.json", Right.None, "This document.", (context, _) => Text(context, document ??= OpenApiDocument.Write(routes.All), "application/json"));
        routes.Raw("GET", "/metrics", Right.Administer, "What the server measures, for Prometheus.",
            (context, _) => Text(context, Encoding.UTF8.GetBytes(PrometheusText.Write(metrics, texts)), PrometheusText.ContentType));
        routes.Raw("GET", "/version", Right.None, "The MLflow version whose behaviour this server implements, as text.", (context, _) => Text(context, Mlflow));
        routes.Under("/api/slipway/v1").Get<Nothing, ServerVersion>("/version", Right.None, "This server's own version.",
            (_, _, _) => Task.FromResult<Outcome<ServerVersion>>(new ServerVersion(Version, MlflowVersion)));
        routes.Under("/api/3.0/mlflow", "/ajax-api/3.0/mlflow").Get<Nothing, ServerInfo>("/server-info", Right.None, "What MLflow clients ask a server about itself.",
            (_, _, _) => Task.FromResult<Outcome<ServerInfo>>(new ServerInfo("SqlStore", false)));
    }

    private static async Task<Problem?> Text(HttpContext context, byte[] text, string type = "text/plain; charset=utf-8")
    {
        await Answers.Text(context.Response, text, type);
        return null;
    }
}

/// <summary>A request without fields.</summary>
internal sealed record Nothing;

/// <summary>What answers here.</summary>
/// <param name="Version">Slipway's version.</param>
/// <param name="Mlflow">The MLflow version whose behaviour is implemented.</param>
internal sealed record ServerVersion(string Version, string Mlflow);

/// <summary>What MLflow clients ask.</summary>
/// <param name="StoreType">As the reference names a server with a database.</param>
/// <param name="WorkspacesEnabled">Whether several workspaces are offered.</param>
internal sealed record ServerInfo(string StoreType, bool WorkspacesEnabled);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Nothing))]
[JsonSerializable(typeof(Ready))]
[JsonSerializable(typeof(ServerVersion))]
[JsonSerializable(typeof(ServerInfo))]
internal sealed partial class ServerJson : JsonSerializerContext;
