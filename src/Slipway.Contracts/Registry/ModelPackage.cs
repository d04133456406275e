namespace Slipway.Registry;

/// <summary>What a version is made of, as it was when it was registered.</summary>
public sealed record ModelPackage
{
    /// <summary>Its files, by path; at most <see cref="FilesMax"/>. None when they do not lie on this server, or were not there yet.</summary>
    public ModelFile[]? Files { get; init; }

    /// <summary>How large they are together, in bytes.</summary>
    public long? Bytes { get; init; }

    /// <summary>SHA-256 over all of them, in hexadecimal: of one line `SHA256  PATH` for each, by path, as sha256sum writes them.</summary>
    public string? Digest { get; init; }

    /// <summary>Why there is less here than there could be.</summary>
    public string? Remark { get; init; }

    /// <summary>How it can be loaded.</summary>
    public string[]? Flavors { get; init; }

    /// <summary>The Python module that loads it.</summary>
    public string? LoaderModule { get; init; }

    /// <summary>The Python that made it.</summary>
    public string? PythonVersion { get; init; }

    /// <summary>The MLflow that made it.</summary>
    public string? MlflowVersion { get; init; }

    /// <summary>The run that it says it came from.</summary>
    public string? RunId { get; init; }

    /// <summary>The logged model that it says it is.</summary>
    public string? ModelId { get; init; }

    /// <summary>When it says it was made.</summary>
    public string? MadeAt { get; init; }

    /// <summary>The file that holds an example of input.</summary>
    public string? InputExample { get; init; }

    /// <summary>What goes in, or null when there is no signature.</summary>
    public ModelColumnInfo[]? Inputs { get; init; }

    /// <summary>What comes out.</summary>
    public ModelColumnInfo[]? Outputs { get; init; }

    /// <summary>Parameters of a prediction.</summary>
    public ModelColumnInfo[]? Params { get; init; }

    /// <summary>True when inputs and outputs are those of the ONNX model, since the MLmodel names none.</summary>
    public bool? SignatureDerived { get; init; }

    /// <summary>What was found in its files.</summary>
    public ModelScan? Scan { get; init; }

    /// <summary>Its ONNX models.</summary>
    public OnnxSummary[]? Onnx { get; init; }

    /// <summary>Its signatures, without their envelopes.</summary>
    public ModelSignature[]? Signatures { get; init; }

    /// <summary>The most files whose digests are recorded; a larger model is refused.</summary>
    public const int FilesMax = 10_000;
}

/// <summary>A file of a version.</summary>
/// <param name="Path">Below the version's folder.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Sha256">In hexadecimal.</param>
public sealed record ModelFile(string Path, long Size, string Sha256);

/// <summary>A column or tensor of a signature.</summary>
/// <param name="Name">Its name; tensors may have none.</param>
/// <param name="Type">MLflow's type of a column, or numpy's of a tensor.</param>
/// <param name="Shape">A tensor's, as JSON; -1 for any.</param>
/// <param name="Required">Whether a prediction has to bring it, if that is said.</param>
public sealed record ModelColumnInfo(string? Name, string? Type, string? Shape, bool? Required);

/// <summary>Whether a version's files are what they were when it was registered.</summary>
/// <param name="Whole">True when nothing differs.</param>
/// <param name="Files">How many were recorded.</param>
/// <param name="Changed">With another content.</param>
/// <param name="Missing">No longer there.</param>
/// <param name="Added">There, and not recorded.</param>
public sealed record ModelPackageCheck(bool Whole, long Files, string[]? Changed = null, string[]? Missing = null, string[]? Added = null);
