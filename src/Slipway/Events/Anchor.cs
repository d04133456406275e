using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Storage;

namespace Slipway.Events;

/// <summary>
/// Keeps the head of the chain outside the database: appended to a file and signed with a key (ECDSA P-256) that is made at the first start.
/// Someone who rewrites the database, every later hash included, still cannot make it agree with the heads written here.
/// </summary>
internal sealed class Anchor : IDisposable
{
    /// <summary>Heads kept in the file; older ones are dropped when twice as many have gathered.</summary>
    public const int HeadsKept = 20_000;

    /// <summary>Heads that are at hand for those who carry them elsewhere.</summary>
    public const int RecentMax = 1_000;

    private const int LineBytesMax = 4_096;

    private readonly ECDsa key;
    private readonly string path;
    private readonly Lock gate = new();
    private readonly Queue<AnchoredHead> recent = new(RecentMax);
    private int lines;
    private bool mended;

    private Anchor(ECDsa key, string path)
    {
        (this.key, this.path) = (key, path);
        if (!File.Exists(path)) return;
        var last = new Queue<string>(RecentMax);
        foreach (var line in File.ReadLines(path))
        {
            lines++;
            if (last.Count == RecentMax) last.Dequeue();
            last.Enqueue(line);
        }
        foreach (var line in last)
            if (Parse(line) is { } head) recent.Enqueue(head);
    }

    /// <summary>Opens the key and the anchor file in a folder, making the key (mode 0600) when there is none.</summary>
    public static Anchor Open(string folder)
    {
        DurableFolder.Create(folder);
        var keyPath = Path.Combine(folder, "audit.key");
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (File.Exists(keyPath)) key.ImportFromPem(File.ReadAllText(keyPath));
        else
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            // Written aside and renamed: a crash must not leave half a key that no later start could read.
            using (var file = new FileStream(keyPath + ".new", options))
            {
                file.Write(Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
                file.Flush(flushToDisk: true);
            }
            File.Move(keyPath + ".new", keyPath, overwrite: true);
            // Else a power failure could take the key and leave the heads it signed.
            DurableFolder.Sync(folder);
        }
        return new Anchor(key, HeadsPath(folder));
    }

    /// <summary>Where the heads are.</summary>
    public static string HeadsPath(string folder) => Path.Combine(folder, "audit-heads.jsonl");

    /// <summary>Signs and appends a head.</summary>
    public void Append(long seal, long position, byte[] hash, long atMs)
    {
        lock (gate)
        {
            var text = Convert.ToHexStringLower(hash);
            var signature = Convert.ToBase64String(key.SignData(Signed(seal, position, text, atMs), HashAlgorithmName.SHA256));
            var head = new AnchoredHead(seal, position, text, atMs, signature);
            var line = Line(head);
            if (!mended) DropTornLine();
            if (++lines > 2 * HeadsKept) DropOldest();
            var isNew = !File.Exists(path);
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
            file.Write([.. line, (byte)'\n']);
            file.Flush(flushToDisk: true);
            if (isNew) DurableFolder.Sync(Path.GetDirectoryName(path)!);
            if (recent.Count == RecentMax) recent.Dequeue();
            recent.Enqueue(head);
        }
        Appended?.Invoke();
    }

    /// <summary>The newest seal whose head is in the file; 0 when there is none.</summary>
    public long Newest
    {
        get
        {
            lock (gate) return recent.Count == 0 ? 0 : recent.Last().Seal;
        }
    }

    /// <summary>Raised after a head was written: a hint for those who carry heads elsewhere.</summary>
    public event Action? Appended;

    /// <summary>Heads after a seal, oldest first; what lies too far back is passed over, because every head stands for all before it.</summary>
    public IReadOnlyList<AnchoredHead> After(long seal)
    {
        lock (gate) return [.. recent.Where(head => head.Seal > seal)];
    }

    /// <summary>The heads, oldest first; a last line cut off by a crash is passed over. A line whose signature does not fit is a finding.</summary>
    public IEnumerable<(AnchoredHead? Head, string? Finding)> Read()
    {
        if (!File.Exists(path)) yield break;
        var (number, torn) = (0, 0);
        foreach (var line in File.ReadLines(path))
        {
            number++;
            // A line that is none was torn by a crash if it is the last one; with a line after it, someone wrote it.
            if (torn > 0) yield return (null, $"{path} line {torn} is no anchored head.");
            torn = 0;
            var head = Parse(line);
            if (head is null) torn = number;
            else if (!Verifies(head)) yield return (null, $"{path} line {number}: the signature of the head of seal {head.Seal} does not fit.");
            else yield return (head, null);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();

    /// <summary>The key with which others check what this installation signed, PEM.</summary>
    public string PublicKey => key.ExportSubjectPublicKeyInfoPem();

    /// <summary>SHA-256 of that key in DER, hexadecimal.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));

    /// <summary>Signs a manifest of evidence. It begins with a brace and a head with a word, so that neither signature can pass for the other's.</summary>
    public byte[] SignEvidence(byte[] manifest)
    {
        if (manifest is not [(byte)'{', ..]) throw new ArgumentException("A manifest is a JSON object.", nameof(manifest));
        lock (gate) return key.SignData(manifest, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>The heads of these seals, of those that are still in the file.</summary>
    public Dictionary<long, AnchoredHead> Heads(IReadOnlySet<long> seals)
    {
        var found = new Dictionary<long, AnchoredHead>();
        if (seals.Count > 0 && File.Exists(path))
            foreach (var line in File.ReadLines(path))
                if (Parse(line) is { } head && seals.Contains(head.Seal)) found[head.Seal] = head;
        return found;
    }

    /// <summary>A head as it stands in a file, without its end of line.</summary>
    public static byte[] Line(AnchoredHead head) => JsonSerializer.SerializeToUtf8Bytes(head, AnchorJson.Default.AnchoredHead);

    /// <summary>True for a head that this installation signed.</summary>
    public bool Verifies(AnchoredHead head) => Verifies(key, head);

    /// <summary>True for a head that the owner of a key signed.</summary>
    public static bool Verifies(ECDsa key, AnchoredHead head)
    {
        var signature = new byte[256];
        return head.Signature is not null && Convert.TryFromBase64String(head.Signature, signature, out var length)
            && key.VerifyData(Signed(head.Seal, head.Position, head.Hash, head.AtMs), signature.AsSpan(0, length), HashAlgorithmName.SHA256);
    }

    private static byte[] Signed(long seal, long position, string hash, long atMs) => Encoding.UTF8.GetBytes($"slipway-audit-head:{seal}:{position}:{hash}:{atMs}");

    /// <summary>The head of a line, or null for a line that is none.</summary>
    public static AnchoredHead? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AnchorJson.Default.AnchoredHead);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // What a crash left of the last line would swallow the next head, and be found as tampering for ever.
    private void DropTornLine()
    {
        mended = true;
        if (!File.Exists(path)) return;
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var tail = new byte[Math.Min(file.Length, LineBytesMax)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        var end = tail.Length > 0 && tail[^1] == (byte)'\n' ? tail.Length - 1 : tail.Length;
        var start = tail.AsSpan(0, end).LastIndexOf((byte)'\n') + 1;
        if (end == tail.Length - 1 && Parse(Encoding.UTF8.GetString(tail, start, end - start)) is not null) return;
        file.SetLength(file.Length - tail.Length + start);
        file.Flush(flushToDisk: true);
    }

    private void DropOldest()
    {
        var kept = File.ReadLines(path).TakeLast(HeadsKept).ToList();
        var next = path + ".next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            foreach (var line in kept) file.Write(Encoding.UTF8.GetBytes(line + "\n"));
            file.Flush(flushToDisk: true);
        }
        File.Move(next, path, overwrite: true);
        DurableFolder.Sync(Path.GetDirectoryName(path)!);
        lines = kept.Count;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AnchoredHead))]
internal sealed partial class AnchorJson : JsonSerializerContext;
