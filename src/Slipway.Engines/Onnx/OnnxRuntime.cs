using static Slipway.Engines.Onnx.OnnxApi;

namespace Slipway.Engines.Onnx;

/// <summary>The runtime itself: one environment for the whole process (the library allows no more), made at first use and never released.</summary>
public static unsafe class OnnxRuntime
{
    // Everything the runtime would log as an error also comes back as one; its own lines on stderr would say it twice.
    private const int LogFatalOnly = 4;
    private const int ArenaAllocator = 1, DefaultMemory = 0;

    private static readonly Lazy<(nint Env, nint Allocator, nint CpuMemory)> Process = new(Start);

    /// <summary>The library's version, such as <c>1.30.0</c>.</summary>
    /// <exception cref="DllNotFoundException">The library is nowhere; the message lists every place that was tried.</exception>
    public static string Version => OnnxApi.Version;

    internal static nint Env => Process.Value.Env;
    internal static nint Allocator => Process.Value.Allocator;
    internal static nint CpuMemory => Process.Value.CpuMemory;

    private static (nint, nint, nint) Start()
    {
        nint env;
        fixed (byte* name = "slipway\0"u8) Check(CreateEnv(LogFatalOnly, name, out env));
        Check(GetDefaultAllocator(out var allocator));
        Check(CreateCpuMemoryInfo(ArenaAllocator, DefaultMemory, out var memory));
        return (env, allocator, memory);
    }
}
