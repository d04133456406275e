using Slipway.Access;

namespace Slipway.Artifacts;

/// <summary>Artifacts whose path holds somebody's name: whether the file is about them, only a person can judge.</summary>
internal static class PeopleInPaths
{
    private const string Holding = "FROM artifacts WHERE blob_id IS NOT NULL AND (replace(name, $1, '') <> name OR replace(folder, $1, '') <> folder)";

    /// <summary>The place.</summary>
    public static PersonalPlace Place { get; } = new("artifacts whose path holds the name", static (session, name) => session.Long("SELECT count(*) " + Holding, name) ?? 0, null,
        static (session, name, most) => session.Query($"SELECT folder, name {Holding} ORDER BY workspace_id, folder, name LIMIT $2",
            static row => row.Text(0).Length == 0 ? row.Text(1) : $"{row.Text(0)}/{row.Text(1)}", name, most));
}
