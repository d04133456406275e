using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Slipway.Server;

/// <summary>One thing that can be set: in the file as <see cref="Key"/>, in the environment as <see cref="Variable"/>, on the command line as <see cref="Flag"/>.</summary>
/// <param name="Key">Its name, with dots between a group and its member.</param>
/// <param name="Expected">What it takes, for people.</param>
/// <param name="Default">What holds when nobody sets it.</param>
/// <param name="Summary">What it does, in a sentence.</param>
public sealed record OptionKey(string Key, string Expected, string Default, string Summary)
{
    /// <summary>True for what must not show in a list of processes, a log or an error: it has no flag.</summary>
    public bool Secret { get; init; }

    /// <summary>True when it takes several values.</summary>
    public bool Many { get; init; }

    /// <summary>The environment variable.</summary>
    public string Variable => "SLIPWAY__" + Key.Replace(".", "__", StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>The flag, or null for a secret.</summary>
    public string? Flag => Secret ? null : "--" + string.Concat(Key.Select(c => c == '.' ? "-" : char.IsUpper(c) ? "-" + char.ToLowerInvariant(c) : c.ToString()));

    internal Func<ServerOptions, string[], ServerOptions> Set { get; init; } = static (options, _) => options;
}

/// <summary>Every option there is. docs/configuration.md is checked against this list.</summary>
public static class OptionKeys
{
    /// <summary>In the order of the documentation.</summary>
    public static IReadOnlyList<OptionKey> All { get; } =
    [
        Of("urls", "http://HOST:PORT or https://HOST:PORT, several separated by commas", "http://127.0.0.1:5000", "Where to listen; port 0 takes a free one.", (o, v) => o with { Urls = v }) with { Many = true },
        Of("grpcUrls", "http://HOST:PORT, several separated by commas", "(none)", "Where gRPC clients find HTTP/2 without encryption; https addresses speak it already.", (o, v) => o with { GrpcUrls = v }) with { Many = true },
        Of("tls.certificate", "a PEM or PFX file", "(none)", "The certificate of the https addresses, with those that issued it; read anew when it changes.", (o, v) => o with { Tls = o.Tls with { Certificate = One(v) } }),
        Of("tls.key", "a PEM file", "in the certificate's file", "The certificate's private key.", (o, v) => o with { Tls = o.Tls with { Key = One(v) } }),
        Of("tls.password", "a password", "(none)", "What opens an encrypted key or PFX file.", (o, v) => o with { Tls = o.Tls with { Password = One(v) } }) with { Secret = true },
        Of("proxies", "addresses or networks such as 10.0.0.7 or 10.0.0.0/24", "(none)", "Proxies whose word on the client's address, scheme and host counts.", (o, v) => o with { Proxies = o.Proxies with { Addresses = v } }) with { Many = true },
        Of("proxyHeaders", "x-forwarded or forwarded", "x-forwarded", "Which headers those proxies write: X-Forwarded-For, -Proto and -Host, or `Forwarded` (RFC 7239).",
            (o, v) => o with { Proxies = o.Proxies with { Rfc7239 = One(v) switch { "x-forwarded" => false, "forwarded" => true, _ => throw new FormatException() } } }),
        Of("access.mode", "single or people", "single", "`single`: whoever reaches the port may do everything, which suits loopback. `people`: everybody signs in; the first start prints a link for the first administrator.",
            (o, v) => o with { Access = o.Access with { Mode = One(v) switch { "single" => AccessMode.Single, "people" => AccessMode.People, _ => throw new FormatException() } } }),
        Of("oidc.issuer", "an https URL", "(none)", "The OpenID provider that people may sign in with, exactly as its tokens name it.", (o, v) => o with { Access = o.Access with { Issuer = Address(v) } }),
        Of("oidc.clientId", "a name", "(none)", "What the provider knows this server as. Register `https://HOST/signin/openid/callback` there as redirect address.", (o, v) => o with { Access = o.Access with { ClientId = One(v) } }),
        Of("oidc.clientSecret", "a secret", "(none)", "The client's secret, for a confidential client.", (o, v) => o with { Access = o.Access with { ClientSecret = One(v) } }) with { Secret = true },
        Of("oidc.scopes", "scopes, separated by spaces", "openid profile email", "What the provider is asked for.", (o, v) => o with { Access = o.Access with { Scopes = One(v) } }),
        Of("oidc.nameClaim", "a claim", "preferred_username", "The claim that names a new member.", (o, v) => o with { Access = o.Access with { NameClaim = One(v) } }),
        Of("oidc.groupsClaim", "a claim", "groups", "The claim that lists groups; those that exist here are followed at every sign-in.", (o, v) => o with { Access = o.Access with { GroupsClaim = One(v) } }),
        Of("oidc.audience", "an audience", "the client", "The audience of the provider's tokens that programs present as Bearer.", (o, v) => o with { Access = o.Access with { Audience = One(v) } }),
        Of("oidc.administratorGroup", "a group of the claim", "(none)", "Its members are administrators of the installation.", (o, v) => o with { Access = o.Access with { AdministratorGroup = One(v) } }),
        Of("oidc.defaultRole", "viewer, creator, contributor, approver, auditor or admin", "(none)", "The role in the default workspace of whoever signs in for the first time.",
            (o, v) => o with { Access = o.Access with { DefaultRole = Roles.Parse(One(v)) is { Succeeded: true } role ? role.Value : throw new FormatException() } }),
        Of("allowRemoteWithoutAuthentication", "true or false", "false", "Lets `urls` name an address that others can reach, though nobody is asked for a password.",
            (o, v) => o with { AllowRemoteWithoutAuthentication = Truth(v) }),
        Of("hosts", "names, several separated by commas", "(none)", "Names that a Host header may carry beside localhost and private addresses; `*.example.com` and `*` are understood.", (o, v) => o with { Hosts = v }) with { Many = true },
        Of("origins", "origins such as https://notebooks.example.com", "(none)", "Other sites whose pages may use this server with a token.", (o, v) => o with { Origins = v }) with { Many = true },
        Of("data", "a folder", "./slipway-data", "Holds the database and the artifacts unless they are told to be elsewhere.", (o, v) => o with { Data = One(v) }),
        Of("database", "sqlite:PATH or postgres:CONNECTION", "sqlite:slipway.db in the data folder", "The database.", (o, v) => o with { Database = One(v) }),
        Of("artifacts", "a folder or s3://BUCKET/PREFIX", "blobs in the data folder", "Where artifacts lie.", (o, v) => o with { Artifacts = One(v) }),
        Of("s3.endpoint", "a URL such as http://127.0.0.1:9000", "Amazon's", "The object store to talk to.", (o, v) => o with { S3 = o.S3 with { Endpoint = Address(v) } }),
        Of("s3.pathStyle", "true or false", "false", "Bucket in the path instead of in the host name; most stores beside Amazon's need it.", (o, v) => o with { S3 = o.S3 with { PathStyle = Truth(v) } }),
        Of("s3.region", "a region", "us-east-1", "The region to sign for.", (o, v) => o with { S3 = o.S3 with { Region = One(v) } }),
        Of("s3.accessKey", "an access key", "AWS_ACCESS_KEY_ID and its relatives", "The access key.", (o, v) => o with { S3 = o.S3 with { AccessKey = One(v) } }) with { Secret = true },
        Of("s3.secretKey", "a secret key", "AWS_SECRET_ACCESS_KEY and its relatives", "The secret key.", (o, v) => o with { S3 = o.S3 with { SecretKey = One(v) } }) with { Secret = true },
        Of("s3.sessionToken", "a token of temporary keys", "AWS_SESSION_TOKEN", "The session token.", (o, v) => o with { S3 = o.S3 with { SessionToken = One(v) } }) with { Secret = true },
        Of("s3.trailingChecksums", "true or false", "false", "Asks the store for the SDK's trailing checksums, which stores of a few years ago refuse.", (o, v) => o with { S3 = o.S3 with { TrailingChecksums = Truth(v) } }),
        Of("encryptArtifacts", "true or false", "false", "Encrypts the artifacts that come, in every workspace; else each workspace says whether it wants that.", (o, v) => o with { EncryptArtifacts = Truth(v) }),
        Of("secrets.keyFile", "a file of keys", "secrets.key in the data folder, made at the first start", "The keys that seal secrets and the keys of artifacts: 32 bytes in base64 a line, the newest first.", (o, v) => o with { Secrets = o.Secrets with { KeyFile = One(v) } }),
        Of("secrets.key", "32 bytes in base64, several separated by commas", "those of secrets.keyFile", "The same keys without a file, the newest first.", (o, v) => o with { Secrets = o.Secrets with { Keys = v } }) with { Secret = true, Many = true },
        Of("limits.requestBytes", "1000000 to 1073741824 bytes", "33554432", "The largest JSON body where a route does not say otherwise (log-batch takes 1000000).", (o, v) => o with { Limits = o.Limits with { RequestBytes = Number(v) } }),
        Of("limits.concurrentRequests", "1 to 100000", "2000", "Requests being answered at once; one more gets 503 with Retry-After.", (o, v) => o with { Limits = o.Limits with { ConcurrentRequests = (int)Number(v) } }),
        Of("limits.requestsPerSecondPerAddress", "0 (no limit) to 1000000", "0", "Requests a second from one address (of IPv6: one network of 64 bits); one more gets 429 with Retry-After.", (o, v) => o with { Limits = o.Limits with { RequestsPerSecondPerAddress = (int)Number(v) } }),
        Of("limits.requestsPerSecondPerUser", "0 (no limit) to 1000000", "0", "Requests a second of one account, all its tokens together; one more gets 429 with Retry-After.", (o, v) => o with { Limits = o.Limits with { RequestsPerSecondPerUser = (int)Number(v) } }),
        Of("limits.requestsPerSecondPerToken", "0 (no limit) to 1000000", "0", "Requests a second with one API token; one more gets 429 with Retry-After.", (o, v) => o with { Limits = o.Limits with { RequestsPerSecondPerToken = (int)Number(v) } }),
        Of("tracking.truncateLongValues", "true or false", "true", "Cuts params over 6000 and tags over 8000 characters as MLflow does; false refuses them.", (o, v) => o with { Tracking = o.Tracking with { TruncateLongValues = Truth(v) } }),
        Of("tracking.failSilentRunsAfterSeconds", "0 (never) to 31536000 seconds", "120", "Fails a running run whose client sent heartbeats and then none for this long.", (o, v) => o with { Tracking = o.Tracking with { FailSilentRunsAfter = Seconds(v) } }),
        Of("tracking.keepDeletedDays", "0 to 36500 days", "30", "How long deleted runs, models and experiments stay restorable: what `slipway gc` leaves alone. Nothing is collected unless that is run.", (o, v) => o with { Tracking = o.Tracking with { KeepDeleted = TimeSpan.FromDays(Number(v)) } }),
        Of("audit.anchorFile", "a file", "(none)", "A second file, best on another disk or host, that every signed head of the event log is appended to.", (o, v) => o with { Audit = o.Audit with { AnchorFile = One(v) } }),
        Of("audit.anchorUrl", "a URL such as https://audit.example.com/heads; http only on loopback", "(none)", "A webhook that every signed head of the event log is posted to as JSON.", (o, v) => o with { Audit = o.Audit with { AnchorUrl = Address(v) } }),
        Of("audit.retentionDays", AuditOptions.RetentionExpected, "(none)", "After so many days actor, address and details of events of a kind (`run` takes `run.created` too) are erased; that they happened stays, and the log still verifies.",
            (o, v) => o with { Audit = o.Audit with { RetentionDays = Days(v) } }) with { Many = true },
        Of("lineage.openLineageUrl", LineageOptions.UrlExpected, "(none)", "An address that OpenLineage events are posted to: of runs that end and of versions that are made.", (o, v) => o with { Lineage = o.Lineage with { OpenLineageUrl = Address(v) } }),
        Of("lineage.openLineageTokenFile", "a file", "(none)", "A file with the key that the address asks for, sent as a bearer token and read anew for every event.", (o, v) => o with { Lineage = o.Lineage with { OpenLineageTokenFile = One(v) } }),
        Of("lineage.openLineageFile", "a file", "(none)", "A file that the same events are appended to, one a line.", (o, v) => o with { Lineage = o.Lineage with { OpenLineageFile = One(v) } }),
        Of("lineage.namespace", LineageOptions.NamespaceExpected, "slipway", "The namespace that our jobs and models have in these events.", (o, v) => o with { Lineage = o.Lineage with { Namespace = One(v) } }),
        Of("outbound.allowPrivate", "true or false", "false", "Lets what the server calls by itself (the audit's webhook) lie at a private or loopback address.", (o, v) => o with { OutboundAllowPrivate = Truth(v) }),
        Of("registry.unsafe", RegistryChoices.UnsafeExpected, "warn", "`block`: a version whose scan is not clean gets no stage and no alias, and its files are not sent; `warn` only shows it.",
            (o, v) => o with { Registry = o.Registry with { BlockUnsafe = One(v) switch { "warn" => false, "block" => true, _ => throw new FormatException() } } }),
        Of("serving.tritonMetrics", "true or false", "false", "Adds Triton's names (`nv_inference_...`) of prediction metrics to `/metrics`, for dashboards that know them.", (o, v) => o with { TritonMetrics = Truth(v) }),
        Of("sandbox.mechanism", SandboxChoices.MechanismExpected, "auto", "What confines other people's code and files; `auto` takes the best that works here.", (o, v) => o with { Sandbox = o.Sandbox with { Mechanism = One(v) } }),
        Of("sandbox.folders", "folders such as /opt/models", "(none)", "What commands of gates may read of this machine beside /usr.", (o, v) => o with { Sandbox = o.Sandbox with { Folders = v } }) with { Many = true },
        Of("serving.python", "a full path, or a name in /usr/local/bin, /usr/bin or /bin", "python3", "The interpreter that Python models run in.", (o, v) => o with { Python = o.Python with { Interpreter = One(v) } }),
        Of("serving.pythonWorkers", "1 to 64", "2", "Processes of a Python model.", (o, v) => o with { Python = o.Python with { Workers = Number(v) } }),
        Of("serving.pythonMemoryMb", "64 to 1048576 MB", "2048", "Memory of such a process with its children.", (o, v) => o with { Python = o.Python with { MemoryMb = Number(v) } }),
        Of("serving.pythonStartSeconds", "1 to 3600 seconds", "60", "How long such a process may take to load its model.", (o, v) => o with { Python = o.Python with { Start = Seconds(v) } }),
        Of("serving.pythonTimeoutSeconds", "0.1 to 3600 seconds", "60", "How long it may take for a run before it is ended.", (o, v) => o with { Python = o.Python with { Timeout = Seconds(v) } }),
        Of("serving.pythonRunsMax", "0 (no limit) to 1000000000", "0", "Runs after which it is replaced by a fresh one.", (o, v) => o with { Python = o.Python with { RunsMax = Number(v) } }),
        Of("serving.environment", PythonChoices.EnvironmentExpected, "check", "What follows when the Python at hand is not what a model's requirements ask for: `check` says so, `strict` does not load the version.", (o, v) => o with { Python = o.Python with { Environment = One(v) } }),
        Of("otlp.endpoint", "a URL such as http://127.0.0.1:4317", "(none)", "Exports traces and metrics there by OpenTelemetry's protocol: gRPC, or HTTP on port 4318 or with a path.", (o, v) => o with { OtlpEndpoint = Address(v) }),
        Of("log.format", "text or json", "text", "Lines for people, or one JSON object a line.", (o, v) => o with { Log = o.Log with { Format = One(v) } }),
        Of("log.level", "trace, debug, information, warning, error, critical or none", "information", "The least level that is written.", (o, v) => o with { Log = o.Log with { Level = Level(v) } }),
        Of("drainSeconds", "0 to 3600 seconds", "30", "How long a stop waits for requests under way.", (o, v) => o with { Drain = Seconds(v) }),
    ];

    private static OptionKey Of(string key, string expected, string standard, string summary, Func<ServerOptions, string[], ServerOptions> set) => new(key, expected, standard, summary) { Set = set };

    private static string One(string[] values) => values is [{ Length: > 0 } one] ? one : throw new FormatException();

    private static bool Truth(string[] values) => bool.TryParse(One(values), out var truth) ? truth : throw new FormatException();

    private static int Number(string[] values) => int.TryParse(One(values), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException();

    private static TimeSpan Seconds(string[] values) =>
        double.TryParse(One(values), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds < 1e9 ? TimeSpan.FromSeconds(seconds) : throw new FormatException();

    private static Uri Address(string[] values) => Uri.TryCreate(One(values), UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address : throw new FormatException();

    private static Dictionary<string, int> Days(string[] values)
    {
        var days = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var value in values)
            if (value.Split('=') is not [{ Length: > 0 } kind, var number] || !days.TryAdd(kind.Trim(), Number([number.Trim()]))) throw new FormatException();
        return days;
    }

    private static LogLevel Level(string[] values) =>
        Enum.TryParse<LogLevel>(One(values), ignoreCase: true, out var level) && !char.IsAsciiDigit(values[0][0]) ? level : throw new FormatException();
}
