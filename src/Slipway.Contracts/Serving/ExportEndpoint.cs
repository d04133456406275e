namespace Slipway.Serving;

/// <summary>POST endpoints/{name}/exports: an endpoint leaves the installation.</summary>
/// <param name="Name">Required; part of the path.</param>
/// <param name="Reason">Why.</param>
public sealed record ExportEndpoint(string? Name = null, string? Reason = null);
