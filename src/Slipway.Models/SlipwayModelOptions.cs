using Slipway.Client;

namespace Slipway.Models;

/// <summary>How a model is found, kept and logged.</summary>
public sealed class SlipwayModelOptions
{
    /// <summary>The server; by default what <see cref="SlipwayClientOptions"/> finds in the environment.</summary>
    public SlipwayClientOptions Client { get; set; } = new();

    /// <summary>How often it asks whether the alias or stage moved. 5 seconds.</summary>
    public TimeSpan FollowEvery { get; set => field = value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), "FollowEvery must be positive."); } = TimeSpan.FromSeconds(5);

    /// <summary>Where verified files are kept, so that a start works without the server.</summary>
    public string CacheFolder { get; set; } = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } local ? local : Path.GetTempPath(), "slipway-models");

    /// <summary>Whether predictions are sent to the server's prediction log.</summary>
    public bool Log { get; set; } = true;

    /// <summary>As which endpoint they are logged; null for `in-process/MODEL`.</summary>
    public string? LogAs { get; set; }

    /// <summary>Takes sentences for people: the server is away, a version could not be loaded.</summary>
    public Action<string>? Warn { get; set; }
}
