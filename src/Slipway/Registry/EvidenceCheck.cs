using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Slipway.Events;

namespace Slipway.Registry;

/// <summary>What a check of an evidence pack found.</summary>
/// <param name="Sound">True when nothing is wrong.</param>
/// <param name="Name">The model, as far as the manifest can be read.</param>
/// <param name="Version">The version.</param>
/// <param name="MadeMs">When the pack was made, Unix milliseconds.</param>
/// <param name="MadeBy">By whom.</param>
/// <param name="Fingerprint">Of the key that it is checked against.</param>
/// <param name="Parts">How many parts there are.</param>
/// <param name="Events">How many events were proved.</param>
/// <param name="Seals">In how many seals.</param>
/// <param name="Anchored">How many of these have a head that was signed when they were sealed.</param>
/// <param name="Findings">What is wrong, at most <see cref="EvidenceCheck.FindingsMax"/>.</param>
/// <param name="Remarks">What is worth knowing.</param>
internal sealed record EvidenceReport(bool Sound, string? Name, string? Version, long MadeMs, string? MadeBy, string Fingerprint, int Parts, int Events, int Seals, int Anchored, List<string> Findings, List<string> Remarks);

/// <summary>
/// Checks an evidence pack against a key that somebody trusts, without a server: the manifest's signature, every part against the manifest, the events
/// against their seals, the seals against each other and their signed heads. A pack is hostile until it is checked: nothing of it is unpacked to disk, and
/// no more of it is read than its limits allow.
/// </summary>
internal sealed class EvidenceCheck
{
    /// <summary>The most findings.</summary>
    public const int FindingsMax = 100;

    private const int ManifestBytesMax = 1024 * 1024, LineCharsMax = 1024 * 1024;

    private readonly List<string> findings = [];
    private readonly List<string> remarks = [];
    private readonly ECDsa key;
    private int events, seals, anchored;

    private EvidenceCheck(ECDsa key) => this.key = key;

    /// <summary>Checks a pack.</summary>
    /// <param name="pack">The file; must be seekable.</param>
    /// <param name="publicKey">The trusted key, PEM, or null to take the pack's own if it has the fingerprint.</param>
    /// <param name="fingerprint">The trusted key's SHA-256 in DER, hexadecimal, or null.</param>
    public static EvidenceReport Check(Stream pack, string? publicKey, string? fingerprint)
    {
        using var trusted = ECDsa.Create();
        var check = new EvidenceCheck(trusted);
        EvidenceManifest? manifest = null;
        try
        {
            using var zip = new ZipArchive(pack, ZipArchiveMode.Read, leaveOpen: true);
            manifest = check.Run(zip, publicKey, fingerprint);
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException or NotSupportedException or OverflowException or ArgumentException)
        {
            check.Found($"The file is no whole zip: {broken.Message}");
        }
        return new EvidenceReport(check.findings.Count == 0, manifest?.Name, manifest?.Version, manifest?.MadeMs ?? 0, manifest?.MadeBy, trusted.KeySize == 256 ? Fingerprint(trusted) : "", manifest?.Parts.Length ?? 0, check.events, check.seals, check.anchored,
            check.findings, check.remarks);
    }

    /// <summary>SHA-256 of a key in DER, hexadecimal.</summary>
    public static string Fingerprint(ECDsa key) => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    private void Found(string finding)
    {
        if (findings.Count < FindingsMax) findings.Add(finding);
    }

    private EvidenceManifest? Run(ZipArchive zip, string? publicKey, string? fingerprint)
    {
        if (zip.Entries.Count > EvidenceManifest.PartsMax + 2)
        {
            Found($"The zip holds {zip.Entries.Count:N0} files, more than the {EvidenceManifest.PartsMax + 2} that a pack has.");
            return null;
        }
        foreach (var twice in zip.Entries.GroupBy(static entry => entry.FullName).Where(static group => group.Count() > 1)) Found($"'{Shown(twice.Key)}' is in the zip {twice.Count()} times.");
        if (Bytes(zip, EvidenceManifest.File, ManifestBytesMax) is not { } bytes || Bytes(zip, EvidenceManifest.SignatureFile, 1_024) is not { } signature) return null;
        var manifest = Manifest(bytes);
        if (manifest is null) return null;
        if (!Trust(manifest, publicKey, fingerprint)) return manifest;
        if (!Signed(key, bytes, signature))
        {
            Found("The manifest was changed after it was signed, or was never signed with this key.");
            return manifest;
        }
        CheckParts(zip, manifest);
        CheckAudit(zip, manifest);
        CheckFiles(zip);
        if (manifest.Unsealed > 0) remarks.Add($"{manifest.Unsealed} events were too new to be sealed when the pack was made, and are not in it.");
        if (manifest.Cut) remarks.Add("The version has more params, metrics or events than a pack holds.");
        if (manifest.Hidden is { Length: > 0 } hidden) remarks.Add($"Whoever made the pack could not see: {string.Join(", ", hidden)}.");
        if (seals > anchored) remarks.Add($"{seals - anchored} of {seals} seals are so old that the server keeps no signed head of them: the manifest's signature alone covers them.");
        return manifest;
    }

    private EvidenceManifest? Manifest(byte[] bytes)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize(bytes, EvidenceJson.Default.EvidenceManifest);
            if (manifest is { Format: EvidenceManifest.FormatNow, Name: not null, Version: not null, Subjects: not null, Parts: not null, PublicKey: not null } && Array.TrueForAll(manifest.Parts, static part => part?.Path is not null && part.Sha256 is not null)) return manifest;
            Found($"The manifest is not of the format {EvidenceManifest.FormatNow}.");
        }
        catch (JsonException malformed)
        {
            Found($"The manifest is no JSON of a pack: {malformed.Message}");
        }
        return null;
    }

    private bool Trust(EvidenceManifest manifest, string? publicKey, string? fingerprint)
    {
        using var own = ECDsa.Create();
        var readable = Import(own, manifest.PublicKey);
        if (publicKey is not null)
        {
            if (!Import(key, publicKey))
            {
                Found("The public key is no PEM of an elliptic curve key.");
                return false;
            }
        }
        else if (!readable || !Import(key, manifest.PublicKey))
        {
            Found("The manifest names no key that can be read.");
            return false;
        }
        var its = Fingerprint(key);
        if (fingerprint is not null && !fingerprint.Replace(":", "", StringComparison.Ordinal).Trim().Equals(its, StringComparison.OrdinalIgnoreCase))
        {
            Found(publicKey is not null ? $"The public key has the fingerprint {its}, not {fingerprint}." : $"The pack is signed by a foreign key, with the fingerprint {its}: not the one that you trust.");
            return false;
        }
        if (publicKey is not null && readable && Fingerprint(own) != its)
        {
            Found($"The pack is signed by a foreign key, with the fingerprint {Fingerprint(own)}: not the one that you trust.");
            return false;
        }
        return true;
    }

    private void CheckParts(ZipArchive zip, EvidenceManifest manifest)
    {
        foreach (var entry in zip.Entries)
            if (entry.FullName is not (EvidenceManifest.File or EvidenceManifest.SignatureFile) && !Array.Exists(manifest.Parts, part => part.Path == entry.FullName)) Found($"'{Shown(entry.FullName)}' was added: the manifest does not name it.");
        foreach (var part in manifest.Parts)
        {
            if (zip.GetEntry(part.Path) is not { } entry)
            {
                Found($"'{Shown(part.Path)}' is missing.");
                continue;
            }
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            try
            {
                using var stream = entry.Open();
                var (buffer, size) = (new byte[64 * 1024], 0L);
                for (int read; size <= part.Size && (read = stream.Read(buffer)) > 0; size += read) hash.AppendData(buffer, 0, read);
                if (size != part.Size || Convert.ToHexStringLower(hash.GetHashAndReset()) != part.Sha256) Found($"'{Shown(part.Path)}' was changed: it is not what the manifest says.");
            }
            catch (InvalidDataException)
            {
                Found($"'{Shown(part.Path)}' was changed: it cannot be unpacked.");
            }
        }
    }

    private void CheckAudit(ZipArchive zip, EvidenceManifest manifest)
    {
        var proved = Lines(zip, "audit/events.jsonl", 4 * EvidenceManifest.EventsMax, static line => JsonSerializer.Deserialize(line, AuditProofJson.Default.ProvedEvent)).ToList();
        var covered = new HashSet<long>();
        ProvedSeal? before = null;
        foreach (var seal in Lines(zip, "audit/seals.jsonl", 4 * EvidenceManifest.EventsMax, static line => JsonSerializer.Deserialize(line, AuditProofJson.Default.ProvedSeal)))
        {
            if (seal.Leaves is null || seal.Previous is null || seal.Hash is null)
            {
                Found($"Seal {seal.No} is not whole.");
                continue;
            }
            foreach (var finding in AuditProof.Check(seal, before, proved, head => Anchor.Verifies(key, head))) Found(finding);
            foreach (var one in proved)
                if (one.Position >= seal.FirstPosition && one.Position <= seal.LastPosition) covered.Add(one.Position);
            before = seal;
            seals++;
            if (seal.Head is not null) anchored++;
        }
        foreach (var one in proved)
            if (!covered.Contains(one.Position)) Found($"No seal of the pack covers the event at position {one.Position} ({one.Kind}).");
            else if (Array.IndexOf(manifest.Subjects, one.Subject) < 0) Found($"The event at position {one.Position} is about {Shown(one.Subject)}, not about this version.");
        if (proved.Select(static one => one.Position).Distinct().Count() != proved.Count) Found("An event stands in the pack twice.");
        events = proved.Count;
    }

    // The digest of all files, as the registry has it, must be that of the files that are named.
    private void CheckFiles(ZipArchive zip)
    {
        if (Bytes(zip, "files.json", EvidenceManifest.PartBytesMax) is not { } list || Bytes(zip, "card.json", EvidenceManifest.PartBytesMax) is not { } sheet) return;
        try
        {
            var files = JsonSerializer.Deserialize(list, EvidenceJson.Default.ModelFileArray) ?? [];
            var said = JsonSerializer.Deserialize(sheet, EvidenceJson.Default.ModelCard)?.Package?.Digest;
            if (said is not null && said != Packages.Digest([.. files.Select(static file => (file.Path, file.Size, file.Sha256))])) Found("The digest of all files does not fit the files that are named.");
        }
        catch (JsonException malformed)
        {
            Found($"The list of files cannot be read: {malformed.Message}");
        }
    }

    private IEnumerable<T> Lines<T>(ZipArchive zip, string path, int most, Func<string, T?> read) where T : class
    {
        if (zip.GetEntry(path) is not { } entry) yield break;
        using var reader = new StreamReader(entry.Open(), Encoding.UTF8);
        for (var n = 1; ; n++)
        {
            T? one = null;
            try
            {
                if (Line(reader) is not { } line) yield break;
                if (n > most) throw new InvalidDataException($"it has more than {most:N0} lines");
                one = read(line);
            }
            catch (Exception broken) when (broken is JsonException or InvalidDataException)
            {
                Found($"'{path}' line {n}: {broken.Message}");
            }
            if (one is null) yield break;
            yield return one;
        }
    }

    // A line without an end would otherwise be read into memory whole.
    private static string? Line(StreamReader reader)
    {
        var text = new StringBuilder();
        for (int c; (c = reader.Read()) >= 0 && c != '\n';)
            if (text.Append((char)c).Length > LineCharsMax) throw new InvalidDataException("the line is too long");
        return text.Length == 0 ? null : text.ToString();
    }

    private byte[]? Bytes(ZipArchive zip, string path, long most)
    {
        if (zip.GetEntry(path) is not { } entry)
        {
            Found($"'{path}' is missing.");
            return null;
        }
        using var stream = entry.Open();
        using var buffer = new MemoryStream();
        var piece = new byte[64 * 1024];
        for (int read; (read = stream.Read(piece)) > 0;)
        {
            buffer.Write(piece, 0, read);
            if (buffer.Length <= most) continue;
            Found($"'{path}' has more than {most:N0} bytes.");
            return null;
        }
        return buffer.ToArray();
    }

    private static bool Import(ECDsa into, string pem)
    {
        try
        {
            into.ImportFromPem(pem);
            return true;
        }
        catch (Exception wrong) when (wrong is ArgumentException or CryptographicException)
        {
            return false;
        }
    }

    private static bool Signed(ECDsa by, byte[] bytes, byte[] signature)
    {
        try
        {
            return by.VerifyData(bytes, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static string Shown(string text) => new([.. text.Take(200).Select(static c => char.IsControl(c) ? '?' : c)]);
}
