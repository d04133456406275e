namespace Slipway.Artifacts;

internal sealed partial class ArtifactTree
{
    /// <summary>The most names of one page; a listing that knows no pages takes up to <see cref="ListedMax"/>.</summary>
    public const int PageMax = 10_000;

    /// <summary>The most names of one directory that the listing without pages (the reference's proxy) answers; more is refused, never cut in silence.</summary>
    public const int ListedMax = 100_000;

    private const string ListFolder = """
        SELECT name, blob_id, size FROM artifacts WHERE workspace_id = $1 AND folder = $2 AND name > $3 ORDER BY name LIMIT $4
        """;

    /// <summary>One page of a directory, names in the order of their bytes. A directory that is not there is empty, as in the reference.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="folder">Which directory.</param>
    /// <param name="after">The last name of the page before, or null.</param>
    /// <param name="limit">The most names.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<Outcome<(List<ArtifactName> Names, bool More)>> List(Caller caller, ArtifactPath folder, string? after, int limit, CancellationToken ct) =>
        await database.Read<Outcome<(List<ArtifactName>, bool)>>(session =>
        {
            if (gate(session, caller, folder, write: false) is { } refused) return refused;
            var names = session.Query(ListFolder, static row => new ArtifactName(row.Text(0), row.IsNull(1), row.Long(2)),
                caller.Workspace, folder.Text, after ?? "", limit + 1);
            var more = names.Count > limit;
            if (more) names.RemoveAt(limit);
            return (names, more);
        }, ct);
}
