using System.Text;
using Slipway.Registry;
using static Slipway.Tests.Registry.Pickles;

namespace Slipway.Tests.Registry;

/// <summary>Ways in which pickles hide what they run: from the literature, from advisories on scanners, and from the machine itself. None passes.</summary>
public sealed class PickleScanTests
{
    private const string Magic = "\u0080\u0002\u008a\u000al\u00fc\u009cF\u00f9 j\u00a8P\u0019.";

    /// <summary>Each with what must be named, if it can be.</summary>
    public static TheoryData<string, byte[], string?> Bypasses => new()
    {
        // As written by pickle itself
        { "protocol 0", Of("cos\nsystem\n(S'id'\ntR."), "os.system" },
        { "protocol 1", Of("cposix\nsystem\nq\0(U\u0002idtq\u0001Rq\u0002."), "posix.system" },
        { "protocol 2", Of(0x80, 2, "cposix\nsystem\nU\u0002id", 0x85, "R."), "posix.system" },
        { "protocol 4", Call("posix", "system"), "posix.system" },
        { "protocol 5 in a frame", Of(0x80, 5, 0x95, 20, "\0\0\0\0\0\0\0", Text("posix"), Text("system"), 0x93, Text("id"), 0x85, "R."), "posix.system" },
        { "Python 2's names", Of("c__builtin__\neval\n(S'1'\ntR."), "__builtin__.eval" },
        { "nt", Call("nt", "system"), "nt.system" },
        // Other ways to call
        { "INST", Of("(S'id'\nios\nsystem\n."), "os.system" },
        { "OBJ", Of("(cos\nsystem\nS'id'\no."), "os.system" },
        { "NEWOBJ", Of(0x80, 2, "csubprocess\nPopen\nU\u0002id", 0x85, 0x81, "."), "subprocess.Popen" },
        { "NEWOBJ_EX", Of(0x80, 4, Text("subprocess"), Text("Popen"), 0x93, Text("id"), 0x85, "}", 0x92, "."), "subprocess.Popen" },
        { "BUILD on an import", Of(0x80, 2, "cbuiltins\nobject\n}U\u0001aK\u0001sb."), "builtins.object" },
        { "SETITEM on an import", Of(0x80, 2, "ccollections\nOrderedDict\nU\u0001aK\u0001s."), "collections.OrderedDict" },
        { "extension registry", Of(0x80, 2, 0x82, 7, "U\u0002id", 0x85, "R."), "(extension 7)" },
        // Names that no list of texts shows
        { "from the memo", Of(0x80, 4, Text("posix"), 0x94, Text("system"), 0x94, "00h\0h\u0001", 0x93, Text("id"), 0x85, "R."), "posix.system" },
        { "memo overwritten", Of(0x80, 4, Text("collections"), "q\00", Text("posix"), "q\00", "h\0", Text("system"), 0x93, Text("id"), 0x85, "R."), "posix.system" },
        { "DUP and POP", Of(0x80, 4, Text("system"), Text("posix"), "20", "q\u00050q\u00060", "h\u0005h\u0006", 0x93, Text("id"), 0x85, "R."), "posix.system" },
        { "escapes in a text", Of("S'\\x70osix'\nS'sy\\163tem'\n", 0x93, "(S'id'\ntR."), "posix.system" },
        { "escapes in unicode", Of("V\\u0070osix\nVsystem\n", 0x93, "(S'id'\ntR."), "posix.system" },
        { "joined while loading", Of(0x80, 4, Text("posix"), "c_codecs\nencode\n", Text("system"), 0x85, "R", 0x93, Text("id"), 0x85, "R."), "(a name that is put together while loading)" },
        { "bytes as a name", Of(0x80, 4, Text("posix"), "C\u0006system", 0x93, Text("id"), 0x85, "R."), "(a name that is put together while loading)" },
        { "a name of 2,000 letters", Of(0x80, 4, "X\u00d0\u0007\0\0", new string('a', 2000), Text("system"), 0x93, Text("id"), 0x85, "R."), "(a name that is put together while loading)" },
        { "from attribute to attribute", Of(0x80, 4, Text("collections"), Text("OrderedDict.__init__.__globals__"), 0x93, "."), "collections.OrderedDict.__init__.__globals__" },
        { "submodules through a dotted name", Call("collections", "abc.sys.modules.get"), "collections.abc.sys.modules.get" },
        { "codec of one's choice", Of(0x80, 4, "c_codecs\nencode\n", Text("x"), Text("evil"), 0x86, "R."), "_codecs.encode" },
        { "what a call made is called", Of(0x80, 4, "ccollections\nOrderedDict\n)R", Text("id"), 0x85, "R."), "(what collections.OrderedDict made)" },
        // Functions that lists of the forbidden forgot, by advisories on picklescan, ModelScan and Fickling
        { "runpy", Call("runpy", "_run_code"), "runpy._run_code" },
        { "pip", Call("pip", "main"), "pip.main" },
        { "timeit", Call("timeit", "timeit"), "timeit.timeit" },
        { "cProfile", Call("cProfile", "run"), "cProfile.run" },
        { "profile", Call("profile", "runctx"), "profile.runctx" },
        { "doctest", Call("doctest", "debug_script"), "doctest.debug_script" },
        { "idlelib", Call("idlelib.pyshell", "ModifiedInterpreter.runcode"), "idlelib.pyshell.ModifiedInterpreter.runcode" },
        { "lib2to3", Call("lib2to3.pgen2.pgen", "ParserGenerator.make_label"), "lib2to3.pgen2.pgen.ParserGenerator.make_label" },
        { "ensurepip", Call("ensurepip", "_run_pip"), "ensurepip._run_pip" },
        { "code", Call("code", "InteractiveInterpreter"), "code.InteractiveInterpreter" },
        { "asyncio", Call("asyncio.unix_events", "_UnixSubprocessTransport._start"), "asyncio.unix_events._UnixSubprocessTransport._start" },
        { "importlib", Call("importlib", "import_module"), "importlib.import_module" },
        { "ctypes", Call("ctypes", "CDLL"), "ctypes.CDLL" },
        { "operator", Call("operator", "methodcaller"), "operator.methodcaller" },
        { "_operator", Call("_operator", "attrgetter"), "_operator.attrgetter" },
        { "functools", Call("functools", "partial"), "functools.partial" },
        { "linecache reads files", Call("linecache", "getlines"), "linecache.getlines" },
        { "fileinput", Call("fileinput", "input"), "fileinput.input" },
        { "logging writes files", Call("logging", "FileHandler"), "logging.FileHandler" },
        { "io", Call("_io", "FileIO"), "_io.FileIO" },
        { "ssl talks to the network", Call("ssl", "get_server_certificate"), "ssl.get_server_certificate" },
        { "numpy.testing runs a text", Call("numpy.testing._private.utils", "runstring"), "numpy.testing._private.utils.runstring" },
        { "numpy.f2py", Call("numpy.f2py.crackfortran", "getlincoef"), "numpy.f2py.crackfortran.getlincoef" },
        { "torch.hub", Call("torch.hub", "load"), "torch.hub.load" },
        { "torch.utils", Call("torch.utils.bottleneck.__main__", "run_cprofile"), "torch.utils.bottleneck.__main__.run_cprofile" },
        { "torch.utils.collect_env", Call("torch.utils.collect_env", "run"), "torch.utils.collect_env.run" },
        { "torch.jit", Call("torch.jit.unsupported_tensor_ops", "execWrapper"), "torch.jit.unsupported_tensor_ops.execWrapper" },
        { "torch.fx", Call("torch.fx.experimental.symbolic_shapes", "ShapeEnv.evaluate_guards_expression"), "torch.fx.experimental.symbolic_shapes.ShapeEnv.evaluate_guards_expression" },
        { "torch._dynamo", Call("torch._dynamo.guards", "GuardBuilder.get"), "torch._dynamo.guards.GuardBuilder.get" },
        { "torch._inductor", Call("torch._inductor.codecache", "compile_file"), "torch._inductor.codecache.compile_file" },
        { "torch loads another", Call("torch.storage", "_load_from_bytes"), "torch.storage._load_from_bytes" },
        { "torch.load", Call("torch", "load"), "torch.load" },
        { "joblib loads another", Call("joblib", "load"), "joblib.load" },
        { "pandas loads another", Call("pandas.io.pickle", "read_pickle"), "pandas.io.pickle.read_pickle" },
        { "scipy.stats executes its state", Call("scipy.stats._distn_infrastructure", "rv_frozen"), "scipy.stats._distn_infrastructure.rv_frozen" },
        { "sklearn's copy of joblib", Call("sklearn.externals.joblib", "load"), "sklearn.externals.joblib.load" },
        { "a module that nobody knows", Call("my_package.models", "Model"), "my_package.models.Model" },
        { "webbrowser", Call("webbrowser", "open"), "webbrowser.open" },
        { "requests", Call("requests.api", "get"), "requests.api.get" },
        { "getattr", Call("builtins", "getattr"), "builtins.getattr" },
        { "dunder", Call("builtins", "__import__"), "builtins.__import__" },
        { "pty", Call("pty", "spawn"), "pty.spawn" },
        { "bdb", Call("bdb", "Bdb.run"), "bdb.Bdb.run" },
        // Broken on purpose: loaders do what comes before the break
        { "no STOP", Of(0x80, 4, Text("posix"), Text("system"), 0x93, Text("id"), 0x85, "R"), "posix.system" },
        { "an unknown opcode after the call", Of("cos\nsystem\n(S'id'\ntR", 0xff), "os.system" },
        { "a cut argument after the call", Of("cos\nsystem\n(S'id'\ntRX\u00ff\u00ff\u00ff\u007f"), "os.system" },
        { "a POP that empties the stack after the call", Of("cos\nsystem\n(S'id'\ntR000000."), "os.system" },
        // In a place where a scanner stops and a loader goes on
        { "in the second pickle", Of(0x80, 2, "K\u0001.", Call("posix", "system")), "posix.system" },
        { "in the second pickle without header", Of(0x80, 2, "K\u0001.", "cos\nsystem\n(S'id'\ntR."), "os.system" },
        { "in the fourth part of PyTorch's old files", Of(Magic, 0x80, 2, "M\u00e9\u0003.", 0x80, 2, "}.", Call("posix", "system")), "posix.system" },
        { "behind joblib's array, for those who load it as a pickle", Joblib("cos\nsystem\n(S'id'\ntR."), "os.system" },
    };

    /// <summary>An array of joblib of so many bytes, whose bytes are a pickle's.</summary>
    private static byte[] Joblib(string bytes) => Of(0x80, 3, "cjoblib.numpy_pickle\nNumpyArrayWrapper\n)", 0x81, "}(X\u0005\0\0\0shapeK", bytes.Length, 0x85, "X\u0005\0\0\0dtypecnumpy\ndtype\nX\u0002\0\0\0u1K\0K\u0001", 0x87, "Rub", bytes, "N.");

    [Theory]
    [MemberData(nameof(Bypasses))]
    public void What_runs_code_is_found_however_it_hides(string way, byte[] content, string? name)
    {
        foreach (var file in (string[])["model.pkl", "model.bin", "weights", "readme.txt"])
        {
            var found = Scan(content, file).Findings;
            Assert.True(found is not null, $"{way} in {file}");
            if (name is not null) Assert.Contains(found, finding => finding.Name == name);
            var known = name is "my_package.models.Model" or "joblib.load" or "torch.load" or "pip.main";
            Assert.True(known || ModelScan.StatusOf(found) == ModelScan.Unsafe, $"{way}: {string.Join(' ', found.Select(finding => finding.What))}");
        }
    }

    [Theory]
    [MemberData(nameof(Bypasses))]
    public void Archives_and_arrays_hide_nothing(string way, byte[] content, string? name)
    {
        byte[] npy = [.. "\u0093NUMPY\u0001\0"u8.ToArray().Skip(1), 0x46, 0, .. Encoding.ASCII.GetBytes("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".PadRight(69) + "\n"), .. content];
        npy[0] = 0x93;
        foreach (var (wrapped, inside) in new (byte[], string?)[]
        {
            (Zip(("a/data.pkl", content)), "a/data.pkl"), (Zip(("innocent.txt", [1, 2]), ("x.bin", content)), "x.bin"), (Tar(("m.pkl", content)), "m.pkl"), (Gzip(content), "model"), (Zlib(content), "model"), (npy, null),
            (Gzip(Tar(("z.zip", Zip(("m.pkl", Zlib(content)))))), "model!z.zip!m.pkl!m"), ([.. "#!/bin/sh\n"u8, .. Zip(("m.pkl", content))], "m.pkl"),
        })
        {
            var found = Scan(wrapped, "model.dat").Findings ?? [];
            Assert.True(found.Any(finding => finding.Inside == inside && (name is null || finding.Name == name)), $"{way} in {inside}: {string.Join(' ', found.Select(finding => $"{finding.Inside}: {finding.What}"))}");
        }
    }

    [Fact]
    public void Findings_say_where_and_with_what()
    {
        var found = Assert.Single(Scan(Of("cos\nsystem\n(S'rm -rf /'\ntR.")).Findings!);
        Assert.Equal(("model.pkl", null, 0L, "unsafe", "Calls os.system, with 'rm -rf /'."), (found.File, found.Inside, found.Offset!.Value, found.Severity, found.What));
        var unknown = Assert.Single(Scan(Of(0x80, 2, "cmine\nThing\n)", 0x81, ".")).Findings!);
        Assert.Equal(("suspicious", "Calls mine.Thing, which is not among what models are known to need.", 2L), (unknown.Severity, unknown.What, unknown.Offset!.Value));
    }

    [Theory]
    [InlineData("conda env:\n  name: x\n", "conda.yaml")]
    [InlineData("import os\nos.system('x')\n", "code.py")]
    [InlineData("{\"a\": [1, 2, {\"b\": null}]}", "config.json")]
    [InlineData("(hello)\nI am a text.\n", "readme.md")]
    [InlineData("0.5\n1.5\n", "numbers.csv")]
    [InlineData("", "empty.pkl.txt")]
    [InlineData("N.", "two bytes.txt")]
    public void Texts_are_no_pickles(string text, string name) => Assert.Null(Scan(Encoding.UTF8.GetBytes(text), name).Findings);

    [Theory]
    [InlineData("model.pkl")]
    [InlineData("a.joblib")]
    [InlineData("weights.pt")]
    public void File_that_is_named_as_a_pickle_and_is_none_is_no_pass(string name)
    {
        foreach (var content in (byte[][])[[], [1, 2, 3], "hello"u8.ToArray(), [0x80], [0x80, 9, .. "K\u0001."u8]]) Assert.Equal(ModelScan.Suspicious, Status(content, name));
    }

    [Fact]
    public void Limits_end_the_walk_and_are_no_pass()
    {
        byte[] Many(int count, string what) => Of(0x80, 2, string.Concat(Enumerable.Repeat(what, count)), "N.");
        var limits = new ScanLimits { Opcodes = 10_000 };
        Assert.Contains("more than 10,000 opcodes", Scan(Many(6_000, "N0"), limits: limits).Findings![0].What, StringComparison.Ordinal);
        Assert.Contains("values at once", Scan(Many(PickleWalk.ValuesMax + 2, "N")).Findings![0].What, StringComparison.Ordinal);
        Assert.Equal(ModelScan.Suspicious, ModelScan.StatusOf(Scan(Many(600_000, "N0"), limits: new ScanLimits { Time = TimeSpan.Zero }).Findings!));
        // Ten thousand different names: a thousand are told, the rest is counted.
        var names = Of(0x80, 2, string.Concat(Enumerable.Range(0, 3_000).Select(i => $"cm{i}\nx\n0")), "N.");
        Assert.Equal(ModelScan.FindingsMax, Scan(names).Findings!.Length);
    }

    [Fact]
    public void No_bytes_make_the_walk_fail_or_run_long()
    {
        var random = new Random(7);
        var seeds = Bypasses.Select(static row => row.Data.Item2).ToArray();
        var opcodes = "().0123FIJKLMNPQRSTUVXabcdeghijlopqrstu]}GBC"u8.ToArray().Concat(Enumerable.Range(0x80, 0x19).Select(static one => (byte)one)).ToArray();
        for (var i = 0; i < 20_000; i++)
        {
            byte[] content;
            if (random.Next(2) == 0)
            {
                // A known one with some bytes changed, left out or doubled
                content = [.. seeds[random.Next(seeds.Length)]];
                for (var change = random.Next(1, 6); change > 0 && content.Length > 1; change--)
                {
                    var at = random.Next(content.Length);
                    content = random.Next(3) switch { 0 => [.. content[..at], .. content[(at + 1)..]], 1 => [.. content[..at], opcodes[random.Next(opcodes.Length)], .. content[at..]], _ => [.. content[..at], (byte)random.Next(256), .. content[(at + 1)..]] };
                }
            }
            else content = [.. Enumerable.Range(0, random.Next(60)).Select(_ => random.Next(5) == 0 ? (byte)random.Next(256) : opcodes[random.Next(opcodes.Length)])];
            Scan(content, "fuzz.bin");
            Scan([0x80, 4, .. content], "fuzz.pkl");
        }
    }
}
