using System.Net;

namespace Slipway.Server;

/// <summary>Everything that can be set about a server. Immutable; each value is guarded where it is set, and the guard says the key.</summary>
public sealed record ServerOptions
{
    /// <summary>Addresses to listen on, `http://HOST:PORT` or `https://HOST:PORT`; port 0 takes a free one. Key `urls`.</summary>
    public IReadOnlyList<string> Urls
    {
        get;
        init => field = value.Count > 0 && value.All(IsUrl)
            ? value
            : throw new OptionException("urls", "one or more of http://HOST:PORT or https://HOST:PORT");
    } = ["http://127.0.0.1:5000"];

    /// <summary>Addresses that speak HTTP/2 without encryption, for gRPC clients; none unless they are named. Key `grpcUrls`.</summary>
    public IReadOnlyList<string> GrpcUrls
    {
        get;
        init => field = value.All(url => IsUrl(url) && !IsHttps(url))
            ? value
            : throw new OptionException("grpcUrls", "one or more of http://HOST:PORT; addresses of https under urls speak HTTP/2 already");
    } = [];

    /// <summary>The configuration file that was named; null for the one in the data folder, if there is any. No key: it says where keys are read.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>The certificate of the https addresses. Keys under `tls`.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary>The proxies in front. Keys `proxies` and `proxyHeaders`.</summary>
    public ProxyOptions Proxies { get; init; } = new();

    /// <summary>Who may come in. Keys under `access`.</summary>
    public AccessOptions Access { get; init; } = new();

    /// <summary>Listening beyond loopback without asking who comes is refused without this. Key `allowRemoteWithoutAuthentication`.</summary>
    public bool AllowRemoteWithoutAuthentication { get; init; }

    /// <summary>Names, beside loopback and private addresses, that a Host header may carry; `*.example.com` and `*` are understood. Key `hosts`.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Other origins whose pages may use this server, such as `https://notebooks.example.com`. Key `origins`.</summary>
    public IReadOnlyList<string> Origins
    {
        get;
        init => field = value.All(origin => Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.PathAndQuery == "/")
            ? value
            : throw new OptionException("origins", "origins such as https://notebooks.example.com");
    } = [];

    /// <summary>The folder that holds the database and the artifacts unless they are told to be elsewhere. Key `data`.</summary>
    public string Data
    {
        get;
        init => field = value.Length > 0 ? value : throw new OptionException("data", "a folder");
    } = "./slipway-data";

    /// <summary>`sqlite:PATH` or `postgres:CONNECTION`; null is slipway.db in the data folder. Key `database`.</summary>
    public string? Database
    {
        get;
        init => field = value is null || HasRest(value, "sqlite:") || HasRest(value, "postgres:")
            ? value
            : throw new OptionException("database", "sqlite:PATH or postgres:CONNECTION");
    }

    /// <summary>A folder or `s3://BUCKET/PREFIX`; null is `blobs` in the data folder. Key `artifacts`.</summary>
    public string? Artifacts
    {
        get;
        init => field = value is null || (value.StartsWith("s3://", StringComparison.Ordinal) ? value.Length > 5 && value[5] != '/' : value.Length > 0 && !value.Contains("://"))
            ? value
            : throw new OptionException("artifacts", "a folder or s3://BUCKET/PREFIX");
    }

    /// <summary>How to reach the object store of <see cref="Artifacts"/>. Keys under `s3`.</summary>
    public ObjectStoreOptions S3 { get; init; } = new();

    /// <summary>What one client may ask. Keys under `limits`.</summary>
    public LimitOptions Limits { get; init; } = new();

    /// <summary>The tracking API's choices. Keys under `tracking`.</summary>
    public TrackingChoices Tracking { get; init; } = new();

    /// <summary>What is done with the event log. Keys under `audit`.</summary>
    public AuditOptions Audit { get; init; } = new();

    /// <summary>True lets the server call private addresses. Key `outbound.allowPrivate`.</summary>
    public bool OutboundAllowPrivate { get; init; }

    /// <summary>What seals secrets. Keys under `secrets`.</summary>
    public SecretOptions Secrets { get; init; } = new();

    /// <summary>Encrypts artifacts that come, in every workspace; else each workspace says whether it wants that. Key `encryptArtifacts`.</summary>
    public bool EncryptArtifacts { get; init; }

    /// <summary>Where OpenTelemetry traces and metrics go; nothing is exported when null. Key `otlp.endpoint`.</summary>
    public Uri? OtlpEndpoint
    {
        get;
        init => field = value is null || (value.IsAbsoluteUri && value.Scheme is "http" or "https")
            ? value
            : throw new OptionException("otlp.endpoint", "a URL such as http://127.0.0.1:4317");
    }

    /// <summary>How other people's code is confined. Keys under `sandbox`.</summary>
    public SandboxChoices Sandbox { get; init; } = new();

    /// <summary>How Python models run. Keys under `serving`.</summary>
    public PythonChoices Python { get; init; } = new();

    /// <summary>What the registry does about what it finds. Keys under `registry`.</summary>
    public RegistryChoices Registry { get; init; } = new();

    /// <summary>Writes Triton's names of metrics beside ours. Key `serving.tritonMetrics`.</summary>
    public bool TritonMetrics { get; init; }

    /// <summary>Whom lineage is told. Keys under `lineage`.</summary>
    public LineageOptions Lineage { get; init; } = new();

    /// <summary>How the log looks. Keys under `log`.</summary>
    public LogOptions Log { get; init; } = new();

    /// <summary>Set where only predictions are answered, beside a server on the same database. No key: `slipway serve` says so.</summary>
    public ServeChoices? Serve { get; init; }

    /// <summary>How long a stop waits for requests under way. Key `drainSeconds`.</summary>
    public TimeSpan Drain
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromHours(1) ? value : throw new OptionException("drainSeconds", "0 to 3600 seconds");
    } = TimeSpan.FromSeconds(30);

    /// <summary>The rules that no single value shows: https needs a certificate, remote listening and calling a private address need saying so.</summary>
    public Problem? Check() => CheckTls() ?? CheckProvider() ?? CheckRemote() ?? CheckOutbound();

    private Problem? CheckOutbound() => CheckOutbound("audit.anchorUrl", Audit.AnchorUrl) ?? CheckOutbound("lineage.openLineageUrl", Lineage.OpenLineageUrl);

    private Problem? CheckOutbound(string key, Uri? url) => url is not null && !OutboundAllowPrivate && Outbound.IsPrivate(url.Host)
        ? Problem.Invalid($"{key}: got {url}, which is a private address. Set outbound.allowPrivate to true if that is meant.")
        : null;

    private Problem? CheckProvider() => Access.Issuer is not null && string.IsNullOrEmpty(Access.ClientId)
        ? Problem.Invalid("oidc.clientId: missing. The provider knows this server under that name.")
        : null;

    private Problem? CheckTls()
    {
        var https = Urls.Any(IsHttps);
        if (https && Tls.Certificate is null) return Problem.Invalid($"tls.certificate: is not set, and {Urls.First(IsHttps)} needs one. Expected a PEM or PFX file (and tls.key for PEM).");
        return !https && Tls.Certificate is not null ? Problem.Invalid($"tls.certificate: is set, and no address under urls begins with https: got {string.Join(", ", Urls)}.") : null;
    }

    private Problem? CheckRemote() => Access.Mode is AccessMode.People || AllowRemoteWithoutAuthentication || Urls.Concat(GrpcUrls).All(url => IsLoopback(new Uri(url).Host))
        ? null
        : Problem.Invalid($"urls: got {string.Join(", ", Urls.Concat(GrpcUrls))}, which others can reach, and anyone who can may change everything. "
            + "Set access.mode to people, so that everybody signs in; or listen on 127.0.0.1; or set allowRemoteWithoutAuthentication to true when the network itself keeps strangers out.");

    internal static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    internal static bool IsHttps(string url) => url.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    private static bool IsUrl(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.PathAndQuery == "/";

    private static bool HasRest(string value, string prefix) => value.StartsWith(prefix, StringComparison.Ordinal) && value.Length > prefix.Length;
}

/// <summary>Whether people are told apart.</summary>
public enum AccessMode
{
    /// <summary>Whoever reaches the port is the one user. The default, for loopback.</summary>
    Single,
    /// <summary>Everybody signs in.</summary>
    People,
}

/// <summary>Who may come in.</summary>
public sealed record AccessOptions
{
    /// <summary>`single`: whoever reaches the port may do everything; `people`: everybody signs in. Key `access.mode`.</summary>
    public AccessMode Mode { get; init; }

    /// <summary>The OpenID provider's issuer, exactly as its tokens name it; null: people sign in with passwords and tokens alone. Key `oidc.issuer`.</summary>
    public Uri? Issuer
    {
        get;
        init => field = value is null || value.IsAbsoluteUri && (value.Scheme == "https" || value.Scheme == "http" && value.IsLoopback)
            ? value
            : throw new OptionException("oidc.issuer", "an https URL such as https://login.example.com/realms/ml");
    }

    /// <summary>The client's name at the provider. Key `oidc.clientId`.</summary>
    public string? ClientId { get; init; }

    /// <summary>The client's secret, for a confidential client. Key `oidc.clientSecret`.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>What is asked for. Key `oidc.scopes`.</summary>
    public string Scopes { get; init; } = "openid profile email";

    /// <summary>The claim that names a new member. Key `oidc.nameClaim`.</summary>
    public string NameClaim { get; init; } = "preferred_username";

    /// <summary>The claim that lists groups. Key `oidc.groupsClaim`.</summary>
    public string GroupsClaim { get; init; } = "groups";

    /// <summary>The audience of tokens that programs present; null: the client itself. Key `oidc.audience`.</summary>
    public string? Audience { get; init; }

    /// <summary>Members of this group of the claim are administrators of the installation, and nobody else the provider vouches for. Key `oidc.administratorGroup`.</summary>
    public string? AdministratorGroup { get; init; }

    /// <summary>The role in the default workspace of whoever signs in for the first time; null: none. Key `oidc.defaultRole`.</summary>
    public Role? DefaultRole { get; init; }

    internal Slipway.Access.OpenIdSettings? OpenId => Issuer is { } issuer && ClientId is { } client
        ? new(issuer, client, ClientSecret, Scopes, NameClaim, GroupsClaim, Audience, AdministratorGroup, DefaultRole) : null;

    // A record prints its members: not the secret.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("Mode = ").Append(Mode).Append(", Issuer = ").Append(Issuer);
        return true;
    }

    /// <summary>PBKDF2 rounds of a new password's hash; tests take fewer.</summary>
    internal int PasswordRounds { get; init; } = Slipway.Access.Passwords.RoundsDefault;
}

/// <summary>What is done with the event log beside keeping it.</summary>
public sealed record AuditOptions
{
    /// <summary>A second file that every anchored head is appended to, on another disk. Key `audit.anchorFile`.</summary>
    public string? AnchorFile
    {
        get;
        init => field = value is not { Length: 0 } ? value : throw new OptionException("audit.anchorFile", "a file");
    }

    /// <summary>A webhook that every anchored head is posted to. Key `audit.anchorUrl`.</summary>
    public Uri? AnchorUrl
    {
        get;
        init => field = value is null || value is { IsAbsoluteUri: true, UserInfo.Length: 0 } && (value.Scheme == "https" || value.Scheme == "http" && ServerOptions.IsLoopback(value.Host))
            ? value
            : throw new OptionException("audit.anchorUrl", "a URL such as https://audit.example.com/heads; http only on loopback");
    }

    /// <summary>After how many days actor, address and details of events of a kind are erased; the events themselves stay. Key `audit.retentionDays`.</summary>
    public IReadOnlyDictionary<string, int> RetentionDays
    {
        get;
        init => field = value.All(static pair => pair.Key.Length is > 0 and <= 100 && pair.Value is >= 1 and <= 36_500)
            ? value
            : throw new OptionException("audit.retentionDays", RetentionExpected);
    } = new Dictionary<string, int>();

    internal const string RetentionExpected = "pairs such as attempt.refused=90, 1 to 36500 days";
}

/// <summary>Whom lineage is told, as OpenLineage has it.</summary>
public sealed record LineageOptions
{
    /// <summary>An address that events are posted to. Key `lineage.openLineageUrl`.</summary>
    public Uri? OpenLineageUrl
    {
        get;
        init => field = value is null || value is { IsAbsoluteUri: true, UserInfo.Length: 0 } && (value.Scheme == "https" || value.Scheme == "http" && ServerOptions.IsLoopback(value.Host))
            ? value
            : throw new OptionException("lineage.openLineageUrl", UrlExpected);
    }

    /// <summary>A file with the key that the address asks for. Key `lineage.openLineageTokenFile`.</summary>
    public string? OpenLineageTokenFile
    {
        get;
        init => field = value is not { Length: 0 } ? value : throw new OptionException("lineage.openLineageTokenFile", "a file");
    }

    /// <summary>A file that events are appended to. Key `lineage.openLineageFile`.</summary>
    public string? OpenLineageFile
    {
        get;
        init => field = value is not { Length: 0 } ? value : throw new OptionException("lineage.openLineageFile", "a file");
    }

    /// <summary>The namespace of our jobs and models. Key `lineage.namespace`.</summary>
    public string Namespace
    {
        get;
        init => field = value.Length is > 0 and <= 200 && !value.Any(char.IsControl) ? value : throw new OptionException("lineage.namespace", NamespaceExpected);
    } = "slipway";

    internal const string UrlExpected = "a URL such as https://lineage.example.com/api/v1/lineage; http only on loopback";

    internal const string NamespaceExpected = "1 to 200 characters";
}

/// <summary>How to reach an S3-compatible store. The keys come from the environment, never from the command line, where others can read them.</summary>
public sealed record ObjectStoreOptions
{
    /// <summary>The store's URL; null is Amazon's. Key `s3.endpoint`.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Bucket in the path instead of in the host name; most stores beside Amazon's need it. Key `s3.pathStyle`.</summary>
    public bool PathStyle { get; init; }

    /// <summary>The region to sign for. Key `s3.region`.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>The access key. Key `s3.accessKey`; null asks AWS_ACCESS_KEY_ID and its relatives.</summary>
    public string? AccessKey { get; init; }

    /// <summary>The secret key. Key `s3.secretKey`.</summary>
    public string? SecretKey { get; init; }

    /// <summary>The token of temporary keys. Key `s3.sessionToken`.</summary>
    public string? SessionToken { get; init; }

    /// <summary>Asks the store for the SDK's trailing checksums, which stores of a few years ago refuse. Key `s3.trailingChecksums`.</summary>
    public bool TrailingChecksums { get; init; }

    // A record prints its members: not this one.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("Endpoint = ").Append(Endpoint).Append(", PathStyle = ").Append(PathStyle).Append(", Region = ").Append(Region);
        return true;
    }
}

/// <summary>What seals the secrets that the database holds.</summary>
public sealed record SecretOptions
{
    /// <summary>A file of keys, the newest first; null is `secrets.key` in the data folder, made at the first start. Key `secrets.keyFile`.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The keys themselves, 32 bytes in base64 each, the newest first; empty reads the file. Key `secrets.key`.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    // A record prints its members: not the keys.
    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("KeyFile = ").Append(KeyFile);
        return true;
    }
}

/// <summary>What one server and one address of clients may ask at once.</summary>
public sealed record LimitOptions
{
    /// <summary>The largest JSON body of a route that does not say otherwise, in bytes. Key `limits.requestBytes`.</summary>
    public long RequestBytes
    {
        get;
        init => field = value is >= 1_000_000 and <= 1L << 30 ? value : throw new OptionException("limits.requestBytes", "1000000 to 1073741824 bytes");
    } = Routes.BodyBytesDefault;

    /// <summary>Requests being answered at once; more are told to come again. Key `limits.concurrentRequests`.</summary>
    public int ConcurrentRequests
    {
        get;
        init => field = value is >= 1 and <= 100_000 ? value : throw new OptionException("limits.concurrentRequests", "1 to 100000");
    } = 2_000;

    /// <summary>Requests a second from one address; 0 sets no limit. Key `limits.requestsPerSecondPerAddress`.</summary>
    public int RequestsPerSecondPerAddress
    {
        get;
        init => field = value is >= 0 and <= 1_000_000 ? value : throw new OptionException("limits.requestsPerSecondPerAddress", "0 (no limit) to 1000000");
    }

    /// <summary>Requests a second with one API token; 0 sets no limit. Key `limits.requestsPerSecondPerToken`.</summary>
    public int RequestsPerSecondPerToken
    {
        get;
        init => field = value is >= 0 and <= 1_000_000 ? value : throw new OptionException("limits.requestsPerSecondPerToken", "0 (no limit) to 1000000");
    }

    /// <summary>Requests a second of one account, all its tokens and browsers together; 0 sets no limit. Key `limits.requestsPerSecondPerUser`.</summary>
    public int RequestsPerSecondPerUser
    {
        get;
        init => field = value is >= 0 and <= 1_000_000 ? value : throw new OptionException("limits.requestsPerSecondPerUser", "0 (no limit) to 1000000");
    }
}

/// <summary>Where tracking has a choice.</summary>
public sealed record TrackingChoices
{
    /// <summary>True cuts params over 6,000 and tags over 8,000 characters, as MLflow does; false refuses them. Key `tracking.truncateLongValues`.</summary>
    public bool TruncateLongValues { get; init; } = true;

    /// <summary>A running run whose client sent heartbeats, and then none for this long, is set to failed; zero never does. Key `tracking.failSilentRunsAfterSeconds`.</summary>
    public TimeSpan FailSilentRunsAfter
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromDays(365) ? value : throw new OptionException("tracking.failSilentRunsAfterSeconds", "0 (never) to 31536000 seconds");
    } = TimeSpan.FromMinutes(2);

    /// <summary>How long deleted runs, models and experiments stay restorable: what a collection leaves alone. Key `tracking.keepDeletedDays`.</summary>
    public TimeSpan KeepDeleted
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromDays(36_500) ? value : throw new OptionException("tracking.keepDeletedDays", "0 to 36500 days");
    } = TimeSpan.FromDays(30);
}

/// <summary>How log lines look, and from which level on they are written.</summary>
public sealed record LogOptions
{
    /// <summary>`text` for people or `json`, one object a line, for collectors. Key `log.format`.</summary>
    public string Format
    {
        get;
        init => field = value is "text" or "json" ? value : throw new OptionException("log.format", "text or json");
    } = "text";

    /// <summary>trace, debug, information, warning, error, critical or none. Key `log.level`.</summary>
    public Microsoft.Extensions.Logging.LogLevel Level { get; init; } = Microsoft.Extensions.Logging.LogLevel.Information;
}

/// <summary>A value that an option cannot take.</summary>
/// <param name="key">The option's key as it is written in the file.</param>
/// <param name="expected">What it takes.</param>
public sealed class OptionException(string key, string expected) : ArgumentException($"{key}: expected {expected}.")
{
    /// <summary>The option's key.</summary>
    public string Key => key;

    /// <summary>What the option takes.</summary>
    public string Expected => expected;
}
