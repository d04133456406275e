using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Slipway.Registry;

/// <summary>What a scan says of a name that a file imports.</summary>
internal enum ImportVerdict
{
    /// <summary>What models are made of.</summary>
    Known,
    /// <summary>Nothing is known of it.</summary>
    Unknown,
    /// <summary>It runs code, reads or writes files, or leads to what does.</summary>
    Runs,
}

/// <summary>
/// The names that pickles of models import. A list of what is allowed: one of what is forbidden never ends, since nearly every module has a way to run code.
/// What is listed must be harmless in any combination with the rest, whatever it is called with.
/// </summary>
internal static partial class PickleImports
{
    private static readonly FrozenSet<string> Allowed = new[]
    {
        // Python itself. Not: getattr, eval, type, print, map, filter, open, ... and nothing of functools or operator, which make callables.
        "builtins object|list|dict|set|frozenset|tuple|int|float|complex|bool|str|bytes|bytearray|slice|range|Ellipsis|NotImplemented|long|unicode|xrange|Exception|ValueError|TypeError|KeyError",
        "copyreg _reconstructor|__newobj__|__newobj_ex__",
        "_codecs encode",
        "collections OrderedDict|defaultdict|deque|Counter",
        "datetime datetime|date|time|timedelta|timezone",
        "decimal Decimal", "fractions Fraction", "uuid UUID", "types SimpleNamespace", "argparse Namespace", "re _compile", "_random Random", "random Random", "array array|_array_reconstructor",
        "pathlib Path|PurePath|PosixPath|PurePosixPath|WindowsPath|PureWindowsPath", "pathlib._local PosixPath|WindowsPath",
        "zoneinfo ZoneInfo._unpickle", "pytz _p|_UTC", "dateutil.tz.tz tzutc", "threading _RLock",
        // numpy
        "numpy dtype|ndarray|matrix|recarray|generic|bool_|bool|int8|int16|int32|int64|uint8|uint16|uint32|uint64|intc|intp|uintp|longlong|ulonglong|float16|float32|float64|longdouble|complex64|complex128|str_|bytes_|object_|void|datetime64|timedelta64|record|poly1d",
        "numpy.core.multiarray _reconstruct|scalar", "numpy._core.multiarray _reconstruct|scalar", "numpy.core._multiarray_umath _reconstruct|scalar", "numpy._core._multiarray_umath _reconstruct|scalar",
        "numpy.core.numeric _frombuffer", "numpy._core.numeric _frombuffer", "numpy.core.records recarray|record", "numpy.rec recarray|record", "numpy.ma.core _mareconstruct|MaskedArray|MaskedConstant|mvoid", "numpy.matrixlib.defmatrix matrix",
        "numpy.random RandomState|Generator", "numpy.random.mtrand RandomState", "numpy.random._generator Generator", "numpy.random._mt19937 MT19937", "numpy.random._pcg64 PCG64|PCG64DXSM", "numpy.random._philox Philox", "numpy.random._sfc64 SFC64",
        "numpy.random._pickle __randomstate_ctor|__bit_generator_ctor|__generator_ctor", "numpy.random.bit_generator SeedSequence|__pyx_unpickle_SeedSequence", "numpy.random __RandomState_ctor",
        "numpy.polynomial.polynomial Polynomial", "numpy.dtypes Float32DType|Float64DType|Int32DType|Int64DType|BoolDType|StrDType|ObjectDType",
        // scikit-learn's own, where it is no class; joblib's wrappers of arrays
        "sklearn.neighbors._kd_tree newObj", "sklearn.neighbors._ball_tree newObj", "sklearn.neighbors._dist_metrics newObj", "sklearn.metrics._dist_metrics newObj|newObj32|newObj64", "sklearn.neighbors.kd_tree newObj", "sklearn.neighbors.ball_tree newObj", "sklearn.neighbors.dist_metrics newObj",
        "joblib.numpy_pickle NumpyArrayWrapper|NDArrayWrapper", "sklearn.externals.joblib.numpy_pickle NumpyArrayWrapper|NDArrayWrapper",
        // pandas
        "pandas Timestamp|Timedelta|Interval|Period|Categorical|DataFrame|Series|Index|RangeIndex|MultiIndex", "pandas.core.indexes.base _new_Index", "pandas.core.indexes.datetimes _new_DatetimeIndex", "pandas.core.indexes.period _new_PeriodIndex",
        "pandas.core.internals.blocks new_block", "pandas._libs.internals _unpickle_block|BlockPlacement", "pandas._libs.arrays __pyx_unpickle_NDArrayBacked|NDArrayBacked", "pandas._libs.tslibs.timestamps _unpickle_timestamp|Timestamp", "pandas._libs.tslibs.timedeltas _timedelta_unpickle|Timedelta",
        "pandas._libs.missing NAType|_NAT", "pandas._libs.tslibs.nattype _nat_unpickle|__nat_unpickle", "pandas._libs.interval Interval",
        // PyTorch; not: torch.load and what wraps it, jit, fx, utils, hub
        "torch Tensor|Size|device|dtype|Generator|float16|float32|float64|bfloat16|half|float|double|int8|int16|int32|int64|uint8|short|int|long|bool|complex64|complex128|qint8|quint8|qint32|strided|sparse_coo|sparse_csr|per_tensor_affine|per_channel_affine",
        "torch FloatStorage|DoubleStorage|HalfStorage|BFloat16Storage|LongStorage|IntStorage|ShortStorage|CharStorage|ByteStorage|BoolStorage|ComplexFloatStorage|ComplexDoubleStorage|QInt8Storage|QUInt8Storage|QInt32Storage",
        "torch._utils _rebuild_tensor|_rebuild_tensor_v2|_rebuild_tensor_v3|_rebuild_parameter|_rebuild_parameter_with_state|_rebuild_sparse_tensor|_rebuild_qtensor|_rebuild_meta_tensor_no_storage|_rebuild_device_tensor_from_numpy|_rebuild_device_tensor_from_cpu_tensor",
        "torch.storage UntypedStorage|TypedStorage", "torch.serialization _get_layout", "torch.nn.parameter Parameter|Buffer", "torch.nn.backends.thnn _get_thnn_function_backend", "torch.torch_version TorchVersion",
        // boosting
        "xgboost.core Booster|DMatrix", "lightgbm.basic Booster", "catboost.core CatBoost|CatBoostClassifier|CatBoostRegressor|CatBoostRanker",
    }.SelectMany(static line => line.Split(' ') is [var module, var names] ? names.Split('|').Select(name => module + "." + name) : []).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Modules that run programs, read and write files, talk to the network, or lead to all of Python.</summary>
    private static readonly FrozenSet<string> Runs = new[]
    {
        "os", "posix", "nt", "ntpath", "posixpath", "subprocess", "_posixsubprocess", "pty", "popen2", "commands", "sys", "socket", "_socket", "ssl", "shutil", "pickle", "_pickle", "dill", "cloudpickle", "marshal", "runpy", "code", "codeop", "importlib", "_frozen_importlib",
        "_frozen_importlib_external", "imp", "pkgutil", "zipimport", "pip", "setuptools", "distutils", "asyncio", "multiprocessing", "concurrent", "threading", "_thread", "signal", "ctypes", "_ctypes", "cffi", "operator", "_operator", "functools", "_functools", "itertools", "bdb", "pdb",
        "profile", "cProfile", "trace", "timeit", "doctest", "unittest", "test", "idlelib", "lib2to3", "venv", "ensurepip", "webbrowser", "antigravity", "requests", "httplib", "http", "urllib", "urllib2", "urllib3", "aiohttp", "httpx", "ftplib", "smtplib", "telnetlib", "poplib", "imaplib",
        "nntplib", "xmlrpc", "wsgiref", "socketserver", "tempfile", "io", "_io", "fileinput", "linecache", "glob", "fcntl", "resource", "mmap", "platform", "gc", "inspect", "ast", "atexit", "weakref", "site", "sitecustomize", "usercustomize", "numexpr", "jinja2", "fsspec", "paramiko", "fabric",
        "sh", "plumbum", "pydoc", "rlcompleter", "logging", "contextlib", "string", "warnings", "typing", "pickletools", "sqlite3", "dbm", "shelve", "winreg", "msvcrt", "_winapi", "ensurepip", "torch.hub", "torch.storage", "torch.serialization", "torch.jit", "torch.package", "torch.utils", "torch.fx", "torch._inductor", "torch._dynamo",
        "torch.distributed", "torch.multiprocessing", "torch.onnx", "torch.ao", "numpy.testing", "numpy.distutils", "numpy.f2py", "numpy.lib", "scipy.io", "scipy.stats", "pandas.io", "joblib.externals", "keras", "tensorflow", "builtins", "copyreg", "_codecs", "codecs", "types", "nturl2path",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Names of Python 2 in the places that Python 3 looks for them.</summary>
    private static readonly FrozenDictionary<string, string> Renamed = new Dictionary<string, string>
    {
        ["__builtin__"] = "builtins",
        ["exceptions"] = "builtins",
        ["copy_reg"] = "copyreg",
        ["cPickle"] = "pickle",
        ["commands"] = "subprocess",
        ["__main__.__builtins__"] = "builtins",
        ["UserDict"] = "collections",
        ["thread"] = "_thread",
        ["whichdb"] = "dbm",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What is to be said of a name of a module. A name with dots, which walks from attribute to attribute, is allowed only as listed.</summary>
    public static ImportVerdict Judge(string module, string name)
    {
        module = Renamed.GetValueOrDefault(module, module);
        if (Allowed.Contains(module + "." + name) || IsModelClass(module, name)) return ImportVerdict.Known;
        if (name.Contains('.') || name.StartsWith("__", StringComparison.Ordinal)) return ImportVerdict.Runs;
        for (var prefix = module; prefix.Length > 0; prefix = prefix.LastIndexOf('.') is var dot and > 0 ? prefix[..dot] : "")
            if (Runs.Contains(prefix)) return ImportVerdict.Runs;
        return IsFunctionThatRuns(name) ? ImportVerdict.Runs : ImportVerdict.Unknown;
    }

    /// <summary>Classes of libraries that only learn and predict: estimators, layers, frames, sparse matrices. Functions are not among them.</summary>
    private static bool IsModelClass(string module, string name) =>
        SparseModule().IsMatch(module) && SparseName().IsMatch(name)
        || ScikitModule().IsMatch(module) && !ScikitOdd().IsMatch(module) && (ClassName().IsMatch(name) || name.StartsWith("__pyx_unpickle_", StringComparison.Ordinal))
        || (PandasModule().IsMatch(module) || module is "pandas._libs.tslibs.offsets" or "pandas.tseries.offsets") && ClassName().IsMatch(name)
        || module.StartsWith("torch.nn.modules.", StringComparison.Ordinal) && ClassName().IsMatch(name)
        || module is "xgboost.sklearn" && name.StartsWith("XGB", StringComparison.Ordinal) && ClassName().IsMatch(name)
        || module is "lightgbm.sklearn" && name.StartsWith("LGBM", StringComparison.Ordinal) && ClassName().IsMatch(name);

    private static bool IsFunctionThatRuns(string name) => name is "eval" or "exec" or "execfile" or "compile" or "system" or "popen" or "Popen" or "run" or "call" or "check_output" or "check_call" or "spawn" or "load" or "loads" or "import_module" or "getattr" or "open" or "apply";

    // Both libraries give modules of compiled and of plain code to the same classes, with and without the underscore of newer versions.
    [GeneratedRegex(@"^scipy\.sparse(\._?[a-z]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex SparseModule();

    [GeneratedRegex(@"^(csr|csc|coo|bsr|dia|dok|lil)_(matrix|array)$", RegexOptions.CultureInvariant)]
    private static partial Regex SparseName();

    [GeneratedRegex(@"^sklearn(\.[a-zA-Z0-9_]+)+$", RegexOptions.CultureInvariant)]
    private static partial Regex ScikitModule();

    [GeneratedRegex(@"^sklearn\.(externals|datasets|utils\._testing|utils\.fixes|utils\.parallel|utils\._joblib|_build_utils|_config|conftest|experimental)\b|\.tests\b", RegexOptions.CultureInvariant)]
    private static partial Regex ScikitOdd();

    [GeneratedRegex(@"^pandas\.core\.(frame|series|generic|internals|indexes|arrays|dtypes|indexing)(\.[a-z_]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex PandasModule();

    [GeneratedRegex("^_?[A-Z][A-Za-z0-9_]*$", RegexOptions.CultureInvariant)]
    private static partial Regex ClassName();
}
