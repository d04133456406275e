using System.Text.Json;

namespace Slipway.Tracking;

/// <summary>POST runs/order: the ids of all runs that fit, in order, as bytes (<see cref="RunOrderFormat"/>).</summary>
/// <param name="ExperimentIds">At most <see cref="ExperimentsMax"/>; `*` stands for every active one that the caller sees.</param>
/// <param name="Filter">As of runs/search.</param>
/// <param name="OrderBy">As of runs/search. Params and tags are compared by their first <see cref="SortCharsMax"/> characters.</param>
/// <param name="RunViewType">ACTIVE_ONLY (default), DELETED_ONLY or ALL.</param>
/// <param name="Max">1 to <see cref="RunsMax"/>, which is the default.</param>
public sealed record OrderRuns(string[]? ExperimentIds = null, string? Filter = null, string[]? OrderBy = null, string? RunViewType = null, int? Max = null)
{
    /// <summary>The most experiments in one table.</summary>
    public const int ExperimentsMax = 100;

    /// <summary>The most runs in one answer: 1.6 MB.</summary>
    public const int RunsMax = 100_000;

    /// <summary>How many characters of a param or tag decide its place: longer ones that begin alike are ties.</summary>
    public const int SortCharsMax = 256;
}

/// <summary>The bytes of runs/order, little-endian: `SRO1`, the count (u32), flags (u32), 0 (u32), then 16 bytes for each run: its id's hexadecimal digits in their order.</summary>
public static class RunOrderFormat
{
    /// <summary>The content type.</summary>
    public const string ContentType = "application/octet-stream";

    /// <summary>The bytes before the first id.</summary>
    public const int HeadBytes = 16;

    /// <summary>The bytes of an id.</summary>
    public const int IdBytes = 16;

    /// <summary>The flag that says: more runs fit than were asked for.</summary>
    public const uint More = 1;

    /// <summary>The first four bytes.</summary>
    public static ReadOnlySpan<byte> Magic => "SRO1"u8;
}

/// <summary>POST runs/rows: some columns of some runs.</summary>
/// <param name="RunIds">At most <see cref="RunsMax"/>, in the order of the answer.</param>
/// <param name="Columns">
/// At most <see cref="ColumnsMax"/>: `attributes.NAME`, `metrics.KEY` or `last(metrics.KEY)`, `min(metrics.KEY)`, `max(metrics.KEY)`, `params.KEY`, `tags.KEY`; keys with other characters than letters, digits,
/// `_` and `.` stand in backticks, as in a filter.
/// </param>
public sealed record ReadRunRows(string[]? RunIds = null, string[]? Columns = null)
{
    /// <summary>The most runs in one request.</summary>
    public const int RunsMax = 1_000;

    /// <summary>The most columns in one request.</summary>
    public const int ColumnsMax = 200;

    /// <summary>The most characters of one text; longer ones end with an ellipsis in the place of the rest.</summary>
    public const int TextCharsMax = 1_000;

    /// <summary>The most bytes of all values of an answer.</summary>
    public const int BytesMax = 32 * 1024 * 1024;
}

/// <summary>Columns of runs.</summary>
/// <param name="Columns">What was asked for, in that order.</param>
/// <param name="Rows">One array a column, each with a value for every run asked for, in that order: text, a number, "NaN", "Infinity", "-Infinity", or null where there is none.</param>
/// <param name="Missing">Those of the runs that are not there, or not for the caller's eyes.</param>
/// <param name="Cut">True when a text was longer than <see cref="ReadRunRows.TextCharsMax"/> and is cut; runs/get has all of it.</param>
public sealed record RunRows(string[]? Columns = null, JsonElement[][]? Rows = null, string[]? Missing = null, bool? Cut = null);

/// <summary>POST runs/export: columns of all runs that fit, in order, as CSV (RFC 4180, UTF-8, a line of names first).</summary>
/// <param name="ExperimentIds">As of <see cref="OrderRuns"/>, and so are the next ones.</param>
/// <param name="Filter">As of runs/search.</param>
/// <param name="OrderBy">As of runs/search.</param>
/// <param name="RunViewType">ACTIVE_ONLY (default), DELETED_ONLY or ALL.</param>
/// <param name="Max">1 to <see cref="OrderRuns.RunsMax"/>, which is the default.</param>
/// <param name="Columns">1 to <see cref="ReadRunRows.ColumnsMax"/>, as of <see cref="ReadRunRows"/>; texts are whole.</param>
public sealed record ExportRuns(string[]? ExperimentIds = null, string? Filter = null, string[]? OrderBy = null, string? RunViewType = null, int? Max = null, string[]? Columns = null)
{
    /// <summary>The content type.</summary>
    public const string ContentType = "text/csv; charset=utf-8";
}

/// <summary>POST runs/keys: the keys that runs of some experiments have.</summary>
/// <param name="ExperimentIds">At most <see cref="OrderRuns.ExperimentsMax"/>; `*` stands for every active one that the caller sees.</param>
/// <param name="Kind">metrics, params or tags.</param>
/// <param name="Contains">Only keys with this text in them, in whatever case; at most <see cref="ContainsCharsMax"/> characters.</param>
/// <param name="Max">1 to <see cref="KeysMax"/>, <see cref="KeysDefault"/> if null.</param>
public sealed record ListRunKeys(string[]? ExperimentIds = null, string? Kind = null, string? Contains = null, int? Max = null)
{
    /// <summary>The most keys in one answer.</summary>
    public const int KeysMax = 10_000;

    /// <summary>The keys of one answer if no number is asked for.</summary>
    public const int KeysDefault = 1_000;

    /// <summary>The longest text to look for.</summary>
    public const int ContainsCharsMax = 250;
}

/// <summary>Keys in ordinal order.</summary>
/// <param name="Keys">The keys.</param>
/// <param name="More">True when there are more than were asked for.</param>
public sealed record RunKeys(RunKey[] Keys, bool More);

/// <summary>One key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Runs">How many runs have it, deleted ones too; null where counting would take long.</param>
public sealed record RunKey(string Key, long? Runs = null);
