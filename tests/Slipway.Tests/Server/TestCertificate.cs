using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Tests.Server;

/// <summary>Certificates made for a test, with their files.</summary>
internal sealed class TestCertificate : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-tls-").FullName;

    public string CertificatePath => Path.Combine(folder, "tls.crt");

    public string KeyPath => Path.Combine(folder, "tls.key");

    public string PfxPath => Path.Combine(folder, "tls.pfx");

    /// <summary>Writes a new certificate and key for localhost over what is there; answers its thumbprint.</summary>
    public string Write(DateTimeOffset? ends = null, string? password = null, bool certificate = true, bool key = true)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", own, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var end = ends ?? new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero);
        using var made = request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), end);
        if (certificate) File.WriteAllText(CertificatePath, made.ExportCertificatePem());
        if (key) File.WriteAllText(KeyPath, password is null
            ? own.ExportPkcs8PrivateKeyPem()
            : own.ExportEncryptedPkcs8PrivateKeyPem(password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1_000)));
        File.WriteAllBytes(PfxPath, made.Export(X509ContentType.Pkcs12, password));
        return made.Thumbprint;
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
