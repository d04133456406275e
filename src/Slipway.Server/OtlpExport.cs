using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Slipway.Server;

/// <summary>Sends traces and metrics to a collector. Its libraries are loaded only when an endpoint is configured.</summary>
internal sealed partial class OtlpExport : IDisposable
{
    private const int HttpPort = 4318;
    private const int StopMs = 2_000;
    private readonly TracerProvider traces;
    private readonly MeterProvider metrics;

    public OtlpExport(Uri endpoint, ILogger<OtlpExport> log)
    {
        var resource = ResourceBuilder.CreateDefault().AddService("slipway", serviceVersion: ServerApi.Version, serviceInstanceId: $"{Environment.MachineName}:{Environment.ProcessId}");
        traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(RequestMetrics.SourceName)
            .AddOtlpExporter(otlp => Point(otlp, endpoint, "v1/traces")).Build();
        metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter("Slipway*").AddMeter("System.Runtime")
            .AddOtlpExporter(otlp => Point(otlp, endpoint, "v1/metrics")).Build();
        Exporting(log, endpoint);
    }

    /// <summary>Sends what is left, then ends.</summary>
    public void Dispose()
    {
        // A collector that is away must not hold up the stop.
        traces.Shutdown(StopMs);
        metrics.Shutdown(StopMs);
        traces.Dispose();
        metrics.Dispose();
    }

    private static void Point(OtlpExporterOptions otlp, Uri endpoint, string path)
    {
        var http = endpoint.Port == HttpPort || endpoint.AbsolutePath.Length > 1;
        otlp.Protocol = http ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        otlp.Endpoint = http ? new Uri(endpoint.ToString().TrimEnd('/') + "/" + path) : endpoint;
    }

    [LoggerMessage(LogLevel.Information, "Exporting traces and metrics to {Endpoint}.")]
    private static partial void Exporting(ILogger log, Uri endpoint);
}
