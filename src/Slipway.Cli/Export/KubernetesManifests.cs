using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Cli.Export;

/// <summary>What the manifests of an endpoint say.</summary>
/// <param name="Endpoint">The endpoint.</param>
/// <param name="Image">The image of its bundle, or of slipway where the pods read the server's database.</param>
internal sealed record ManifestOptions(string Endpoint, string Image)
{
    /// <summary>The namespace; null leaves it to kubectl.</summary>
    public string? Namespace { get; init; }

    /// <summary>Pods at least.</summary>
    public int Replicas { get; init; } = 2;

    /// <summary>Pods at most.</summary>
    public int ReplicasMax { get; init; } = 10;

    /// <summary>Processor that a pod asks for.</summary>
    public string Cpu { get; init; } = "500m";

    /// <summary>Memory that a pod asks for, and gets no more of.</summary>
    public string Memory { get; init; } = "512Mi";

    /// <summary>The mean use of processor, in percent of what was asked for, above which pods are added.</summary>
    public int CpuTarget { get; init; } = 70;

    /// <summary>The secret whose keys `database` and `artifacts` lead to the server's; null for a bundle in the image.</summary>
    public string? SharedDatabase { get; init; }
}

/// <summary>Deployment, Service, HorizontalPodAutoscaler and PodDisruptionBudget of an endpoint, as one stream of YAML. The same options give the same text.</summary>
internal static partial class KubernetesManifests
{
    /// <summary>Writes it, or says which option is no good.</summary>
    public static Outcome<string> Write(ManifestOptions options)
    {
        if (Check(options) is { } problem) return problem;
        var (name, text) = (Name(options.Endpoint), new StringBuilder());
        text.Append(string.Create(CultureInfo.InvariantCulture, $$"""
            apiVersion: apps/v1
            kind: Deployment
            {{Metadata(options, name)}}
            spec:
              replicas: {{options.Replicas}}
              selector:
                matchLabels:
                  app.kubernetes.io/name: {{name}}
              strategy:
                rollingUpdate:
                  maxUnavailable: 0
                  maxSurge: 1
              template:
                metadata:
                  labels:
                    app.kubernetes.io/name: {{name}}
                  annotations:
                    prometheus.io/scrape: "true"
                    prometheus.io/port: "8080"
                    prometheus.io/path: /metrics
                spec:
                  terminationGracePeriodSeconds: 40
                  securityContext:
                    runAsNonRoot: true
                    runAsUser: 65532
                    seccompProfile:
                      type: RuntimeDefault
                  containers:
                    - name: slipway
                      image: {{Quoted(options.Image)}}
                      args: [{{string.Join(", ", Arguments(options).Select(Quoted))}}]
                      ports:
                        - name: http
                          containerPort: 8080
                      env:
                        - name: DOTNET_gcServer
                          value: "0"

            """).Replace("\r", "", StringComparison.Ordinal));
        if (options.SharedDatabase is { } secret)
            foreach (var key in (string[])["database", "artifacts"])
                text.Append(CultureInfo.InvariantCulture, $"            - name: SLIPWAY__{key.ToUpperInvariant()}\n              valueFrom:\n                secretKeyRef:\n                  name: {secret}\n                  key: {key}\n");
        text.Append(string.Create(CultureInfo.InvariantCulture, $$"""
                      resources:
                        requests:
                          cpu: {{Quoted(options.Cpu)}}
                          memory: {{Quoted(options.Memory)}}
                        limits:
                          memory: {{Quoted(options.Memory)}}
                      startupProbe:
                        httpGet: {path: /v2/health/ready, port: http}
                        periodSeconds: 1
                        failureThreshold: 120
                      readinessProbe:
                        httpGet: {path: /v2/health/ready, port: http}
                        periodSeconds: 2
                        failureThreshold: 2
                      livenessProbe:
                        httpGet: {path: /v2/health/live, port: http}
                        periodSeconds: 10
                        failureThreshold: 3
                      securityContext:
                        allowPrivilegeEscalation: false
                        readOnlyRootFilesystem: true
                        capabilities:
                          drop: [ALL]
                      volumeMounts:
                        - name: data
                          mountPath: /data
                        - name: tmp
                          mountPath: /tmp
                  volumes:
                    - name: data
                      emptyDir: {sizeLimit: 2Gi}
                    - name: tmp
                      emptyDir: {sizeLimit: 1Gi}
            ---
            apiVersion: v1
            kind: Service
            {{Metadata(options, name)}}
            spec:
              selector:
                app.kubernetes.io/name: {{name}}
              ports:
                - name: http
                  port: 80
                  targetPort: http
            ---
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            {{Metadata(options, name)}}
            spec:
              scaleTargetRef:
                apiVersion: apps/v1
                kind: Deployment
                name: {{name}}
              minReplicas: {{options.Replicas}}
              maxReplicas: {{options.ReplicasMax}}
              metrics:
                - type: Resource
                  resource:
                    name: cpu
                    target:
                      type: Utilization
                      averageUtilization: {{options.CpuTarget}}
            ---
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            {{Metadata(options, name)}}
            spec:
              {{(options.Replicas > 1 ? $"minAvailable: {options.Replicas - 1}" : "maxUnavailable: 1")}}
              selector:
                matchLabels:
                  app.kubernetes.io/name: {{name}}

            """).Replace("\r", "", StringComparison.Ordinal));
        return text.ToString();
    }

    private static string[] Arguments(ManifestOptions options) => options.SharedDatabase is null
        ? ["serve"]
        : ["serve", "--endpoint", options.Endpoint, "--urls", "http://0.0.0.0:8080", "--data", "/data", "--access-mode", "people"];

    private static string Metadata(ManifestOptions options, string name) =>
        $"metadata:\n  name: {name}\n{(options.Namespace is { } space ? $"  namespace: {space}\n" : "")}  labels:\n    app.kubernetes.io/name: {name}\n    app.kubernetes.io/managed-by: slipway";

    private static Problem? Check(ManifestOptions options)
    {
        if (options.Endpoint.Length is 0 or > 100) return Problem.Invalid($"endpoint: got {options.Endpoint.Length} characters, expected 1 to 100.");
        if (options.Namespace is { } space && !DnsLabel().IsMatch(space)) return Problem.Invalid($"--namespace: got '{space}', expected lower-case letters, digits and hyphens.");
        if (options.SharedDatabase is { } secret && !DnsLabel().IsMatch(secret)) return Problem.Invalid($"--shared-database: got '{secret}', expected a secret's name: lower-case letters, digits and hyphens.");
        if (options.Image.Length == 0 || options.Image.Any(static letter => char.IsWhiteSpace(letter) || char.IsControl(letter))) return Problem.Invalid("--image: expected an image such as registry.example.com/flights:7.");
        if (!Quantity().IsMatch(options.Cpu)) return Problem.Invalid($"--cpu: got '{options.Cpu}', expected a quantity such as 500m or 2.");
        if (!Quantity().IsMatch(options.Memory)) return Problem.Invalid($"--memory: got '{options.Memory}', expected a quantity such as 512Mi or 2Gi.");
        if (options.Replicas < 1 || options.ReplicasMax < options.Replicas) return Problem.Invalid($"--replicas: got {options.Replicas} to {options.ReplicasMax}, expected 1 or more and no fewer at most than at least.");
        return options.CpuTarget is < 1 or > 100 ? Problem.Invalid($"--cpu-target: got {options.CpuTarget}, expected 1 to 100.") : null;
    }

    /// <summary>A name as Kubernetes takes it: lower-case letters, digits and hyphens, at most 63.</summary>
    private static string Name(string endpoint)
    {
        var name = NoLabel().Replace(endpoint.ToLowerInvariant(), "-").Trim('-');
        if (name.Length > 54) name = name[..54].TrimEnd('-');
        return "slipway-" + (name.Length == 0 ? "endpoint" : name);
    }

    private static string Quoted(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    [GeneratedRegex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    private static partial Regex DnsLabel();

    [GeneratedRegex("[^a-z0-9-]+")]
    private static partial Regex NoLabel();

    [GeneratedRegex(@"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$")]
    private static partial Regex Quantity();
}
