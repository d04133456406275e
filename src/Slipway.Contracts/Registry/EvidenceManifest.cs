using System.Text.Json.Serialization;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>What an evidence pack holds: signed as it stands in `manifest.json`.</summary>
/// <param name="Format">`slipway-evidence-1`.</param>
/// <param name="Name">The model.</param>
/// <param name="Version">The version's number.</param>
/// <param name="Subjects">How the event log names the version and its model.</param>
/// <param name="MadeMs">When the pack was made, Unix milliseconds.</param>
/// <param name="MadeBy">By whom.</param>
/// <param name="Parts">Every other file of the pack.</param>
/// <param name="Unsealed">How many events of the version were too new to be sealed.</param>
/// <param name="Cut">True when the version has more events, params or metrics than a pack holds.</param>
/// <param name="Hidden">What whoever made the pack could not see.</param>
/// <param name="PublicKey">The key that signed it, PEM. Believe it only if its fingerprint is the one that you know.</param>
public sealed record EvidenceManifest(string Format, string Name, string Version, string[] Subjects, long MadeMs, string MadeBy, EvidencePart[] Parts, int Unsealed, bool Cut, string[]? Hidden, string PublicKey)
{
    /// <summary>The format that there is.</summary>
    public const string FormatNow = "slipway-evidence-1";

    /// <summary>The manifest's file.</summary>
    public const string File = "manifest.json";

    /// <summary>The file of its signature: ECDSA P-256 with SHA-256, DER.</summary>
    public const string SignatureFile = "manifest.sig";

    /// <summary>The most params, and the most metrics, of a pack.</summary>
    public const int EntriesMax = 5_000;

    /// <summary>The most events of a version, and the most of its model.</summary>
    public const int EventsMax = 1_000;

    /// <summary>The most files of a pack.</summary>
    public const int PartsMax = 100;

    /// <summary>The largest file of a pack, in bytes.</summary>
    public const long PartBytesMax = 256L * 1024 * 1024;
}

/// <summary>A file of a pack.</summary>
/// <param name="Path">Its name.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Sha256">In hexadecimal.</param>
public sealed record EvidencePart(string Path, long Size, string Sha256);

/// <summary>A run with all that it logged, as a pack holds it.</summary>
/// <param name="Run">The run.</param>
/// <param name="Params">By key.</param>
/// <param name="Metrics">The latest values, by key.</param>
/// <param name="Tags">By key.</param>
/// <param name="Datasets">What it read.</param>
public sealed record EvidenceRun(CardRun Run, Param[] Params, CardMetric[] Metrics, RunTag[] Tags, CardDataset[] Datasets);

/// <summary>A word that was said about a request for approval.</summary>
/// <param name="Request">The request's id.</param>
/// <param name="Stage">For this stage.</param>
/// <param name="Alias">Or for this alias.</param>
/// <param name="Kind">`asked`, `commented`, `approved`, `rejected`, `withdrawn`, `expired`, `evidence_changed` or `moved`.</param>
/// <param name="By">Who.</param>
/// <param name="AtMs">When, Unix milliseconds.</param>
/// <param name="Text">What they said.</param>
/// <param name="EvidenceDigest">For which evidence an approval was given.</param>
public sealed record EvidenceApproval(long Request, string? Stage, string? Alias, string Kind, string? By, long AtMs, string? Text, string? EvidenceDigest);

/// <summary>A measurement that the server made itself.</summary>
/// <param name="Id">The evaluation.</param>
/// <param name="Dataset">On which evaluation dataset.</param>
/// <param name="DatasetDigest">SHA-256 of the data.</param>
/// <param name="ModelDigest">The digest of the version's files that were scored.</param>
/// <param name="Rows">How many rows were scored.</param>
/// <param name="Engines">What scored them.</param>
/// <param name="AskedBy">Who asked.</param>
/// <param name="ComputedMs">When, Unix milliseconds.</param>
/// <param name="Metrics">The values.</param>
public sealed record EvidenceEvaluation(long Id, string Dataset, string DatasetDigest, string ModelDigest, long? Rows, string? Engines, string AskedBy, long ComputedMs, CardMetric[] Metrics);

/// <summary>How packs are written and read.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    MaxDepth = 16)]
[JsonSerializable(typeof(EvidenceManifest))]
[JsonSerializable(typeof(EvidenceRun))]
[JsonSerializable(typeof(ModelVersion))]
[JsonSerializable(typeof(ModelProfile))]
[JsonSerializable(typeof(ModelCard))]
[JsonSerializable(typeof(ModelFile[]))]
[JsonSerializable(typeof(GateWaiver[]))]
[JsonSerializable(typeof(ModelOrigin))]
[JsonSerializable(typeof(EvidenceApproval[]))]
[JsonSerializable(typeof(EvidenceEvaluation[]))]
public sealed partial class EvidenceJson : JsonSerializerContext;
