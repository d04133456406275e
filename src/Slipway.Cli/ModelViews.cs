using Slipway.Registry;

namespace Slipway.Cli;

/// <summary>A registered model as commands print it.</summary>
internal sealed record ModelView(string Name, string? Description, string? RegisteredBy, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, Dictionary<string, string> Aliases, Dictionary<string, string> Tags,
    List<ModelVersionView>? Versions = null, string? Owner = null, string? Scan = null)
{
    public static ModelView Of(RegisteredModel model) => new(model.Name!, model.Description, model.UserId, At(model.CreationTimestamp), At(model.LastUpdatedTimestamp),
        (model.Aliases ?? []).ToDictionary(static alias => alias.Alias!, static alias => alias.Version!), (model.Tags ?? []).ToDictionary(static tag => tag.Key!, static tag => tag.Value!));

    internal static DateTimeOffset At(long? ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms ?? 0);
}

/// <summary>A version as commands print it.</summary>
internal sealed record ModelVersionView(string Version, string Stage, string[] Aliases, string? RunId, string? Source, string? Description, string? RegisteredBy, DateTimeOffset CreatedAt, Dictionary<string, string> Tags)
{
    public static ModelVersionView Of(ModelVersion version) => new(version.Version!, version.CurrentStage!, version.Aliases ?? [], version.RunId, version.Source, version.Description, version.UserId,
        ModelView.At(version.CreationTimestamp), (version.Tags ?? []).ToDictionary(static tag => tag.Key!, static tag => tag.Value!));
}

/// <summary>A stay as commands print it.</summary>
internal sealed record ModelStayView(string? Stage, string? Alias, string Version, DateTimeOffset From, string? FromBy, string? FromReason, DateTimeOffset? Until, string? UntilBy, string? UntilReason, bool RolledBack)
{
    public static ModelStayView Of(ModelStay stay) => new(stay.Stage, stay.Alias, stay.Version!, ModelView.At(stay.FromMs), stay.FromActor, stay.FromReason,
        stay.UntilMs is { } until ? ModelView.At(until) : null, stay.UntilActor, stay.UntilReason, stay.RolledBack);
}
