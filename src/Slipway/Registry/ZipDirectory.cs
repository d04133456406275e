using System.Buffers.Binary;
using System.Text;

namespace Slipway.Registry;

/// <summary>
/// The directory of a zip archive, compared with the headers of its entries: readers believe the one or the other, and what they disagree about hides something. Our own reader, because the platform's
/// follows the directory alone.
/// </summary>
/// <remarks>APPNOTE.TXT 6.3.10, sections 4.3 and 4.4.</remarks>
internal sealed class ZipDirectory
{
    /// <summary>More entries than these are not read.</summary>
    private const int EntriesMax = 200_000;

    private const uint EndMark = 0x06054b50, End64Mark = 0x06064b50, Locator64Mark = 0x07064b50, EntryMark = 0x02014b50, HeaderMark = 0x04034b50;

    private const int EndBytes = 22, CommentBytesMax = 65_535;

    /// <summary>Its entries, in the order of the directory.</summary>
    public List<ZipEntry> Entries { get; } = [];

    /// <summary>What is odd about the archive as a whole, and where.</summary>
    public List<(long Offset, string What)> Oddities { get; } = [];

    /// <summary>Where the first entry begins.</summary>
    public long FirstByte { get; private set; }

    /// <summary>The archive whose end is found at the end of the content; null where there is none.</summary>
    public static ZipDirectory? Find(Stream content)
    {
        if (content.Length < EndBytes) return null;
        var tail = new byte[(int)Math.Min(content.Length, EndBytes + CommentBytesMax)];
        var start = content.Length - tail.Length;
        content.Position = start;
        content.ReadExactly(tail);
        for (var at = tail.Length - EndBytes; at >= 0; at--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at)) != EndMark) continue;
            var end = tail.AsSpan(at);
            // The first from the end that is whole; what follows it must be its comment.
            var comment = BinaryPrimitives.ReadUInt16LittleEndian(end[20..]);
            if (at + EndBytes + comment > tail.Length) continue;
            var zip = new ZipDirectory();
            zip.Read(content, start + at, end[..EndBytes].ToArray());
            if (at + EndBytes + comment != tail.Length) zip.Oddities.Add((start + at, "Something stands behind the archive's end."));
            return zip.Entries.Count == 0 && zip.Oddities.Count == 0 && content.Length > EndBytes + comment && !IsAtStart(content) ? null : zip;
        }
        return null;
    }

    private static bool IsAtStart(Stream content)
    {
        content.Position = 0;
        return content.ReadByte() == 'P' && content.ReadByte() == 'K';
    }

    private void Read(Stream content, long endAt, byte[] end)
    {
        var (count, size, offset) = ((long)BinaryPrimitives.ReadUInt16LittleEndian(end.AsSpan(10)), (long)BinaryPrimitives.ReadUInt32LittleEndian(end.AsSpan(12)), (long)BinaryPrimitives.ReadUInt32LittleEndian(end.AsSpan(16)));
        var directoryEnd = endAt;
        if ((count == 0xffff || size == 0xffffffff || offset == 0xffffffff) && Wide(content, endAt) is { } wide) (count, size, offset, directoryEnd) = wide;
        // Where something was put before the archive, its own offsets are off by that much.
        var shift = directoryEnd - size - offset;
        if (shift < 0 || size < 0 || offset < 0)
        {
            Oddities.Add((endAt, "The archive's directory lies beyond the archive."));
            return;
        }
        content.Position = offset + shift;
        var header = new byte[46];
        for (long i = 0, at = offset + shift; at + header.Length <= directoryEnd; i++)
        {
            if (i >= EntriesMax)
            {
                Oddities.Add((at, $"The archive has more than {EntriesMax:N0} entries."));
                break;
            }
            content.Position = at;
            content.ReadExactly(header);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) != EntryMark)
            {
                Oddities.Add((at, "The archive's directory is broken: what follows is not seen."));
                break;
            }
            var (name, extra, comment) = (BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28)), BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(30)), BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(32)));
            if (at + header.Length + name + extra + comment > directoryEnd)
            {
                Oddities.Add((at, "The archive's directory is cut."));
                break;
            }
            var text = new byte[name + extra];
            content.ReadExactly(text);
            Entries.Add(ZipEntry.Of(header, text.AsSpan(0, name), text.AsSpan(name), shift));
            at += header.Length + name + extra + comment;
        }
        if (Entries.Count != count) Oddities.Add((endAt, $"The archive says that it has {count:N0} entries; its directory has {Entries.Count:N0}."));
        Compare(content, offset + shift);
    }

    /// <summary>The larger end record of archives beyond 4 GiB or 65,535 entries.</summary>
    private static (long Count, long Size, long Offset, long End)? Wide(Stream content, long endAt)
    {
        var locator = new byte[20];
        if (endAt < 20 + 56) return null;
        content.Position = endAt - 20;
        content.ReadExactly(locator);
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != Locator64Mark) return null;
        var record = new byte[56];
        var at = BinaryPrimitives.ReadInt64LittleEndian(locator.AsSpan(8));
        // Its own offset is off where something was put before the archive; then it stands right before the locator.
        foreach (var place in (long[])[at, endAt - 20 - 56])
        {
            if (place < 0 || place + 56 > endAt - 20) continue;
            content.Position = place;
            content.ReadExactly(record);
            if (BinaryPrimitives.ReadUInt32LittleEndian(record) == End64Mark)
                return (BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(32)), BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(40)), BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(48)), place);
        }
        return null;
    }

    private void Compare(Stream content, long directoryAt)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var header = new byte[30];
        FirstByte = Entries.Count == 0 ? directoryAt : Entries.Min(static entry => entry.HeaderOffset);
        for (var i = 0; i < Entries.Count; i++)
        {
            var entry = Entries[i];
            if (!names.Add(entry.Name)) entry = entry with { Wrong = "The archive has this name twice: readers differ in which one they take." };
            if (entry.HeaderOffset < 0 || entry.HeaderOffset + header.Length > directoryAt)
            {
                Entries[i] = entry with { Wrong = "Its header lies beyond the archive.", PackedBytes = 0, Bytes = 0 };
                continue;
            }
            content.Position = entry.HeaderOffset;
            content.ReadExactly(header);
            var (nameBytes, extraBytes) = (BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(26)), BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28)));
            var name = new byte[nameBytes];
            var data = entry.HeaderOffset + header.Length + nameBytes + extraBytes;
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) != HeaderMark || data > directoryAt)
            {
                Entries[i] = entry with { Wrong = "It has no header where the directory says.", PackedBytes = 0, Bytes = 0 };
                continue;
            }
            content.ReadExactly(name);
            var (flags, method) = (BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(6)), BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(8)));
            entry = entry with { DataOffset = data };
            if (!name.AsSpan().SequenceEqual(entry.NameBytes)) entry = entry with { Wrong = $"Its header calls it '{ZipEntry.Text(name)}': the directory and the header differ." };
            else if (method != entry.Method) entry = entry with { Wrong = "The directory and its header differ in how it is packed." };
            else if (((flags | entry.Flags) & 1) != 0) entry = entry with { Wrong = "It is marked as encrypted: readers that skip it, and readers that do not care, differ." };
            else if (data + entry.PackedBytes > directoryAt) entry = entry with { Wrong = "It is longer than the archive." };
            Entries[i] = entry;
        }
        // Overlapping entries unpack the same bytes again and again; bytes that belong to none are seen by readers that go from header to header.
        var reached = FirstByte;
        foreach (var entry in Entries.Where(static entry => entry.DataOffset > 0).OrderBy(static entry => entry.HeaderOffset))
        {
            if (entry.HeaderOffset < reached)
            {
                Oddities.Add((entry.HeaderOffset, "Entries of the archive overlap."));
                break;
            }
            // A descriptor of at most 24 bytes may follow an entry.
            if (entry.HeaderOffset - reached > 24)
            {
                Oddities.Add((reached, "There are bytes in the archive that belong to none of its entries."));
                break;
            }
            reached = entry.DataOffset + entry.PackedBytes;
        }
        if (Entries.Count > 0 && directoryAt - reached > 24 && Oddities.Count == 0) Oddities.Add((reached, "There are bytes in the archive that belong to none of its entries."));
    }
}

/// <summary>An entry of an archive's directory.</summary>
internal sealed record ZipEntry(string Name, byte[] NameBytes, int Flags, int Method, long PackedBytes, long Bytes, long HeaderOffset, bool IsLink)
{
    /// <summary>Where its bytes begin; 0 when they were not found.</summary>
    public long DataOffset { get; init; }

    /// <summary>What is wrong with it, or null.</summary>
    public string? Wrong { get; init; }

    /// <summary>Whether it is a folder.</summary>
    public bool IsFolder => Name.EndsWith('/') && Bytes == 0;

    /// <summary>Reads one of the directory's headers.</summary>
    public static ZipEntry Of(ReadOnlySpan<byte> header, ReadOnlySpan<byte> name, ReadOnlySpan<byte> extra, long shift)
    {
        long packed = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]), bytes = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]), offset = BinaryPrimitives.ReadUInt32LittleEndian(header[42..]);
        // Sizes beyond 4 GiB stand in an extra field, in this order, those that are needed.
        while (extra.Length >= 4)
        {
            var (id, length) = (BinaryPrimitives.ReadUInt16LittleEndian(extra), BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]));
            if (length > extra.Length - 4) break;
            var field = extra.Slice(4, length);
            if (id == 1)
            {
                Take(ref bytes, ref field);
                Take(ref packed, ref field);
                Take(ref offset, ref field);
            }
            extra = extra[(4 + length)..];
        }
        const int Links = 0xa000, Kinds = 0xf000;
        var mode = (int)(BinaryPrimitives.ReadUInt32LittleEndian(header[38..]) >> 16);
        return new ZipEntry(Text(name), name.ToArray(), BinaryPrimitives.ReadUInt16LittleEndian(header[8..]), BinaryPrimitives.ReadUInt16LittleEndian(header[10..]), Math.Max(0, packed), Math.Max(0, bytes), offset + shift, header[5] is 3 && (mode & Kinds) == Links);

        static void Take(ref long value, ref ReadOnlySpan<byte> field)
        {
            if (value != 0xffffffff || field.Length < 8) return;
            value = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[8..];
        }
    }

    /// <summary>A name as people read it: for messages and for what lies inside.</summary>
    public static string Text(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(name[..Math.Min(name.Length, 500)]);
}
