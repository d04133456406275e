using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Slipway.Registry;

/// <summary>What a scan may use for one file.</summary>
internal sealed record ScanLimits
{
    /// <summary>Archives in archives.</summary>
    public int Depth { get; init; } = 8;

    /// <summary>What comes out of archives, in bytes together.</summary>
    public long UnpackedBytes { get; init; } = 4L << 30;

    /// <summary>How many times as large as it was packed a piece may be, beyond its first 64 MiB.</summary>
    public int Ratio { get; init; } = 300;

    /// <summary>Entries of archives together.</summary>
    public int Entries { get; init; } = 100_000;

    /// <summary>Opcodes of pickles together.</summary>
    public long Opcodes { get; init; } = 20_000_000;

    /// <summary>How long one file may take, and a second for each 16 MiB of it.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>
/// Looks into one file of a model: pickles, archives of them, arrays of objects. A file is what its content says; what could be two things is looked at as both. Whatever cannot be read is a finding, and never a pass.
/// Runs in the sandbox; nothing here trusts a length, a name or a nesting.
/// </summary>
internal sealed partial class FileScan(string file, ScanLimits limits)
{
    /// <summary>Pickles one after another in one file.</summary>
    private const int PicklesMax = 10_000;

    private readonly List<ModelFinding> findings = [];
    private readonly HashSet<(string?, string, string)> said = [];
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan time = limits.Time;
    private long unpacked, opcodes, leftOut;
    private int entries;

    /// <summary>Looks into it.</summary>
    public static ScannedFile Run(string file, Stream content, ScanLimits? limits = null)
    {
        var scan = new FileScan(file, limits ?? new ScanLimits());
        scan.time += TimeSpan.FromSeconds(content.Length >> 24);
        try
        {
            scan.Look(content, file, null, 0);
        }
        catch (Exception odd) when (odd is IOException or InvalidDataException or EndOfStreamException or NotSupportedException or ArgumentException or OverflowException or FormatException)
        {
            // What a library says of a broken file; anything else ends the child, and so the file is not passed either.
            scan.Find(null, null, ModelScan.Suspicious, $"It cannot be read: {odd.Message}");
        }
        return new ScannedFile(file, content.Length, scan.findings.Count == 0 ? null : [.. scan.findings], scan.leftOut);
    }

    private bool TimeIsUp => clock.Elapsed > time;

    private void Find(string? inside, long? offset, string severity, string what, string? name = null)
    {
        if (!said.Add((inside, what, name ?? ""))) return;
        if (findings.Count < ModelScan.FindingsMax) findings.Add(new ModelFinding(file, inside, offset, severity, what, name));
        else leftOut++;
    }

    /// <summary>A seekable content, at any depth.</summary>
    private void Look(Stream content, string name, string? inside, int depth)
    {
        if (TimeIsUp)
        {
            Find(inside, null, ModelScan.Suspicious, "It takes too long; the rest was not looked into.");
            return;
        }
        if (depth > limits.Depth)
        {
            Find(inside, null, ModelScan.Suspicious, $"Archives are nested more than {limits.Depth} deep.");
            return;
        }
        var head = new byte[600];
        content.Position = 0;
        head = head[..content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        // An archive's directory stands at its end, whatever stands before it.
        var zip = ZipDirectory.Find(content);
        var kind = FileKind.Of(head);
        if (zip is not null) Unzip(zip, content, inside, depth, pickleBefore: kind is FileForm.Pickle);
        switch (kind)
        {
            case FileForm.Pickle:
                Pickles(content, name, inside, 0, certain: true);
                break;
            case FileForm.Zip:
                if (zip is null) Find(inside, 0, ModelScan.Suspicious, "It begins as a zip archive and has no directory: it is cut, or made for a reader that needs none.");
                break;
            case FileForm.Gzip:
                Unpack(content, stream => new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true), name, inside, depth);
                break;
            case FileForm.Zlib:
                Unpack(content, stream => new ZLibStream(stream, CompressionMode.Decompress, leaveOpen: true), name, inside, depth);
                break;
            case FileForm.Bzip2:
                Unpack(content, static stream => new Bzip2Stream(stream), name, inside, depth);
                break;
            case FileForm.Tar:
                Untar(content, inside, depth);
                break;
            case FileForm.Npy:
                Npy(content, name, inside);
                break;
            case FileForm.Packed:
                Find(inside, 0, ModelScan.Suspicious, $"It is packed as {FileKind.PackedName(head)}, which cannot be looked into here.");
                break;
            case FileForm.Program:
                Find(inside, 0, ModelScan.Suspicious, "It is a program or native library.");
                break;
            case FileForm.Hdf5:
                Search(content, inside, "\"class_name\": \"Lambda\"", "\"class_name\":\"Lambda\"");
                break;
            default:
                if (name.EndsWith("saved_model.pb", StringComparison.Ordinal)) Search(content, inside, "ReadFile", "WriteFile", "PyFunc", "EagerPyFunc");
                if (name.EndsWith(".json", StringComparison.Ordinal) && content.Length < 64 << 20) Search(content, inside, "\"class_name\": \"Lambda\"", "\"class_name\":\"Lambda\"");
                // No header says so, but old pickles have none: walked as one, and believed to be one if it imports and calls.
                Pickles(content, name, inside, 0, certain: false);
                break;
        }
    }

    /// <summary>An array in numpy's own form: of objects it is a header and a pickle.</summary>
    private void Npy(Stream content, string name, string? inside)
    {
        content.Position = 6;
        var bytes = new ScanBytes(content);
        var version = bytes.Byte();
        if (version is < 1 or > 3 || !bytes.Skip(1) || bytes.Number(version == 1 ? 2 : 4) is not { } length || length > 1 << 20 || bytes.Text(length, 1 << 20, out _) is not { } header)
        {
            Find(inside, 0, ModelScan.Suspicious, "It begins as an array of numpy and has no header that can be read.");
            return;
        }
        // '|O', or O among the fields of a record
        if (header.Contains("O'", StringComparison.Ordinal) || header.Contains("O\"", StringComparison.Ordinal) || header.Contains("object", StringComparison.Ordinal))
            Pickles(content, name, inside, 6 + bytes.Position, certain: true);
    }

    /// <summary>Pickles one after another, from an offset on. <paramref name="certain"/>: something says that it is one.</summary>
    private void Pickles(Stream content, string name, string? inside, long from, bool certain)
    {
        content.Position = from;
        var bytes = new ScanBytes(content);
        var arrays = false;
        for (var count = 0; ; count++)
        {
            if (count >= PicklesMax)
            {
                Find(inside, from + bytes.Position, ModelScan.Suspicious, $"More than {PicklesMax:N0} pickles stand one after another; the rest was not looked into.");
                break;
            }
            List<PickleFinding> held = [];
            var walk = new PickleWalk(bytes, held.Add, limits.Opcodes - opcodes, arrays: true);
            var end = walk.Run(() => TimeIsUp);
            opcodes += walk.Opcodes;
            var isPickle = certain || walk.Calls > 0 && held.Count > 0 || end is PickleEnd.Stop && (walk.Imports > 0 || count == 0 && IsNamedPickle(name));
            arrays |= walk.HasArrays;
            if (isPickle)
            {
                foreach (var finding in held) Find(inside, from + finding.Offset, finding.Verdict is ImportVerdict.Runs ? ModelScan.Unsafe : ModelScan.Suspicious, finding.What, finding.Name);
                if (end is not PickleEnd.Stop) Find(inside, from + walk.At, ModelScan.Suspicious, $"It is a pickle that cannot be read to its end: {walk.Why}");
                if (walk.AsksById is { } asked && !IsTorch(name, inside, content)) Find(inside, from + asked, ModelScan.Suspicious, "It asks its loader for something by an id, which only PyTorch's own files do.");
            }
            else if (count == 0)
            {
                if (IsNamedPickle(name)) Find(inside, from + walk.At, ModelScan.Suspicious, $"It is named as a pickle and cannot be read as one: {walk.Why ?? "it says nothing."}");
                return;
            }
            if (end is not PickleEnd.Stop) break;
            if (bytes.Peek() < 0) break;
            var torch = IsTorch(name, inside, content);
            if (bytes.Peek() != 0x80)
            {
                // What comes behind the last STOP: PyTorch's old files keep the numbers there. A second pickle without a header is tried, too.
                if (!torch) Find(inside, from + bytes.Position, ModelScan.Suspicious, "Something stands behind the end of the pickle.");
                content.Position = from + bytes.Position;
                bytes = new ScanBytes(content);
                from = content.Position;
                certain = false;
                if (!IsPickleAhead(content, from)) break;
                content.Position = from;
                bytes = new ScanBytes(content);
                continue;
            }
            certain = !torch;
        }
        // What joblib leaves out as arrays, pickle itself reads as opcodes.
        if (arrays) Plain(content, inside, from);
    }

    private void Plain(Stream content, string? inside, long from)
    {
        content.Position = from;
        List<PickleFinding> held = [];
        var walk = new PickleWalk(new ScanBytes(content), held.Add, limits.Opcodes - opcodes, arrays: false);
        walk.Run(() => TimeIsUp);
        opcodes += walk.Opcodes;
        foreach (var finding in held.Where(static one => one.Verdict is ImportVerdict.Runs)) Find(inside, from + finding.Offset, ModelScan.Unsafe, finding.What, finding.Name);
    }

    private bool IsPickleAhead(Stream content, long from)
    {
        content.Position = from;
        List<PickleFinding> held = [];
        var walk = new PickleWalk(new ScanBytes(content), held.Add, Math.Min(1_000_000, limits.Opcodes - opcodes), arrays: true);
        var end = walk.Run(() => TimeIsUp);
        opcodes += walk.Opcodes;
        return end is PickleEnd.Stop || walk.Calls > 0 && held.Count > 0;
    }

    /// <summary>The number that PyTorch's old files begin with, or a pickle within its newer archives.</summary>
    private static bool IsTorch(string name, string? inside, Stream content)
    {
        if (inside is not null && name.EndsWith(".pkl", StringComparison.Ordinal)) return true;
        content.Position = 0;
        Span<byte> magic = stackalloc byte[14];
        // PROTO 2, LONG1 of ten bytes, STOP
        return content.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic[2..].SequenceEqual((ReadOnlySpan<byte>)[0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]);
    }

    private static bool IsNamedPickle(string name) => Path.GetExtension(name).ToLowerInvariant() is ".pkl" or ".pickle" or ".joblib" or ".dill" or ".cloudpickle" or ".pt" or ".pth" or ".ckpt";

    /// <summary>What comes out of a stream of packed bytes: kept in memory while it is small, else in a file of the sandbox.</summary>
    private void Unpack(Stream content, Func<Stream, Stream> open, string name, string? inside, int depth)
    {
        content.Position = 0;
        using var inner = open(content);
        using var whole = Spool(inner, content.Length, inside);
        if (whole is null) return;
        var within = Path.GetFileNameWithoutExtension(name) is { Length: > 0 } stem ? stem : name;
        Look(whole, within, inside is null ? within : inside + "!" + within, depth + 1);
    }

    private Stream? Spool(Stream from, long packed, string? inside)
    {
        const int InMemory = 4 << 20;
        Stream into = new MemoryStream();
        var buffer = new byte[128 << 10];
        try
        {
            for (int read; (read = from.Read(buffer)) > 0;)
            {
                unpacked += read;
                var bomb = into.Length + read > (64 << 20) + packed * limits.Ratio;
                if (bomb || unpacked > limits.UnpackedBytes || TimeIsUp)
                {
                    Find(inside, null, ModelScan.Suspicious, bomb ? $"It unpacks to more than {limits.Ratio:N0} times its size." : TimeIsUp ? "It takes too long to unpack." : $"It unpacks to more than {limits.UnpackedBytes:N0} bytes.");
                    into.Dispose();
                    return null;
                }
                if (into is MemoryStream && into.Length + read > InMemory)
                {
                    var file = new FileStream(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
                    into.Position = 0;
                    into.CopyTo(file);
                    into = file;
                }
                into.Write(buffer, 0, read);
            }
            return into;
        }
        catch (InvalidDataException broken)
        {
            // What came out before it broke is looked at: some loaders read as far as they get.
            Find(inside, null, ModelScan.Suspicious, $"It cannot be unpacked to its end: {broken.Message}");
            return into;
        }
    }

    private void Unzip(ZipDirectory zip, Stream content, string? inside, int depth, bool pickleBefore)
    {
        foreach (var (offset, what) in zip.Oddities) Find(inside, offset, ModelScan.Suspicious, what);
        if (zip.FirstByte > 0 && !pickleBefore) Find(inside, 0, ModelScan.Suspicious, "Something stands before the archive's first entry.");
        foreach (var entry in zip.Entries)
        {
            if (++entries > limits.Entries)
            {
                Find(inside, null, ModelScan.Suspicious, $"Archives have more than {limits.Entries:N0} entries.");
                return;
            }
            var within = inside is null ? entry.Name : inside + "!" + entry.Name;
            if (LeavesFolder(entry.Name) || entry.IsLink) Find(within, entry.HeaderOffset, ModelScan.Unsafe, entry.IsLink ? "It is a link, which may lead out of the folder that the archive is unpacked to." : "Its name leads out of the folder that the archive is unpacked to.");
            if (entry.Wrong is { } wrong) Find(within, entry.HeaderOffset, ModelScan.Suspicious, wrong);
            if (entry.IsFolder || entry.PackedBytes == 0 && entry.Bytes == 0) continue;
            using var packed = new PartOfStream(content, entry.DataOffset, Math.Min(entry.PackedBytes, content.Length - entry.DataOffset));
            switch (entry.Method)
            {
                case 0:
                    Look(packed, entry.Name, within, depth + 1);
                    break;
                case 8:
                    using (var inner = new DeflateStream(packed, CompressionMode.Decompress, leaveOpen: true))
                    using (var whole = Spool(inner, packed.Length, within))
                        if (whole is not null) Look(whole, entry.Name, within, depth + 1);
                    break;
                case 12:
                    using (var inner = new Bzip2Stream(packed))
                    using (var whole = Spool(inner, packed.Length, within))
                        if (whole is not null) Look(whole, entry.Name, within, depth + 1);
                    break;
                default:
                    Find(within, entry.HeaderOffset, ModelScan.Suspicious, $"It is packed by method {entry.Method}, which cannot be looked into here.");
                    break;
            }
        }
    }

    private void Untar(Stream content, string? inside, int depth)
    {
        content.Position = 0;
        using var tar = new TarReader(content, leaveOpen: true);
        while (tar.GetNextEntry() is { } entry)
        {
            if (++entries > limits.Entries || TimeIsUp)
            {
                Find(inside, null, ModelScan.Suspicious, TimeIsUp ? "It takes too long." : $"Archives have more than {limits.Entries:N0} entries.");
                return;
            }
            var within = inside is null ? entry.Name : inside + "!" + entry.Name;
            if (LeavesFolder(entry.Name)) Find(within, null, ModelScan.Unsafe, "Its name leads out of the folder that the archive is unpacked to.");
            if (entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink)
            {
                Find(within, null, ModelScan.Unsafe, $"It is a link to '{(entry.LinkName.Length > 100 ? entry.LinkName[..100] : entry.LinkName)}', which may lead out of the folder that the archive is unpacked to.");
                continue;
            }
            if (entry.EntryType is TarEntryType.BlockDevice or TarEntryType.CharacterDevice or TarEntryType.Fifo)
            {
                Find(within, null, ModelScan.Suspicious, "It is a device or pipe.");
                continue;
            }
            if (entry.DataStream is not { } data) continue;
            using var whole = Spool(data, Math.Max(data.Length, 1 << 20), within);
            if (whole is not null) Look(whole, entry.Name, within, depth + 1);
        }
    }

    private static bool LeavesFolder(string name) =>
        name.Length == 0 || name[0] is '/' or '\\' || name.Length > 1 && name[1] == ':' || name.Contains('\0') || name.Split('/', '\\').Any(static part => part == "..");

    /// <summary>Looks for texts anywhere in a content.</summary>
    private void Search(Stream content, string? inside, params string[] texts)
    {
        content.Position = 0;
        var longest = texts.Max(static text => text.Length);
        var buffer = new byte[(256 << 10) + longest];
        long start = 0;
        for (int read, kept = 0; (read = content.Read(buffer, kept, buffer.Length - kept)) > 0;)
        {
            var seen = buffer.AsSpan(0, kept + read);
            foreach (var text in texts)
                if (seen.IndexOf(Encoding.ASCII.GetBytes(text)) is var at and >= 0)
                    Find(inside, start + at, text.Contains("Lambda", StringComparison.Ordinal) ? ModelScan.Unsafe : ModelScan.Suspicious,
                        text.Contains("Lambda", StringComparison.Ordinal) ? "A Lambda layer: its code runs when the model is loaded." : $"It names the operation {text}, which reads or writes files or calls Python.");
            kept = Math.Min(longest, seen.Length);
            start += seen.Length - kept;
            seen[^kept..].CopyTo(buffer);
            if (TimeIsUp) return;
        }
    }
}
