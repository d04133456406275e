namespace Slipway.Cli.Relay;

/// <summary>How a relay runs.</summary>
/// <param name="Server">The server that it forwards to.</param>
/// <param name="Listen">Where it answers: http on a loopback address. Port 0 lets the kernel choose.</param>
/// <param name="Data">Its folder, held by one relay at a time.</param>
internal sealed record RelayOptions(Uri Server, Uri Listen, string Data)
{
    public const string ListenDefault = "http://127.0.0.1:5001";

    public const long BytesDefault = 10L << 30;

    public const long BytesMin = 1 << 20;

    /// <summary>The largest JSON body that is kept for a server which is away: what the server takes of data sets.</summary>
    public const int JsonBytesMax = 20_000_000;

    /// <summary>The most artifact files that wait at once.</summary>
    public const int FilesMax = 100_000;

    /// <summary>The most pairs of credential and workspace: each has a spool of its own.</summary>
    public const int LanesMax = 64;

    /// <summary>What the folder may hold in bytes: what waits and what the server refused.</summary>
    public long BytesMax { get; init; } = BytesDefault;

    /// <summary>The relay's own token; null passes on what each client sends.</summary>
    public string? Token { get; init; }

    /// <summary>Delivers once more what the server refused.</summary>
    public bool Retry { get; init; }

    /// <summary>How long a write may take at the server before it is kept here instead. For an artifact: between two pieces of it.</summary>
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a read waits until what was written before it has arrived.</summary>
    public TimeSpan ReadWaits { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The first pause before a server that is away is tried again; it doubles up to <see cref="PauseMax"/>.</summary>
    public TimeSpan PauseMin { get; init; } = TimeSpan.FromMilliseconds(250);

    public TimeSpan PauseMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The relay's folder where none is named: beside a user's other programs' data, and nobody else's.</summary>
    public static string DataDefault => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "slipway", "relay");
}
