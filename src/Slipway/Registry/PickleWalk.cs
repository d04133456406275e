using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Registry;

/// <summary>How the walk through a pickle ended.</summary>
internal enum PickleEnd
{
    /// <summary>At its STOP.</summary>
    Stop,
    /// <summary>It is no pickle from here on, or a broken one: a loader would have done what came before.</summary>
    Broken,
    /// <summary>At a limit.</summary>
    Limit,
}

/// <summary>
/// Walks through a pickle, opcode by opcode of all protocols, with stack, marks and memo as the loader keeps them, and runs nothing: what is imported shows also where its name is put together, fetched from
/// the memo or hidden in an opcode that takes it from the stack. It never throws for what it reads, and its memory and time are bounded.
/// </summary>
/// <remarks>The machine: Lib/pickletools.py of CPython, which documents each opcode; the arrays between opcodes: joblib's numpy_pickle.</remarks>
internal sealed partial class PickleWalk(ScanBytes bytes, Action<PickleFinding> report, long opcodesMax, bool arrays, int depth = 0)
{
    /// <summary>The most values on the stack, and entries of the memo.</summary>
    public const int ValuesMax = 2_000_000;

    /// <summary>The longest text that is remembered: no import has a longer name.</summary>
    private const int TextCharsMax = 1_000;

    private const int DepthMax = 16;

    private readonly List<PickleValue> stack = [];
    private readonly Stack<int> marks = [];
    private readonly Dictionary<long, PickleValue> memo = [];
    private readonly Dictionary<string, PickleFinding> found = new(StringComparer.Ordinal);
    private long opcodes;

    /// <summary>How many names were imported.</summary>
    public int Imports { get; private set; }

    /// <summary>How many calls there were.</summary>
    public int Calls { get; private set; }

    /// <summary>How many opcodes were read.</summary>
    public long Opcodes => opcodes;

    /// <summary>Whether it has arrays between its opcodes, as joblib writes them.</summary>
    public bool HasArrays { get; private set; }

    /// <summary>Whether it asks its loader for things by id, as PyTorch's do for storages.</summary>
    public long? AsksById { get; private set; }

    /// <summary>What is wrong where it broke.</summary>
    public string? Why { get; private set; }

    /// <summary>Where the opcode began that the walk ended with.</summary>
    public long At { get; private set; }

    /// <summary>Walks to the STOP.</summary>
    public PickleEnd Run(Func<bool>? timeIsUp = null)
    {
        while (true)
        {
            At = bytes.Position;
            if (++opcodes > opcodesMax || stack.Count > ValuesMax || memo.Count > ValuesMax || (opcodes & 0xffff) == 0 && timeIsUp?.Invoke() is true)
            {
                Why = opcodes > opcodesMax ? $"It has more than {opcodesMax:N0} opcodes." : stack.Count > ValuesMax || memo.Count > ValuesMax ? $"It has more than {ValuesMax:N0} values at once." : "It takes too long.";
                return PickleEnd.Limit;
            }
            var opcode = bytes.Byte();
            if (opcode < 0) return Break("It ends before its STOP.");
            if (opcode == '.')
            {
                return stack.Count > 0 ? PickleEnd.Stop : Break("It stops with nothing made.");
            }
            if (Step(opcode) is { } wrong) return Break(wrong);
        }
    }

    private PickleEnd Break(string why)
    {
        Why = why;
        return PickleEnd.Broken;
    }

    private string? Step(int opcode) => opcode switch
    {
        // Constants
        'N' or 0x88 or 0x89 => Push(PickleValue.Other),
        'J' => Integer(4),
        'K' => Integer(1),
        'M' => Integer(2),
        0x8a => Long(1),
        0x8b => Long(4),
        'I' or 'L' => IntegerLine(),
        'F' => Line() is null ? NoLine : Push(PickleValue.Other),
        'G' => bytes.Skip(8) ? Push(PickleValue.Other) : Cut,
        'T' => TextOf(4),
        'U' => TextOf(1),
        'X' => TextOf(4),
        0x8c => TextOf(1),
        0x8d => TextOf(8),
        'S' => Quoted(),
        'V' => Line() is { } raw ? Push(Text(Unescape(raw))) : NoLine,
        'B' => BytesOf(4),
        'C' => BytesOf(1),
        0x8e => BytesOf(8),
        0x96 => BytesOf(8),
        // Collections
        '}' => Push(new PickleValue(PickleKind.Pairs)),
        ']' or ')' or 0x8f => Push(new PickleValue(PickleKind.Items)),
        'l' or 't' or 0x91 => Collect(PickleKind.Items),
        'd' => Collect(PickleKind.Pairs),
        0x85 => Tuple(1),
        0x86 => Tuple(2),
        0x87 => Tuple(3),
        'a' => Put(1),
        's' => Put(2),
        'e' or 'u' or 0x90 => PutAll(),
        // Stack and memo
        '(' => Mark(),
        '0' => Drop(),
        '1' => PopMark(out _),
        '2' => stack.Count == 0 ? Empty : Push(stack[^1]),
        'p' => LineNumber() is { } to ? Remember(to) : NoNumber,
        'q' => Remember(bytes.Number(1)),
        'r' => Remember(bytes.Number(4)),
        0x94 => Remember(memo.Count),
        'g' => LineNumber() is { } from ? Recall(from) : NoNumber,
        'h' => Recall(bytes.Number(1)),
        'j' => Recall(bytes.Number(4)),
        // Imports and calls
        'c' => Global(),
        0x93 => StackGlobal(),
        'i' => Instance(),
        'R' => Reduce(),
        'o' => Make(),
        0x81 => New(withNames: false),
        0x92 => New(withNames: true),
        'b' => Build(),
        'P' => Line() is null ? NoLine : ById(),
        'Q' => Pop() is null ? Empty : ById(),
        0x82 => Extension(1),
        0x83 => Extension(2),
        0x84 => Extension(4),
        // Frames and buffers
        0x80 => bytes.Byte() is >= 0 and <= 5 ? null : "Its protocol is none of 0 to 5.",
        0x95 => bytes.Number(8) is null ? Cut : null,
        0x97 => Buffer(),
        0x98 => stack.Count == 0 ? Empty : null,
        _ => $"0x{opcode:x2} is no opcode.",
    };

    private const string Cut = "It ends within an argument.", Empty = "It takes a value from an empty stack.", NoLine = "It ends within a line, or the line is too long.", NoMark = "It goes back to a mark, and there is none.", NoNumber = "It has an index that is no number.";

    private string? Push(PickleValue value)
    {
        stack.Add(value);
        return null;
    }

    // What lies below the innermost mark is out of reach, as in the loader.
    private PickleValue? Pop()
    {
        if (stack.Count == 0 || marks.Count > 0 && stack.Count <= marks.Peek()) return null;
        var top = stack[^1];
        stack.RemoveAt(stack.Count - 1);
        return top;
    }

    private string? Mark()
    {
        marks.Push(stack.Count);
        return marks.Count > ValuesMax ? "It has too many marks." : null;
    }

    private string? Drop()
    {
        // POP on a mark takes the mark.
        if (marks.Count > 0 && stack.Count == marks.Peek()) marks.Pop();
        else if (Pop() is null) return Empty;
        return null;
    }

    private string? PopMark(out List<PickleValue> above)
    {
        above = [];
        if (!marks.TryPop(out var from) || from > stack.Count) return NoMark;
        above = stack.GetRange(from, stack.Count - from);
        stack.RemoveRange(from, stack.Count - from);
        return null;
    }

    private string? Integer(int size)
    {
        Span<byte> read = stackalloc byte[4];
        if (!bytes.Exact(read[..size])) return Cut;
        var number = size switch { 1 => read[0], 2 => BinaryPrimitives.ReadUInt16LittleEndian(read), _ => (long)BinaryPrimitives.ReadInt32LittleEndian(read) };
        return Push(Number(number));
    }

    private string? Long(int size)
    {
        if (bytes.Number(size) is not { } length) return Cut;
        if (length > 32) return bytes.Skip(length) ? Push(PickleValue.Other) : Cut;
        var read = new byte[length];
        if (!bytes.Exact(read)) return Cut;
        var number = new System.Numerics.BigInteger(read);
        return Push(new PickleValue(PickleKind.Number, number.ToString(CultureInfo.InvariantCulture), number >= long.MinValue && number <= long.MaxValue ? (long)number : -1));
    }

    private string? IntegerLine() => Line() is not { } line ? NoLine
        : long.TryParse(line.AsSpan().Trim().TrimEnd('L'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? Push(Number(number)) : Push(PickleValue.Other);

    private static PickleValue Number(long number) => new(PickleKind.Number, number.ToString(CultureInfo.InvariantCulture), number);

    private string? TextOf(int size)
    {
        if (bytes.Number(size) is not { } length || bytes.Text(length, TextCharsMax, out var kept) is not { } text) return Cut;
        return Push(kept ? Text(text) : PickleValue.Other);
    }

    private static PickleValue Text(string text) => text.Length > TextCharsMax ? PickleValue.Other : new PickleValue(PickleKind.Text, text);

    private string? BytesOf(int size) => bytes.Number(size) is { } length && bytes.Skip(length) ? Push(PickleValue.Other) : Cut;

    private string? Line() => bytes.Line() is { } line ? Encoding.UTF8.GetString(line) : null;

    private long? LineNumber() => Line() is { } line && long.TryParse(line.AsSpan().Trim().TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A text as Python would write it, in quotes, with its escapes.</summary>
    private string? Quoted()
    {
        if (Line() is not { } line) return NoLine;
        var text = line.Trim();
        if (text.Length < 2 || text[0] != text[^1] || text[0] is not ('\'' or '"')) return "A text without its quotes.";
        return Push(Text(Unescape(text[1..^1])));
    }

    private static string Unescape(string text) => text.Length > 10 * TextCharsMax || !text.Contains('\\') ? text : Escape().Replace(text, static match => match.Value[1] switch
    {
        'x' or 'u' or 'U' => int.TryParse(match.ValueSpan[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var code) && code is >= 0 and <= 0x10ffff and not (>= 0xd800 and <= 0xdfff) ? char.ConvertFromUtf32(code) : "\ufffd",
        >= '0' and <= '7' => ((char)Convert.ToInt32(match.Value[1..], 8)).ToString(),
        'n' => "\n",
        't' => "\t",
        'r' => "\r",
        'a' => "\a",
        'b' => "\b",
        'f' => "\f",
        'v' => "\v",
        '\n' => "",
        var other => other.ToString(),
    });

    private string? Tuple(int count)
    {
        var made = new PickleValue(PickleKind.Items);
        var values = new PickleValue[count];
        for (var i = count - 1; i >= 0; i--)
        {
            if (Pop() is not { } value) return Empty;
            values[i] = value;
        }
        foreach (var value in values) made.Add(value);
        return Push(made);
    }

    private string? Collect(PickleKind kind)
    {
        if (PopMark(out var items) is { } wrong) return wrong;
        var made = new PickleValue(kind);
        foreach (var item in items) made.Add(item);
        return Push(made);
    }

    private string? Put(int count)
    {
        var (last, first) = (Pop(), count == 2 ? Pop() : PickleValue.Other);
        if (last is null || first is null || stack.Count == 0) return Empty;
        return PutInto(count == 2 ? [first, last] : [last]);
    }

    private string? PutAll() => PopMark(out var items) is { } wrong ? wrong : stack.Count == 0 ? Empty : PutInto(items);

    private string? PutInto(List<PickleValue> items)
    {
        if (stack[^1].Kind is PickleKind.Import) Report(stack[^1].Text!, ImportVerdict.Runs, "Changes what it imports");
        foreach (var item in items) stack[^1].Add(item);
        return null;
    }

    private string? Remember(long? place)
    {
        if (place is not { } at) return Cut;
        if (stack.Count == 0) return Empty;
        memo[at] = stack[^1];
        return null;
    }

    private string? Recall(long? place) => place is not { } at ? Cut : memo.TryGetValue(at, out var value) ? Push(value) : "It recalls what it never remembered.";

    private string? Global()
    {
        if (Line() is not { } module || Line() is not { } name) return NoLine;
        if (!Name().IsMatch(module) || !Name().IsMatch(name)) return "It imports what cannot be a name.";
        return Push(Import(module, name));
    }

    private string? StackGlobal()
    {
        if (Pop() is not { } name || Pop() is not { } module) return Empty;
        if (module.Kind is PickleKind.Text && name.Kind is PickleKind.Text)
        {
            // A dotted or odd name is what the loader would look for, too.
            return Push(Import(module.Text!, name.Text!));
        }
        const string Hidden = "(a name that is put together while loading)";
        Imports++;
        Report(Hidden, ImportVerdict.Runs, "Imports");
        return Push(new PickleValue(PickleKind.Import, Hidden));
    }

    private PickleValue Import(string module, string name)
    {
        Imports++;
        var full = $"{module}.{name}";
        if (PickleImports.Judge(module, name) is var verdict and not ImportVerdict.Known) Report(full, verdict, "Imports");
        return new PickleValue(PickleKind.Import, full);
    }

    private string? Instance()
    {
        if (Line() is not { } module || Line() is not { } name) return NoLine;
        if (!Name().IsMatch(module) || !Name().IsMatch(name)) return "It imports what cannot be a name.";
        return PopMark(out var arguments) is { } wrong ? wrong : Call(Import(module, name), arguments);
    }

    private string? Reduce() => Pop() is not { } arguments || Pop() is not { } callable ? Empty : Call(callable, arguments.Kind is PickleKind.Items ? arguments.Items : [arguments]);

    private string? Make()
    {
        if (PopMark(out var values) is { } wrong) return wrong;
        return values.Count == 0 ? Empty : Call(values[0], values[1..]);
    }

    private string? New(bool withNames)
    {
        if (withNames && Pop() is null) return Empty;
        return Pop() is not { } arguments || Pop() is not { } type ? Empty : Call(type, arguments.Kind is PickleKind.Items ? arguments.Items : [arguments]);
    }

    private string? Call(PickleValue callable, List<PickleValue> arguments)
    {
        Calls++;
        if (callable.Kind is not PickleKind.Import)
        {
            Report(callable.Kind is PickleKind.Made ? $"(what {callable.Text} made)" : "(something that is not imported)", ImportVerdict.Runs, "Calls");
            return Push(PickleValue.Other);
        }
        if (found.TryGetValue(callable.Text!, out var known)) known.Called(arguments.FirstOrDefault(static one => one.Kind is PickleKind.Text)?.Text);
        // The one function among those allowed that imports a module by what it is told.
        if (callable.Text is "_codecs.encode" && !(arguments is [_] or [_, { Kind: PickleKind.Text, Text: "latin1" or "latin-1" or "utf-8" or "utf8" or "ascii" }])) Report("_codecs.encode", ImportVerdict.Runs, "Calls, with an encoding of its choice,");
        var made = new PickleValue(PickleKind.Made, callable.Text);
        foreach (var argument in arguments) made.Add(argument);
        return Push(made);
    }

    private string? Build()
    {
        if (Pop() is not { } state || stack.Count == 0) return Empty;
        var target = stack[^1];
        if (target.Kind is PickleKind.Import) Report(target.Text!, ImportVerdict.Runs, "Changes what it imports");
        if (target.Kind is not PickleKind.Made) return null;
        return arrays && target.Text is "joblib.numpy_pickle.NumpyArrayWrapper" or "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper" ? Array(state) : null;
    }

    /// <summary>The array that joblib writes after its wrapper: padding, then its bytes; of objects another pickle.</summary>
    private string? Array(PickleValue state)
    {
        HasArrays = true;
        if (state["shape"] is not { Kind: PickleKind.Items, Whole: true } shape || state["dtype"] is not { Kind: PickleKind.Made, Text: "numpy.dtype" } type || type.Items is not [{ Kind: PickleKind.Text, Text: { } code }, ..]) return "An array whose shape or type is not said.";
        if (code.StartsWith('O'))
        {
            if (depth >= DepthMax) return "Arrays of objects in arrays of objects, too deep.";
            var inner = new PickleWalk(bytes, report, opcodesMax - opcodes, arrays, depth + 1);
            var end = inner.Run();
            (opcodes, Imports, Calls) = (opcodes + inner.opcodes, Imports + inner.Imports, Calls + inner.Calls);
            return end is PickleEnd.Stop ? null : inner.Why;
        }
        if (state["numpy_array_alignment_bytes"] is { Kind: PickleKind.Number } && (bytes.Byte() is var padding and >= 0 && !bytes.Skip(padding))) return Cut;
        if (ItemBytes().Match(code) is not { Success: true } size) return $"An array of the type '{code}'.";
        // A text's length is said in characters of four bytes.
        System.Numerics.BigInteger total = int.Parse(size.Groups[2].ValueSpan, CultureInfo.InvariantCulture) * (size.Groups[1].ValueSpan is "U" ? 4L : 1L);
        foreach (var dimension in shape.Items)
        {
            if (dimension.Kind is not PickleKind.Number || dimension.Number < 0) return "An array whose shape is no shape.";
            total *= dimension.Number;
        }
        return total <= long.MaxValue && bytes.Skip((long)total) ? null : "An array that is longer than the file.";
    }

    private string? ById()
    {
        AsksById ??= At;
        return Push(PickleValue.Other);
    }

    private string? Extension(int size)
    {
        if (bytes.Number(size) is not { } code) return Cut;
        Imports++;
        Report($"(extension {code})", ImportVerdict.Runs, "Imports");
        return Push(new PickleValue(PickleKind.Import, $"(extension {code})"));
    }

    private string? Buffer()
    {
        Report("(a buffer that is not in the file)", ImportVerdict.Unknown, "Asks for");
        return Push(PickleValue.Other);
    }

    private void Report(string name, ImportVerdict verdict, string does)
    {
        if (found.TryGetValue(name, out var known))
        {
            known.Raise(verdict, does);
            return;
        }
        // One finding for each name: a model that imports it a million times says nothing more.
        if (found.Count >= ModelScan.FindingsMax) return;
        var finding = new PickleFinding(At, name, verdict, does);
        found[name] = finding;
        report(finding);
    }

    [GeneratedRegex(@"^[^\s\x00-\x1f(){}\[\]'""=;,:<>]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|[\s\S])", RegexOptions.CultureInvariant)]
    private static partial Regex Escape();

    [GeneratedRegex(@"^([a-zA-Z?])([0-9]{1,9})(\[[a-zA-Z]+\])?$", RegexOptions.CultureInvariant)]
    private static partial Regex ItemBytes();
}

/// <summary>Something that a pickle imports and should not.</summary>
internal sealed class PickleFinding(long offset, string name, ImportVerdict verdict, string does)
{
    /// <summary>Where the opcode stands that imports it.</summary>
    public long Offset => offset;

    /// <summary>Module and name, or a description in parentheses.</summary>
    public string Name => name;

    /// <summary>How bad it is.</summary>
    public ImportVerdict Verdict => verdict;

    /// <summary>A sentence.</summary>
    public string What => $"{does} {name}{(verdict is ImportVerdict.Unknown && !name.StartsWith('(') ? ", which is not among what models are known to need" : "")}{(with is null ? "" : $", with '{with}'")}.";

    private string? with;

    /// <summary>It is called, too.</summary>
    public void Called(string? argument)
    {
        if (does is "Imports") does = "Calls";
        if (argument is not null) with ??= argument.Length > 100 ? argument[..100] + "..." : argument;
    }

    /// <summary>It is used in a worse way.</summary>
    public void Raise(ImportVerdict other, string way)
    {
        if (other > verdict) (verdict, does) = (other, way);
    }
}
