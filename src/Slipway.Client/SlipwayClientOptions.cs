using System.Net.Http.Headers;
using System.Text;

namespace Slipway.Client;

/// <summary>Where the server is and how patiently it is spoken to. Immutable; every value has a default that suits training code.</summary>
public sealed class SlipwayClientOptions
{
    private readonly Uri address = FromEnvironment(Environment.GetEnvironmentVariable);
    private readonly bool tokenGiven, nameGiven;

    /// <summary>The address when neither an option nor the environment names one.</summary>
    public const string UrlDefault = "http://127.0.0.1:5000";

    /// <summary>
    /// The server: by default the environment's SLIPWAY_URL, else MLFLOW_TRACKING_URI when it is an http(s) address, else <see cref="UrlDefault"/>.
    /// </summary>
    /// <remarks>A name and password in it (`https://NAME:PASSWORD@HOST`) count as <see cref="UserName"/> and <see cref="Password"/>; they are not part of what is read here.</remarks>
    public Uri Url
    {
        get => address.UserInfo.Length == 0 ? address : new UriBuilder(address) { UserName = "", Password = "" }.Uri;
        init => address = value is { IsAbsoluteUri: true, Scheme: "http" or "https" }
            ? new Uri(value.AbsoluteUri.TrimEnd('/') + "/")
            : throw new ArgumentException($"Url must be an absolute http or https address such as {UrlDefault}.", nameof(value));
    }

    /// <summary>How long one try may wait for an answer, and one read of a download for its next bytes. Default 100 s.</summary>
    public TimeSpan Timeout { get; init => field = Positive(value, nameof(Timeout)); } = TimeSpan.FromSeconds(100);

    /// <summary>How often a request is tried again after 408, 429, 5xx or a lost connection. 0 to 100, default 6.</summary>
    public int RetriesMax
    {
        get;
        init => field = value is >= 0 and <= 100 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "RetriesMax must be 0 to 100.");
    } = 6;

    /// <summary>The pause before the first retry; it doubles from there, with jitter. A Retry-After of the server is honoured instead. Default 0.5 s.</summary>
    public TimeSpan RetryDelay { get; init => field = Positive(value, nameof(RetryDelay)); } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest pause between tries, Retry-After included. Default 30 s.</summary>
    public TimeSpan RetryDelayMax { get; init => field = Positive(value, nameof(RetryDelayMax)); } = TimeSpan.FromSeconds(30);

    /// <summary>Logged values are sent this often, or when many wait. Default 1 s.</summary>
    public TimeSpan FlushEvery { get; init => field = Positive(value, nameof(FlushEvery)); } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Where runs are logged to on this machine before they are sent: by default the environment's SLIPWAY_LOG_DIR, else `slipway/logs` in the folder for
    /// the user's application data (on Linux `~/.local/share`).
    /// </summary>
    public string LogFolder
    {
        get;
        init => field = value is { Length: > 0 } ? Path.GetFullPath(value) : throw new ArgumentException("LogFolder must name a folder.", nameof(value));
    } = Path.GetFullPath(Variable("SLIPWAY_LOG_DIR") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } home ? home : Path.GetTempPath(), "slipway", "logs"));

    /// <summary>
    /// A run that somebody else began for this program, as `slipway run` does: the client's first run joins it instead of starting one. By default the environment's
    /// MLFLOW_RUN_ID.
    /// </summary>
    public string? RunId { get; init; } = Variable("MLFLOW_RUN_ID");

    /// <summary>Nothing is sent: runs stay in <see cref="LogFolder"/> until `slipway sync`. By default true when the environment's SLIPWAY_OFFLINE is 1 or true.</summary>
    public bool Offline { get; init; } = Variable("SLIPWAY_OFFLINE") is "1" or "true" or "True" or "TRUE";

    /// <summary>How long a start waits for the server before the run goes on without it. Default 15 s.</summary>
    public TimeSpan StartWait { get; init => field = Positive(value, nameof(StartWait)); } = TimeSpan.FromSeconds(15);

    /// <summary>How long the end of a run waits for what is not sent yet; the rest stays on the disk. Default 30 s.</summary>
    public TimeSpan FinishWait { get; init => field = Positive(value, nameof(FinishWait)); } = TimeSpan.FromSeconds(30);

    /// <summary>What is left of both while the server is known to be away: a tenth of <see cref="StartWait"/>, at most a second.</summary>
    internal TimeSpan AwayWait => StartWait / 10 < TimeSpan.FromSeconds(1) ? StartWait / 10 : TimeSpan.FromSeconds(1);

    /// <summary>How often a silent run tells the server that its process lives; zero for never. Default 30 s.</summary>
    public TimeSpan HeartbeatEvery
    {
        get;
        init => field = value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "HeartbeatEvery must not be negative.");
    } = TimeSpan.FromSeconds(30);

    /// <summary>How long what the server has is kept on this machine, to fill up a server that is restored from a backup. Default 3 days.</summary>
    public TimeSpan KeepFor
    {
        get;
        init => field = value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "KeepFor must not be negative.");
    } = TimeSpan.FromDays(3);

    /// <summary>The most bytes of one run that are kept so. Default 1 GB.</summary>
    public long KeepBytesMax
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "KeepBytesMax must not be negative.");
    } = 1L << 30;

    /// <summary>The most bytes that a run's log takes in memory when no disk takes it; what comes after is dropped and counted. At least 2 MB, default 64 MB.</summary>
    public long BufferBytesMax
    {
        get;
        init => field = value >= 2 << 20 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "BufferBytesMax must be at least 2 MB.");
    } = 64 << 20;

    /// <summary>
    /// What runs note about themselves. By default the environment's SLIPWAY_CAPTURE, such as `none`, `all` or `git,system`, else <see cref="Captures.Default"/>.
    /// </summary>
    public Captures Capture { get; init; } = Enum.TryParse<Captures>(Variable("SLIPWAY_CAPTURE"), ignoreCase: true, out var named) ? named : Captures.Default;

    /// <summary>Told what a person should know and no exception says: a full disk, values that wait for a server. By default written to the error stream.</summary>
    public Action<string> Warn { get; init; } = Console.Error.WriteLine;

    /// <summary>An API token (`slipway tokens create`): by default the environment's SLIPWAY_TOKEN, else MLFLOW_TRACKING_TOKEN. Goes before a name and password, unless those alone are set here.</summary>
    public string? Token
    {
        get;
        init => (field, tokenGiven) = (value, true);
    } = Variable("SLIPWAY_TOKEN") ?? Variable("MLFLOW_TRACKING_TOKEN");

    /// <summary>A name to sign in with, when there is no token; by default the environment's MLFLOW_TRACKING_USERNAME, else the one in <see cref="Url"/>.</summary>
    public string? UserName
    {
        get => field ?? InAddress(0);
        init => (field, nameGiven) = (value, value is not null);
    } = Variable("MLFLOW_TRACKING_USERNAME");

    /// <summary>The password of <see cref="UserName"/>; by default the environment's MLFLOW_TRACKING_PASSWORD, else the one in <see cref="Url"/>.</summary>
    public string? Password { get => field ?? InAddress(1); init; } = Environment.GetEnvironmentVariable("MLFLOW_TRACKING_PASSWORD");

    /// <summary>The workspace of every request; by default the environment's SLIPWAY_WORKSPACE, else MLFLOW_WORKSPACE, else the token's own or the server's default one.</summary>
    public string? Workspace { get; init; } = Variable("SLIPWAY_WORKSPACE") ?? Variable("MLFLOW_WORKSPACE");

    /// <summary>
    /// A PEM file with the certificates that an https server's may be issued by, instead of those that this machine trusts: for an authority of
    /// one's own, or a server that signed its own. By default the environment's MLFLOW_TRACKING_SERVER_CERT_PATH.
    /// </summary>
    public string? TrustedCertificates { get; init; } = Variable("MLFLOW_TRACKING_SERVER_CERT_PATH");

    /// <summary>Sends the requests, for tests and proxies; the client does not dispose it. Null for a handler of its own.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>The clock of timestamps, pauses and flushes.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The run that this process is a part of, for tests.</summary>
    internal EnclosingRun? Enclosing { get; init; } = EnclosingRun.OfProcess;

    /// <summary>The address that an environment names: SLIPWAY_URL, else MLFLOW_TRACKING_URI when it is http(s), else <see cref="UrlDefault"/>.</summary>
    internal static Uri FromEnvironment(Func<string, string?> variable)
    {
        foreach (var name in (string[])["SLIPWAY_URL", "MLFLOW_TRACKING_URI"])
            if (Uri.TryCreate(variable(name), UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
                return new Uri(url.AbsoluteUri.TrimEnd('/') + "/");
        return new Uri(UrlDefault + "/");
    }

    /// <summary>What proves who is asking, or null when nothing does.</summary>
    /// <exception cref="ArgumentException">It cannot be sent; what it is stays out of the message.</exception>
    internal AuthenticationHeaderValue? Authorization()
    {
        // Who sets a name and password in code means them, whatever token the environment holds.
        if (Token is { Length: > 0 } token && (tokenGiven || !nameGiven))
            return !token.AsSpan().ContainsAnyExceptInRange('!', '~')
                ? new AuthenticationHeaderValue("Bearer", token)
                : throw new ArgumentException("The token holds characters that no token has, such as blanks or line breaks (it is not shown here). Copy it anew.");
        if (UserName is not { Length: > 0 } name) return null;
        return !name.Contains(':', StringComparison.Ordinal)
            ? new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{Password}")))
            : throw new ArgumentException("A user name holds no ':'.");
    }

    /// <summary>The workspace as a header can carry it, or null for the server's choice.</summary>
    /// <exception cref="ArgumentException">No workspace is named so.</exception>
    internal string? WorkspaceName() => string.IsNullOrEmpty(Workspace) ? null
        : !Workspace.AsSpan().ContainsAnyExceptInRange('!', '~') ? Workspace
        : throw new ArgumentException("A workspace's name holds no blanks and no letters beyond ASCII.");

    private string? InAddress(int part) =>
        address.UserInfo.Split(':', 2) is { } pair && pair.Length > part && pair[part].Length > 0 ? Uri.UnescapeDataString(pair[part]) : null;

    // What a file or a shell adds around a value is no part of it.
    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name)?.Trim() is { Length: > 0 } value ? value : null;

    private static TimeSpan Positive(TimeSpan value, string name) =>
        value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be positive.");
}
