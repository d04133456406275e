using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Slipway.Prediction.Json;

/// <summary>A text of JSON as it stands in the body: without its quotes, escapes not yet undone.</summary>
internal readonly unsafe struct JsonText(byte* start, int length, bool escaped)
{
    /// <summary>The bytes between the quotes.</summary>
    public ReadOnlySpan<byte> Raw => new(start, length);

    /// <summary>Whether there is a backslash in it.</summary>
    public bool Escaped => escaped;

    /// <summary>What it means, as bytes; null when an escape is wrong or half of a pair.</summary>
    public byte[]? Bytes()
    {
        if (!escaped) return Raw.ToArray();
        var bytes = new byte[length];
        fixed (byte* to = bytes)
            return Write(to) is >= 0 and var written ? bytes[..written] : null;
    }

    /// <summary>What it means; for messages, so that what is no text becomes a question mark.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Bytes() ?? Raw.ToArray());

    /// <summary>Whether it means these bytes.</summary>
    public bool Is(ReadOnlySpan<byte> name) => escaped ? Bytes() is { } bytes && name.SequenceEqual(bytes) : name.SequenceEqual(Raw);

    /// <summary>Writes what it means; never more bytes than it has.</summary>
    /// <returns>How many, or -1 when an escape is wrong.</returns>
    public int Write(byte* to)
    {
        if (!escaped)
        {
            Raw.CopyTo(new Span<byte>(to, length));
            return length;
        }
        var written = to;
        var at = start;
        var end = start + length;
        while (at < end)
        {
            if (*at != '\\')
            {
                *written++ = *at++;
                continue;
            }
            if (at[1] == 'u')
            {
                if (!Hex(at + 2, end, out var unit)) return -1;
                at += 6;
                int rune = unit;
                if (char.IsHighSurrogate((char)unit))
                {
                    if (end - at < 6 || at[0] != '\\' || at[1] != 'u' || !Hex(at + 2, end, out var low) || !char.IsLowSurrogate((char)low)) return -1;
                    at += 6;
                    rune = char.ConvertToUtf32((char)unit, (char)low);
                }
                else if (char.IsLowSurrogate((char)unit)) return -1;
                written += new Rune(rune).EncodeToUtf8(new Span<byte>(written, 4));
                continue;
            }
            var plain = at[1] switch { (byte)'n' => '\n', (byte)'t' => '\t', (byte)'r' => '\r', (byte)'b' => '\b', (byte)'f' => '\f', (byte)'"' => '"', (byte)'\\' => '\\', (byte)'/' => '/', _ => '\0' };
            if (plain == 0) return -1;
            *written++ = (byte)plain;
            at += 2;
        }
        return (int)(written - to);
    }

    private static bool Hex(byte* at, byte* end, out int unit)
    {
        unit = 0;
        if (end - at < 4) return false;
        for (var i = 0; i < 4; i++)
        {
            var digit = HexConverter(at[i]);
            if (digit < 0) return false;
            unit = (unit << 4) | digit;
        }
        return true;
    }

    private static int HexConverter(byte letter) => letter switch
    {
        >= (byte)'0' and <= (byte)'9' => letter - '0',
        >= (byte)'a' and <= (byte)'f' => letter - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => letter - 'A' + 10,
        _ => -1,
    };
}

/// <summary>Walks through JSON where it stands. The first fault stops it and is kept; whoever asks afterwards gets false.</summary>
/// <remarks>The bytes are pinned by the caller and end with at least 8 zeros.</remarks>
internal unsafe ref struct JsonCursor
{
    /// <summary>The deepest nesting.</summary>
    public const int DepthMax = 64;

    private static readonly SearchValues<byte> EndsText = SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, 32).Select(static code => (byte)code)]);

    private readonly byte* start;
    private readonly byte* end;

    /// <summary>The next byte.</summary>
    public byte* At;

    /// <summary>A cursor at the beginning.</summary>
    public JsonCursor(byte* start, long length)
    {
        this.start = start;
        end = start + length;
        At = start;
    }

    /// <summary>What was wrong first, or null.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>How far it has come, in bytes.</summary>
    public readonly long Offset => At - start;

    /// <summary>Bytes that are left.</summary>
    public readonly long Left => end - At;

    /// <summary>The next byte after spaces.</summary>
    public byte Next()
    {
        while (*At is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') At++;
        return *At;
    }

    /// <summary>Passes this byte if it comes next.</summary>
    public bool Take(char letter)
    {
        if (Next() != letter) return false;
        At++;
        return true;
    }

    /// <summary>Passes this byte, or fails.</summary>
    public bool Expect(char letter, string what = "") => Take(letter) || Broken(what.Length > 0 ? what : $"'{letter}'");

    /// <summary>What comes next is a literal such as null; passes it.</summary>
    public bool Word(ReadOnlySpan<byte> word)
    {
        Next();
        if (!JsonNumber.Begins(At, word)) return false;
        At += word.Length;
        return true;
    }

    /// <summary>Between members or elements: true after a comma, false after the closing letter or a fault.</summary>
    public bool More(char closing)
    {
        if (Take(',')) return true;
        if (!Take(closing)) Broken($"',' or '{closing}'");
        return false;
    }

    /// <summary>A text.</summary>
    public bool Text(out JsonText text)
    {
        text = default;
        if (Next() != '"') return Broken("a text in quotes");
        var first = ++At;
        var escaped = false;
        while (true)
        {
            // A body may be larger than a span of it from here on is long: 64 MB is far below.
            var stop = new ReadOnlySpan<byte>(At, (int)Math.Max(0, end - At)).IndexOfAny(EndsText);
            if (stop < 0)
            {
                At = end;
                return Broken("the closing quote of a text");
            }
            At += stop;
            if (*At == '"') break;
            if (*At != '\\') return Broken("a text without line ends and other control characters (escape them)");
            escaped = true;
            if (end - At < 2)
            {
                At = end;
                return Broken("the rest of an escape");
            }
            At += 2;
        }
        text = new JsonText(first, (int)(At - first), escaped);
        if (!Utf8.IsValid(text.Raw)) return Fail(Problem.Invalid($"The body's text at byte {first - start:N0} is not valid UTF-8."));
        At++;
        return true;
    }

    /// <summary>The name of a member and its colon.</summary>
    public bool Name(out JsonText name) => Text(out name) && Expect(':');

    /// <summary>Passes any value.</summary>
    public bool Skip(int depth = DepthMax)
    {
        switch (Next())
        {
            case (byte)'{':
                if (depth == 0) return TooDeep();
                At++;
                if (Take('}')) return true;
                do if (!Name(out _) || !Skip(depth - 1)) return false;
                while (More('}'));
                return Problem is null;
            case (byte)'[':
                if (depth == 0) return TooDeep();
                At++;
                if (Take(']')) return true;
                do if (!Skip(depth - 1)) return false;
                while (More(']'));
                return Problem is null;
            case (byte)'"':
                return Text(out _);
            case (byte)'t' or (byte)'f' or (byte)'n':
                return Word("true"u8) || Word("false"u8) || Word("null"u8) || Broken("a value");
            default:
                var after = JsonNumber.Pass(At);
                if (after == null) return Broken("a value");
                At = after;
                return true;
        }
    }

    /// <summary>Nothing but spaces is left.</summary>
    public bool Ends() => (Next() == 0 && At == end) || Broken("the end of the body");

    /// <summary>Fails with what was expected here.</summary>
    public bool Broken(string expected) => Fail(Problem.Invalid($"The body is not the JSON that was expected, at byte {Offset:N0}: expected {expected}, got {Seen()}."));

    /// <summary>Fails.</summary>
    public bool Fail(Problem problem)
    {
        Problem ??= problem;
        return false;
    }

    /// <summary>The value that stands here, cut short, for a message.</summary>
    public string Seen()
    {
        Next();
        if (At >= end) return "the end of the body";
        return *At switch
        {
            (byte)'{' => "an object",
            (byte)'[' => "an array",
            (byte)'"' => "text " + Shown(),
            _ => Shown(),
        };
    }

    private readonly string Shown()
    {
        const int Max = 40;
        var length = 1;
        if (*At == '"')
        {
            while (At + length < end && length < Max && At[length] != '"') length++;
            if (At + length < end && length < Max) length++;
        }
        else
        {
            while (At + length < end && length < Max && At[length] is not ((byte)',' or (byte)']' or (byte)'}' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')) length++;
        }
        var text = Encoding.UTF8.GetString(At, length);
        return length == Max ? text + "..." : text;
    }

    private bool TooDeep() => Fail(Problem.Invalid($"The body is nested deeper than {DepthMax} levels at byte {Offset:N0}."));
}
