namespace Slipway.Server;

/// <summary>The data plane alone: one of any number of processes beside a server, on its PostgreSQL and its blob store.</summary>
/// <param name="Endpoint">Only this endpoint, also at the root; null for all.</param>
public sealed record ServeChoices(string? Endpoint)
{
    private static readonly string[] Loops = ["serving.", "predictions.", "memory."];

    private static readonly string[] Paths = ["/v1/models", "/v2", "/predictions/", "/explanations/", "/endpoints/", "/invocations", "/predict", "/ping", "/health", "/metrics", "/inference.", "/grpc.health.", "/api/feedback", "/api/slipway/v1/prediction-log"];

    /// <summary>Background work that belongs to the data plane; jobs and the rest are the server's.</summary>
    internal static bool HasLoop(string name) => Array.Exists(Loops, begin => name.StartsWith(begin, StringComparison.Ordinal));

    /// <summary>Routes that belong to it.</summary>
    internal static bool HasPath(string path) => Array.Exists(Paths, begin => path.StartsWith(begin, StringComparison.Ordinal));
}
