using System.Globalization;

namespace Slipway.Registry;

/// <summary>
/// `models:/NAME/VERSION`, `models:/NAME/STAGE`, `models:/NAME/latest`, `models:/NAME@ALIAS` and `models:/m-ID` (a logged model), read as the
/// reference's clients do.
/// </summary>
/// <param name="Name">The registered model, or null for a logged one.</param>
/// <param name="Version">Its version, if the URI has a number.</param>
/// <param name="Stage">Its stage, or null. `latest` is said by <paramref name="IsLatest"/>.</param>
/// <param name="Alias">Its alias, or null.</param>
/// <param name="IsLatest">True for the newest version of all.</param>
/// <param name="LoggedModel">The logged model's id, or null.</param>
internal sealed record ModelUri(string? Name = null, long? Version = null, string? Stage = null, string? Alias = null, bool IsLatest = false, string? LoggedModel = null)
{
    public const string Scheme = "models:";

    /// <summary>True for URIs that may be read here.</summary>
    public static bool Is(string uri) => uri.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads one; null when it is malformed.</summary>
    public static ModelUri? Parse(string uri)
    {
        var rest = uri[Scheme.Length..];
        // models://HOST/... names another server's registry.
        if (!rest.StartsWith('/') || rest.StartsWith("//", StringComparison.Ordinal)) return null;
        rest = rest[1..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            if (rest.StartsWith("m-", StringComparison.Ordinal) && !rest.Contains('@', StringComparison.Ordinal)) return new ModelUri(LoggedModel: rest);
            var at = rest.LastIndexOf('@');
            return at > 0 && at < rest.Length - 1 ? new ModelUri(rest[..at], Alias: rest[(at + 1)..]) : null;
        }
        var (name, which) = (rest[..slash], rest[(slash + 1)..]);
        if (name.Length == 0 || which.Length == 0 || which.Contains('/', StringComparison.Ordinal)) return null;
        if (long.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out var version)) return new ModelUri(name, version);
        if (which.Equals("latest", StringComparison.OrdinalIgnoreCase)) return new ModelUri(name, IsLatest: true);
        return ModelStage.Parse(which) is { } stage ? new ModelUri(name, Stage: stage) : null;
    }
}
