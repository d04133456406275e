namespace Slipway.Access;

/// <summary>What somebody is in one workspace, as the tables say at one moment.</summary>
/// <param name="Principal">The key.</param>
/// <param name="Name">The name.</param>
/// <param name="Workspace">The workspace.</param>
/// <param name="Administrator">Of the installation.</param>
/// <param name="Rights">In the whole workspace.</param>
/// <param name="Grants">On single roots.</param>
/// <param name="Reached">False when nothing in the workspace is for them: they are not told that it exists.</param>
internal sealed record Standing(long Principal, string Name, WorkspaceRow Workspace, bool Administrator, Right Rights, Grants Grants, bool Reached)
{
    /// <summary>The caller of a request, at most with the rights of the credentials it came with.</summary>
    public Caller Caller(Right most, string? address) => new(Workspace.Id, Name, Rights & most, address)
    {
        Principal = Principal,
        Grants = Grants,
        Most = most,
        Quota = Workspace.Quota,
        Masking = Workspace.Masking,
    };
}

/// <summary>One row of `workspaces`.</summary>
internal sealed record WorkspaceRow(long Id, string Name, string Description, long? DeletedMs, Quota? Quota)
{
    /// <summary>Whether artifacts that come are encrypted.</summary>
    public bool EncryptArtifacts { get; init; }

    /// <summary>Whose values are hidden, as it is stored.</summary>
    public MaskRule[] Mask { get; init; } = [];

    /// <summary>Hides them; null when there are none.</summary>
    public Masking? Masking { get; init; }
}
