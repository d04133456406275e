using System.Security.Cryptography;
using System.Text;

namespace Slipway.Cli.Score;

/// <summary>What is scored, where the result goes, and how.</summary>
internal sealed record ScorePlan(string Input, string Output)
{
    /// <summary>The most rows of a run: what DuckDB gives at once.</summary>
    public const int BatchRowsMax = 2048;

    /// <summary>Where rows go that failed.</summary>
    public required string Failed { get; init; }

    /// <summary>Where progress is kept.</summary>
    public string Work => Output + ".work";

    /// <summary>Input columns that go into the output; null for all.</summary>
    public IReadOnlyList<string>? Keep { get; init; }

    /// <summary>The columns of a model with one nameless input, in order; null: as its signature or the file has them.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Rows of a run.</summary>
    public int BatchRows { get; init; } = 1024;

    /// <summary>Failed rows after which it stops.</summary>
    public long FailedMax { get; init; } = 1_000_000;

    /// <summary>What DuckDB may use, in MB.</summary>
    public int MemoryMb { get; init; } = 512;

    /// <summary>Threads; null for all cores.</summary>
    public int? Threads { get; init; }

    /// <summary>How DuckDB reads a file of this name; null for none that it reads.</summary>
    public static string? Reader(string path)
    {
        var file = "'" + path.Replace("'", "''", StringComparison.Ordinal) + "'";
        return Kind(path, compressed: true) switch
        {
            "parquet" => $"read_parquet({file})",
            "csv" => $"read_csv({file}, header = true, sample_size = -1)",
            "jsonl" => $"read_json({file}, format = 'newline_delimited', sample_size = -1)",
            _ => null,
        };
    }

    /// <summary>How DuckDB writes a file of this name; null for none that it writes.</summary>
    public static string? Writer(string path) => Kind(path, compressed: false) switch { "parquet" => "FORMAT parquet", "csv" => "FORMAT csv, HEADER true", "jsonl" => "FORMAT json", _ => null };

    /// <summary>What makes an earlier attempt one at the same: input, model and what shapes the result.</summary>
    public string Fingerprint(string modelDigest)
    {
        var file = new FileInfo(Input);
        var said = string.Join('\n', Path.GetFullPath(Input), file.Length, file.LastWriteTimeUtc.Ticks, modelDigest, string.Join('\u001f', Keep ?? ["*"]), string.Join('\u001f', Columns ?? ["*"]));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(said)));
    }

    private static string? Kind(string path, bool compressed)
    {
        var name = path.ToLowerInvariant();
        if (compressed && name.EndsWith(".gz", StringComparison.Ordinal)) name = name[..^3];
        return Path.GetExtension(name) switch { ".parquet" => "parquet", ".csv" => "csv", ".jsonl" or ".ndjson" => "jsonl", _ => null };
    }
}

/// <summary>What came of it.</summary>
/// <param name="Rows">Rows of the input.</param>
/// <param name="Scored">Rows of the output.</param>
/// <param name="Failed">Rows of the side file.</param>
/// <param name="Resumed">Rows that an earlier attempt had done.</param>
/// <param name="Seconds">How long this attempt took.</param>
/// <param name="Output">The output.</param>
/// <param name="FailedFile">The side file; null when no row failed.</param>
internal sealed record ScoreSummary(long Rows, long Scored, long Failed, long Resumed, double Seconds, string Output, string? FailedFile);
