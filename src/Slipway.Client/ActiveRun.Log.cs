using Slipway.Client.Logs;

namespace Slipway.Client;

public sealed partial class ActiveRun
{
    /// <summary>The longest key of a metric, param or tag, in characters.</summary>
    public const int KeyCharsMax = 250;

    /// <summary>Logs a point of a metric.</summary>
    /// <param name="key">At most <see cref="KeyCharsMax"/> of letters, digits, <c>_ - . : /</c> and spaces; slashes group metrics.</param>
    /// <param name="value">Any double: NaN and infinities are kept.</param>
    /// <param name="step">The training step.</param>
    /// <param name="at">When it was measured; null for now.</param>
    /// <remarks>Under a microsecond, and without an allocation once the key was used.</remarks>
    public void LogMetric(string key, double value, long step = 0, DateTimeOffset? at = null) =>
        writer.Point(Checked(key), value, step, Math.Max(0, (at ?? Now).ToUnixTimeMilliseconds())); // A clock that was never set.

    /// <summary>Logs points of several metrics at one step and time.</summary>
    public void LogMetrics(IEnumerable<KeyValuePair<string, double>> values, long step = 0, DateTimeOffset? at = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        var time = at ?? Now;
        foreach (var (key, value) in values) LogMetric(key, value, step, time);
    }

    /// <summary>Logs a param. It is written once: another value for the same key is refused.</summary>
    /// <param name="key">As of a metric.</param>
    /// <param name="value">Written as text, numbers independent of language; at most 6,000 characters, longer ones are cut by the server.</param>
    public void LogParam(string key, object? value) => writer.Pair(LogKind.Param, Checked(key), Text(value));

    /// <summary>Logs several params.</summary>
    public void LogParams(IEnumerable<KeyValuePair<string, object?>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (var (key, value) in values) LogParam(key, value);
    }

    /// <summary>Sets or overwrites a tag.</summary>
    /// <param name="key">As of a metric.</param>
    /// <param name="value">At most 8,000 characters, longer ones are cut by the server.</param>
    public void SetTag(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        writer.Pair(LogKind.Tag, Checked(key), value);
    }

    private DateTimeOffset Now => transport.Options.Clock.GetUtcNow();

    private static string Text(object? value) => value switch
    {
        null => "None", // What MLflow's own client writes: filters and pages know it.
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Checked(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return key.Length <= KeyCharsMax ? key : throw new ArgumentException($"A key has at most {KeyCharsMax} characters, got {key.Length}: '{key[..40]}...'.", nameof(key));
    }
}
