using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Slipway.Server;

/// <summary>
/// The server's certificate, read anew when its files change: a renewal needs no restart. Files that do not fit each other (a renewal that is
/// half written) leave the old one in place.
/// </summary>
internal sealed partial class TlsCertificate
{
    /// <summary>How long a certificate is used without a look at its files.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    /// <summary>How long before its end the log begins to say so.</summary>
    public static readonly TimeSpan EndsSoon = TimeSpan.FromDays(14);

    private const long FileBytesMax = 1024 * 1024;

    private readonly TlsOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly Lock looking = new();
    private volatile Loaded loaded;
    private byte[] seen;
    private long lookedAt;

    private sealed record Loaded(SslServerAuthenticationOptions Handshake, X509Certificate2 Leaf);

    /// <summary>Reads the files.</summary>
    /// <exception cref="ServerStartException">They hold no usable certificate; the message says why.</exception>
    public TlsCertificate(TlsOptions options, TimeProvider clock, ILogger log)
    {
        (this.options, this.clock, this.log) = (options, clock, log);
        var files = ReadFiles();
        if (files.Problem is { } missing) throw new ServerStartException(missing.Message);
        var first = Load(files.Value);
        if (first.Problem is { } unusable) throw new ServerStartException(unusable.Message);
        (loaded, seen, lookedAt) = (first.Value, Digest(files.Value), clock.GetTimestamp());
        SayWhen(loaded.Leaf);
    }

    /// <summary>What the next connection is offered.</summary>
    public SslServerAuthenticationOptions Handshake
    {
        get
        {
            if (clock.GetElapsedTime(Volatile.Read(ref lookedAt)) >= LookEvery) Look();
            return loaded.Handshake;
        }
    }

    private void Look()
    {
        lock (looking)
        {
            if (clock.GetElapsedTime(lookedAt) < LookEvery) return;
            Volatile.Write(ref lookedAt, clock.GetTimestamp());
            var files = ReadFiles();
            if (files.Problem is { } missing)
            {
                Kept(missing.Message);
                return;
            }
            var digest = Digest(files.Value);
            if (digest.AsSpan().SequenceEqual(seen)) return;
            seen = digest;
            var next = Load(files.Value);
            if (next.Problem is { } unusable)
            {
                Kept(unusable.Message);
                return;
            }
            // The old one is not disposed: handshakes under way use it.
            loaded = next.Value;
            Renewed(loaded.Leaf.Subject);
            SayWhen(loaded.Leaf);
        }
    }

    private Outcome<(byte[] Certificate, byte[]? Key)> ReadFiles()
    {
        var certificate = ReadFile("tls.certificate", options.Certificate!);
        if (certificate.Problem is { } problem) return problem;
        if (options.Key is null) return (certificate.Value, (byte[]?)null);
        var key = ReadFile("tls.key", options.Key);
        return key.Problem is { } wrong ? wrong : (certificate.Value, key.Value);
    }

    private static Outcome<byte[]> ReadFile(string option, string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > FileBytesMax }
                ? Problem.Invalid($"{option}: {path} is larger than {FileBytesMax} bytes, which no certificate or key is.")
                : File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Problem.Invalid($"{option}: got '{path}', expected a file that the server's user can read: {failure.Message}");
        }
    }

    private Outcome<Loaded> Load((byte[] Certificate, byte[]? Key) files)
    {
        try
        {
            var all = files.Certificate.AsSpan().IndexOf("-----BEGIN"u8) >= 0 ? FromPem(files) : FromPfx(files);
            if (all.Problem is { } problem) return problem;
            var leaf = all.Value.First(one => one.HasPrivateKey);
            var issuers = new X509Certificate2Collection(all.Value.Where(one => one != leaf).ToArray());
            return new Loaded(new SslServerAuthenticationOptions
            {
                // Offline: a handshake must not wait for the issuer's server.
                ServerCertificateContext = SslStreamCertificateContext.Create(leaf, issuers, offline: true),
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            }, leaf);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            return Problem.Invalid($"tls.certificate: {options.Certificate}{(options.Key is null ? "" : $" with the key {options.Key}")} cannot be used: {failure.Message} "
                + "Expected a PEM certificate with the private key that belongs to it (tls.key), or a PFX file; an encrypted one needs tls.password.");
        }
    }

    private Outcome<List<X509Certificate2>> FromPem((byte[] Certificate, byte[]? Key) files)
    {
        var (certificate, key) = (Encoding.UTF8.GetString(files.Certificate), Encoding.UTF8.GetString(files.Key ?? files.Certificate));
        if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            return Problem.Invalid($"tls.key: {(files.Key is null ? $"is not set, and {options.Certificate} holds no private key" : $"{options.Key} holds no private key")}. Expected a PEM file with '-----BEGIN PRIVATE KEY-----'.");
        var encrypted = key.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal);
        if (encrypted && options.Password is null) return Problem.Invalid("tls.password: is not set, and the private key is encrypted.");
        var leaf = encrypted ? X509Certificate2.CreateFromEncryptedPem(certificate, key, options.Password) : X509Certificate2.CreateFromPem(certificate, key);
        // Windows' TLS takes no key that lives in memory alone.
        if (OperatingSystem.IsWindows()) leaf = X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null);
        var all = new X509Certificate2Collection();
        all.ImportFromPem(certificate);
        return new List<X509Certificate2>([leaf, .. all.Where(one => one.Thumbprint != leaf.Thumbprint)]);
    }

    private Outcome<List<X509Certificate2>> FromPfx((byte[] Certificate, byte[]? Key) files)
    {
        if (files.Key is not null) return Problem.Invalid($"tls.key: is set, and {options.Certificate} is no PEM file: a PFX file holds its own key.");
        var all = X509CertificateLoader.LoadPkcs12Collection(files.Certificate, options.Password);
        return all.Any(one => one.HasPrivateKey) ? all.ToList() : Problem.Invalid($"tls.certificate: {options.Certificate} holds no private key.");
    }

    private void SayWhen(X509Certificate2 leaf)
    {
        var now = clock.GetUtcNow();
        if (leaf.NotAfter.ToUniversalTime() <= now) Expired(leaf.Subject, leaf.NotAfter.ToUniversalTime());
        else if (leaf.NotBefore.ToUniversalTime() > now) TooEarly(leaf.Subject, leaf.NotBefore.ToUniversalTime());
        else if (leaf.NotAfter.ToUniversalTime() - now <= EndsSoon) Ending(leaf.Subject, leaf.NotAfter.ToUniversalTime());
    }

    private static byte[] Digest((byte[] Certificate, byte[]? Key) files) => SHA256.HashData([.. files.Certificate, .. files.Key ?? []]);

    [LoggerMessage(LogLevel.Information, "The certificate {Subject} was read anew.")]
    private partial void Renewed(string subject);

    [LoggerMessage(LogLevel.Error, "The certificate's files changed and cannot be used; the old one stays. {Why}")]
    private partial void Kept(string why);

    [LoggerMessage(LogLevel.Warning, "The certificate {Subject} ended on {End:u}: clients refuse it. Renew it; no restart is needed.")]
    private partial void Expired(string subject, DateTime end);

    [LoggerMessage(LogLevel.Warning, "The certificate {Subject} holds only from {Begin:u} on: clients refuse it until then.")]
    private partial void TooEarly(string subject, DateTime begin);

    [LoggerMessage(LogLevel.Warning, "The certificate {Subject} ends on {End:u}. Renew it; no restart is needed.")]
    private partial void Ending(string subject, DateTime end);
}
