namespace Slipway.Tracking;

/// <summary>A column that may hold names of people.</summary>
/// <param name="Table">Where texts are.</param>
/// <param name="Id">The number in its key.</param>
/// <param name="Key">The text in its key, if any.</param>
/// <param name="Value">The column with the text.</param>
/// <param name="Suffix">What a changed text gets at its end.</param>
internal sealed record PersonInColumn(string Table, string Id, string? Key, string Value, Func<long, string>? Suffix)
{
    /// <summary>Entries after a key that hold the name at all: replace() is in both databases, and takes the name as it is.</summary>
    public string Select { get; } = Key is null
        ? $"SELECT {Id}, '', {Value} FROM {Table} WHERE replace({Value}, $1, '') <> {Value} AND {Id} > $2 AND $3 = '' ORDER BY {Id} LIMIT $4"
        : $"SELECT {Id}, {Key}, {Value} FROM {Table} WHERE replace({Value}, $1, '') <> {Value} AND ({Id}, {Key}) > ($2, $3) ORDER BY {Id}, {Key} LIMIT $4";

    public string Update { get; } = Key is null
        ? $"UPDATE {Table} SET {Value} = $1 WHERE {Id} = $2 AND {Value} = $3"
        : $"UPDATE {Table} SET {Value} = $1 WHERE {Id} = $2 AND {Key} = $3 AND {Value} = $4";
}
