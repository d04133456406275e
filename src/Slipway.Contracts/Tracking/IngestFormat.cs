namespace Slipway.Tracking;

/// <summary>
/// The numbers of the binary ingest format, shared by the SDK that writes it and the server that reads it. docs/ingest.md describes every byte.
/// </summary>
public static class IngestFormat
{
    /// <summary>The route, below the server's address.</summary>
    public const string Path = "/api/slipway/v1/ingest";

    /// <summary>The request's content type; anything else is answered 400.</summary>
    public const string ContentType = "application/vnd.slipway.ingest";

    /// <summary>The format's version.</summary>
    public const byte Version = 1;

    /// <summary>Bytes before the first section.</summary>
    public const int HeaderBytes = 40;

    /// <summary>Bytes after the last section: CRC-32C of everything before them.</summary>
    public const int ChecksumBytes = 4;

    /// <summary>The largest request, in bytes; a larger one is answered 413.</summary>
    public const int BytesMax = 8 * 1024 * 1024;

    /// <summary>The most points of one request.</summary>
    public const int PointsMax = 500_000;

    /// <summary>The most points of one section.</summary>
    public const int SectionPointsMax = 50_000;

    /// <summary>The most texts (run ids and keys) of one request.</summary>
    public const int TextsMax = 20_000;

    /// <summary>The longest text of the dictionary and the longest name, in UTF-8 bytes: 250 characters at their widest.</summary>
    public const int TextBytesMax = 1_000;

    /// <summary>The longest value of a param or tag, in UTF-8 bytes; what is longer than a param or tag may be is cut by the server.</summary>
    public const int ValueBytesMax = 64 * 1024;

    /// <summary>The most runs of one request.</summary>
    public const int RunsMax = 1_000;

    /// <summary>The most params, tags, beginnings and states together in one request.</summary>
    public const int ItemsMax = 10_000;

    /// <summary>The most refusals that an answer lists; it counts all.</summary>
    public const int RejectedMax = 100;

    /// <summary>Flag: the client has nothing before the first record, so that a gap before it is no loss that it could mend.</summary>
    public const byte Begins = 1;

    internal static ReadOnlySpan<byte> Magic => "SLWI"u8;
}

/// <summary>What a section of a request is.</summary>
public enum IngestKind : byte
{
    /// <summary>Nothing was read yet.</summary>
    None = 0,
    /// <summary>A text that later sections name by its number, counted from 0.</summary>
    Text = 1,
    /// <summary>The run that the sections behind it are about.</summary>
    Run = 2,
    /// <summary>Points of one metric.</summary>
    Points = 3,
    /// <summary>One param.</summary>
    Param = 4,
    /// <summary>One tag.</summary>
    Tag = 5,
    /// <summary>The run begins: it is made unless it exists.</summary>
    Begin = 6,
    /// <summary>The run's state changes.</summary>
    State = 7,
}

/// <summary>How a column of integers is written.</summary>
internal enum IngestColumn : byte
{
    /// <summary>The first one and the difference that each has to the one before.</summary>
    Stride = 0,
    /// <summary>Each as its difference to the one before, the first to 0.</summary>
    Deltas = 1,
}
