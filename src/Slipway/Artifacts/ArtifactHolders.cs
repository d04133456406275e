namespace Slipway.Artifacts;

/// <summary>Answers where the artifacts of a run or logged model lie, as a URI; a problem when the caller sees no such thing.</summary>
internal delegate Task<Outcome<string>> ArtifactUri(Caller caller, string id, CancellationToken ct);

/// <summary>What holds artifacts, told by the higher layers that know: runs and logged models.</summary>
/// <param name="OfRun">By run id.</param>
/// <param name="OfModel">By logged model's id.</param>
internal sealed record ArtifactHolders(ArtifactUri OfRun, ArtifactUri OfModel);
