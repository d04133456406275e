using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Datasets;

/// <summary>Versions of data, identified by (experiment, name, digest): the same data logged by many runs is one row.</summary>
internal static class DatasetVersions
{
    private const string Put = """
        INSERT INTO datasets (experiment_id, name, digest, source_type, source, schema_json, profile_json, created_ms, address_space, address_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (experiment_id, name, digest) DO NOTHING
        """;

    /// <summary>In how many experiments the same data is looked for.</summary>
    public const int PlacesMax = 1_000;

    private const string PlaceColumns = "id, experiment_id, name, digest, source_type, created_ms, address_space, address_name";

    /// <summary>The ids of these checked data sets, in their order; those that are new are stored.</summary>
    public static List<long> Ids(Session session, long experimentId, IReadOnlyList<Dataset> datasets, long nowMs)
    {
        // Sorted: two writers that log the same data sets lock them in the same order.
        var sorted = datasets.DistinctBy(static set => (set.Name, set.Digest)).OrderBy(static set => set.Name, StringComparer.Ordinal).ThenBy(static set => set.Digest, StringComparer.Ordinal).ToList();
        session.ExecuteMany(Put, sorted, (row, set) =>
        {
            var address = DatasetAddress.Of(set.Source);
            row.Add(experimentId).Add(set.Name).Add(set.Digest).Add(set.SourceType).Add(set.Source).Add(set.Schema).Add(set.Profile).Add(nowMs).Add(address?.Namespace).Add(address?.Name);
        });
        var names = sorted.Select(static set => set.Name!).Distinct().ToList();
        var ids = session.Query($"SELECT id, name, digest FROM datasets WHERE experiment_id = $1 AND name {session.Dialect.InTexts("$2")}",
            static row => (Id: row.Long(0), Name: row.Text(1), Digest: row.Text(2)), experimentId, Arg.Texts(names)).ToDictionary(row => (row.Name, row.Digest), row => row.Id);
        return [.. datasets.Select(set => ids[(set.Name!, set.Digest!)])];
    }

    /// <summary>Deletes the data sets of an experiment that goes for good, in that write.</summary>
    public static void Erase(Session session, long experimentId) => session.Execute("DELETE FROM datasets WHERE experiment_id = $1", experimentId);

    /// <summary>Where these data are, whatever their workspace; at most <see cref="PlacesMax"/> experiments each. One round trip.</summary>
    public static List<DatasetPlace> Places(Session session, IReadOnlyList<(string Name, string Digest)> data)
    {
        var found = new List<DatasetPlace>();
        session.Together([.. data.Select(one => new Question($"SELECT {PlaceColumns} FROM datasets WHERE name = $1 AND digest = $2 ORDER BY id LIMIT $3", Add, one.Name, one.Digest, PlacesMax))]);
        return found;

        bool Add(Row row)
        {
            found.Add(Place(row));
            return true;
        }
    }

    /// <summary>These data, in their order.</summary>
    public static List<DatasetPlace> Places(Session session, IReadOnlyList<long> ids)
    {
        var found = ids.Count == 0 ? [] : session.Query($"SELECT {PlaceColumns} FROM datasets WHERE id {session.Dialect.InLongs("$1")}", Place, Arg.Longs(ids)).ToDictionary(static set => set.Id);
        return [.. ids.Where(found.ContainsKey).Select(id => found[id])];
    }

    /// <summary>Data that lies at these addresses, whatever their workspace; the newest first, at most so many of each.</summary>
    public static void At(Session session, IReadOnlyList<DatasetAddress> addresses, int most, Action<DatasetAddress, DatasetPlace> found) => session.Together([.. addresses.Select(address =>
        new Question($"SELECT {PlaceColumns} FROM datasets WHERE address_space = $1 AND address_name = $2 ORDER BY id DESC LIMIT $3", row =>
        {
            found(address, Place(row));
            return true;
        }, address.Namespace, address.Name, most))]);

    private static DatasetPlace Place(Row row) => new(row.Long(0), row.Long(1), row.Text(2), row.Text(3), row.Text(4), row.Long(5), row.TextOrNull(6) is { } space ? new DatasetAddress(space, row.Text(7)) : null);

    /// <summary>The records of these ids.</summary>
    public static Dictionary<long, Dataset> Read(Session session, IReadOnlyCollection<long> ids) => session.Query(
        $"SELECT id, name, digest, source_type, source, schema_json, profile_json FROM datasets WHERE id {session.Dialect.InLongs("$1")}",
        static row => (Id: row.Long(0), Set: new Dataset(row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.TextOrNull(5), row.TextOrNull(6))),
        Arg.Longs(ids)).ToDictionary(row => row.Id, row => row.Set);
}

/// <summary>Data as one experiment has it.</summary>
internal sealed record DatasetPlace(long Id, long Experiment, string Name, string Digest, string SourceType, long CreatedMs, DatasetAddress? Address);
