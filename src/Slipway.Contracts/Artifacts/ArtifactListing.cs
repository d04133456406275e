namespace Slipway.Artifacts;

/// <summary>One line of a listing of artifacts: the wire's FileInfo.</summary>
/// <param name="Path">The name; below a run or model its whole path from there.</param>
/// <param name="IsDir">Whether it is a directory.</param>
/// <param name="FileSize">Bytes, of files only.</param>
public sealed record ArtifactEntry(string? Path = null, bool? IsDir = null, long? FileSize = null);

/// <summary>Asks for one directory of a run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="RunUuid">The old name of <paramref name="RunId"/>.</param>
/// <param name="Path">The directory from the run's root, or null for the root.</param>
/// <param name="PageToken">Where the last page ended.</param>
public sealed record ListArtifacts(string? RunId = null, string? RunUuid = null, string? Path = null, string? PageToken = null);

/// <summary>Asks for one directory of a logged model.</summary>
/// <param name="ModelId">The model.</param>
/// <param name="ArtifactDirectoryPath">The directory from the model's root, or null for the root.</param>
/// <param name="PageToken">Where the last page ended.</param>
public sealed record ListModelArtifacts(string? ModelId = null, string? ArtifactDirectoryPath = null, string? PageToken = null);

/// <summary>One page of a directory.</summary>
/// <param name="RootUri">Where the run's or model's artifacts lie.</param>
/// <param name="Files">Files and directories by name; null when there are none.</param>
/// <param name="NextPageToken">Asks for the next page; null at the end.</param>
public sealed record ListedArtifacts(string? RootUri = null, ArtifactEntry[]? Files = null, string? NextPageToken = null);

/// <summary>Asks for one directory of the artifact store.</summary>
/// <param name="Path">The directory from the top, or null for the top.</param>
public sealed record ListStoredArtifacts(string? Path = null);

/// <summary>One directory of the artifact store.</summary>
/// <param name="Files">Files and directories by name; null when there are none.</param>
public sealed record StoredArtifacts(ArtifactEntry[]? Files = null);
