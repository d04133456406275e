using Slipway.Sandbox;

namespace Slipway.Server;

/// <summary>How other people's code is confined.</summary>
public sealed record SandboxChoices
{
    internal const string MechanismExpected = "auto, bubblewrap, user or limits";

    /// <summary>`auto` takes the best that works. Key `sandbox.mechanism`.</summary>
    public string Mechanism
    {
        get;
        init => field = value is "auto" or "bubblewrap" or "user" or "limits" ? value : throw new OptionException("sandbox.mechanism", MechanismExpected);
    } = "auto";

    /// <summary>Folders that commands may read beside /usr. Key `sandbox.folders`.</summary>
    public IReadOnlyList<string> Folders
    {
        get;
        init => field = value.All(static one => Path.IsPathRooted(one) && Path.GetFullPath(one).Length > 1) ? value : throw new OptionException("sandbox.folders", "full paths of folders such as /opt/models");
    } = [];

    internal SandboxMechanism? Wanted => Mechanism switch { "bubblewrap" => SandboxMechanism.Bubblewrap, "user" => SandboxMechanism.User, "limits" => SandboxMechanism.Limits, _ => null };

    /// <summary>What the sandbox needs to know of an installation: where it may work, and what nobody may see.</summary>
    internal static SandboxOptions Of(ServerOptions options, string data) => new(Path.Combine(data, "sandbox"))
    {
        Mechanism = options.Sandbox.Wanted,
        MustConfine = options.Access.Mode is AccessMode.People,
        Folders = options.Sandbox.Folders,
        Hidden =
        [
            data, .. new[] { options.ConfigFile, options.Secrets.KeyFile, options.Tls.Certificate, options.Tls.Key, options.Audit.AnchorFile, options.Lineage.OpenLineageTokenFile, options.Database?.StartsWith("sqlite:", StringComparison.Ordinal) is true ? options.Database["sqlite:".Length..] : null,
                options.Artifacts?.StartsWith("s3://", StringComparison.Ordinal) is false ? options.Artifacts : null }.OfType<string>().Select(Path.GetFullPath),
        ],
    };
}

/// <summary>What the registry does about what it finds.</summary>
public sealed record RegistryChoices
{
    internal const string UnsafeExpected = "warn or block";

    /// <summary>True: versions that are not clean get no stage and no alias, and their files are not sent. Key `registry.unsafe`.</summary>
    public bool BlockUnsafe { get; init; }
}
