using Slipway.Registry;

namespace Slipway.Models;

/// <summary>Which version of a model is meant: `models:/NAME@ALIAS`, `models:/NAME/NUMBER` or `models:/NAME/STAGE`.</summary>
internal sealed record ModelReference(string Name, string? Alias, string? Version, string? Stage)
{
    /// <summary>Reads one.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static ModelReference Parse(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        var rest = text.StartsWith("models:/", StringComparison.Ordinal) ? text["models:/".Length..] : text;
        var (at, slash) = (rest.LastIndexOf('@'), rest.LastIndexOf('/'));
        if (at > 0 && at < rest.Length - 1) return new ModelReference(rest[..at], rest[(at + 1)..], null, null);
        if (slash > 0 && slash < rest.Length - 1)
            return rest.AsSpan(slash + 1).ContainsAnyExceptInRange('0', '9') ? new ModelReference(rest[..slash], null, null, rest[(slash + 1)..]) : new ModelReference(rest[..slash], null, rest[(slash + 1)..], null);
        throw new ArgumentException($"'{text}' names no version of a model. Expected models:/NAME@ALIAS, models:/NAME/NUMBER or models:/NAME/STAGE.", nameof(text));
    }

    /// <summary>The version that it means now, or null.</summary>
    public string? In(RegisteredModel model) => Version
        ?? (Alias is { } alias ? (model.Aliases ?? []).FirstOrDefault(one => string.Equals(one.Alias, alias, StringComparison.OrdinalIgnoreCase))?.Version
            : (model.LatestVersions ?? []).FirstOrDefault(one => string.Equals(one.CurrentStage, Stage, StringComparison.OrdinalIgnoreCase))?.Version);

    /// <inheritdoc/>
    public override string ToString() => Alias is not null ? $"models:/{Name}@{Alias}" : $"models:/{Name}/{Version ?? Stage}";
}
