using System.Runtime.InteropServices;

namespace Slipway.Engines.Onnx;

/// <summary>
/// ONNX Runtime's C API: one function table, whose order never changes and to which members are only appended. Each member below names its position in the table.
/// </summary>
/// <remarks>
/// Asked for at version 17, the lowest that has all that is called here, so that older and newer libraries load alike.
/// Members that return a status answer 0 for success; <see cref="Check"/> turns the rest into exceptions.
/// </remarks>
internal static unsafe class OnnxApi
{
    private const uint TableVersion = 17;
    private const int InvalidArgument = 2;

    [StructLayout(LayoutKind.Sequential)]
    private struct ApiBase
    {
        public delegate* unmanaged[Cdecl]<uint, nint*> GetApi;
        public delegate* unmanaged[Cdecl]<byte*> GetVersion;
    }

    private static readonly ApiBase* Base = ((delegate* unmanaged[Cdecl]<ApiBase*>)NativeLibrary.GetExport(EngineLibrary.OnnxRuntime.Handle, "OrtGetApiBase"))();
    private static readonly nint* Table = Base->GetApi(TableVersion) is var table && table is not null ? table
        : throw new DllNotFoundException($"{EngineLibrary.OnnxRuntime.Path} is ONNX Runtime {Version}; 1.{TableVersion} or later is needed.");

    internal static string Version => Utf8(Base->GetVersion());

    // Errors
    internal static readonly delegate* unmanaged[Cdecl]<nint, int> GetErrorCode = (delegate* unmanaged[Cdecl]<nint, int>)Table[1];
    internal static readonly delegate* unmanaged[Cdecl]<nint, byte*> GetErrorMessage = (delegate* unmanaged[Cdecl]<nint, byte*>)Table[2];
    internal static readonly delegate* unmanaged[Cdecl]<nint, void> ReleaseStatus = (delegate* unmanaged[Cdecl]<nint, void>)Table[93];

    // Environment, options
    internal static readonly delegate* unmanaged[Cdecl]<int, byte*, out nint, nint> CreateEnv = (delegate* unmanaged[Cdecl]<int, byte*, out nint, nint>)Table[3];
    internal static readonly delegate* unmanaged[Cdecl]<out nint, nint> CreateSessionOptions = (delegate* unmanaged[Cdecl]<out nint, nint>)Table[10];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nint> DisableCpuMemArena = (delegate* unmanaged[Cdecl]<nint, nint>)Table[19];
    internal static readonly delegate* unmanaged[Cdecl]<nint, int, nint> SetGraphOptimizationLevel = (delegate* unmanaged[Cdecl]<nint, int, nint>)Table[23];
    internal static readonly delegate* unmanaged[Cdecl]<nint, int, nint> SetIntraOpNumThreads = (delegate* unmanaged[Cdecl]<nint, int, nint>)Table[24];
    internal static readonly delegate* unmanaged[Cdecl]<nint, int, nint> SetInterOpNumThreads = (delegate* unmanaged[Cdecl]<nint, int, nint>)Table[25];
    internal static readonly delegate* unmanaged[Cdecl]<nint, byte*, byte*, nint> AddSessionConfigEntry = (delegate* unmanaged[Cdecl]<nint, byte*, byte*, nint>)Table[130];
    internal static readonly delegate* unmanaged[Cdecl]<nint, void> ReleaseSessionOptions = (delegate* unmanaged[Cdecl]<nint, void>)Table[100];
    internal static readonly delegate* unmanaged[Cdecl]<out nint, nint> CreateRunOptions = (delegate* unmanaged[Cdecl]<out nint, nint>)Table[39];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nint> RunOptionsSetTerminate = (delegate* unmanaged[Cdecl]<nint, nint>)Table[46];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nint> RunOptionsUnsetTerminate = (delegate* unmanaged[Cdecl]<nint, nint>)Table[47];
    internal static readonly delegate* unmanaged[Cdecl]<nint, void> ReleaseRunOptions = (delegate* unmanaged[Cdecl]<nint, void>)Table[97];

    // Sessions; a path is UTF-8 except on Windows, where it is UTF-16
    internal static readonly delegate* unmanaged[Cdecl]<nint, void*, nint, out nint, nint> CreateSession = (delegate* unmanaged[Cdecl]<nint, void*, nint, out nint, nint>)Table[7];
    internal static readonly delegate* unmanaged[Cdecl]<nint, void*, nuint, nint, out nint, nint> CreateSessionFromArray = (delegate* unmanaged[Cdecl]<nint, void*, nuint, nint, out nint, nint>)Table[8];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint> Run = (delegate* unmanaged[Cdecl]<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint>)Table[9];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out nuint, nint> GetInputCount = (delegate* unmanaged[Cdecl]<nint, out nuint, nint>)Table[30];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out nuint, nint> GetOutputCount = (delegate* unmanaged[Cdecl]<nint, out nuint, nint>)Table[31];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nuint, out nint, nint> GetInputType = (delegate* unmanaged[Cdecl]<nint, nuint, out nint, nint>)Table[33];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nuint, out nint, nint> GetOutputType = (delegate* unmanaged[Cdecl]<nint, nuint, out nint, nint>)Table[34];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nuint, nint, out byte*, nint> GetInputName = (delegate* unmanaged[Cdecl]<nint, nuint, nint, out byte*, nint>)Table[36];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nuint, nint, out byte*, nint> GetOutputName = (delegate* unmanaged[Cdecl]<nint, nuint, nint, out byte*, nint>)Table[37];
    internal static readonly delegate* unmanaged[Cdecl]<nint, void> ReleaseSession = (delegate* unmanaged[Cdecl]<nint, void>)Table[95];

    // Metadata
    internal static readonly delegate* unmanaged[Cdecl]<nint, out nint, nint> GetModelMetadata = (delegate* unmanaged[Cdecl]<nint, out nint, nint>)Table[111];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nint, out byte*, nint> GetProducerName = (delegate* unmanaged[Cdecl]<nint, nint, out byte*, nint>)Table[112];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nint, out byte*, nint> GetGraphName = (delegate* unmanaged[Cdecl]<nint, nint, out byte*, nint>)Table[113];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nint, out byte*, nint> GetDomain = (delegate* unmanaged[Cdecl]<nint, nint, out byte*, nint>)Table[114];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nint, out byte*, nint> GetDescription = (delegate* unmanaged[Cdecl]<nint, nint, out byte*, nint>)Table[115];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nint, byte*, out byte*, nint> LookupCustomMetadata = (delegate* unmanaged[Cdecl]<nint, nint, byte*, out byte*, nint>)Table[116];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out long, nint> GetModelVersion = (delegate* unmanaged[Cdecl]<nint, out long, nint>)Table[117];
    internal static readonly delegate* unmanaged[Cdecl]<nint, void> ReleaseModelMetadata = (delegate* unmanaged[Cdecl]<nint, void>)Table[118];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nint, out byte**, out long, nint> GetCustomMetadataKeys = (delegate* unmanaged[Cdecl]<nint, nint, out byte**, out long, nint>)Table[123];

    // Values
    internal static readonly delegate* unmanaged[Cdecl]<nint, long*, nuint, OnnxElement, out nint, nint> CreateTensor = (delegate* unmanaged[Cdecl]<nint, long*, nuint, OnnxElement, out nint, nint>)Table[48];
    internal static readonly delegate* unmanaged[Cdecl]<nint, void*, nuint, long*, nuint, OnnxElement, out nint, nint> CreateTensorOver = (delegate* unmanaged[Cdecl]<nint, void*, nuint, long*, nuint, OnnxElement, out nint, nint>)Table[49];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out void*, nint> GetTensorData = (delegate* unmanaged[Cdecl]<nint, out void*, nint>)Table[51];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out nuint, nint> GetStringBytes = (delegate* unmanaged[Cdecl]<nint, out nuint, nint>)Table[53];
    internal static readonly delegate* unmanaged[Cdecl]<nint, void*, nuint, nuint*, nuint, nint> GetStringContent = (delegate* unmanaged[Cdecl]<nint, void*, nuint, nuint*, nuint, nint>)Table[54];
    internal static readonly delegate* unmanaged[Cdecl]<nint, nuint, nuint, out byte*, nint> GetResizedStringBuffer = (delegate* unmanaged[Cdecl]<nint, nuint, nuint, out byte*, nint>)Table[252];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out int, nint> GetValueType = (delegate* unmanaged[Cdecl]<nint, out int, nint>)Table[67];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out nint, nint> GetTensorTypeAndShape = (delegate* unmanaged[Cdecl]<nint, out nint, nint>)Table[65];
    internal static readonly delegate* unmanaged[Cdecl]<nint, int, nint, out nint, nint> GetValue = (delegate* unmanaged[Cdecl]<nint, int, nint, out nint, nint>)Table[80];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out nuint, nint> GetValueCount = (delegate* unmanaged[Cdecl]<nint, out nuint, nint>)Table[81];
    internal static readonly delegate* unmanaged[Cdecl]<nint, void> ReleaseValue = (delegate* unmanaged[Cdecl]<nint, void>)Table[96];

    // Types. What a Cast... answers belongs to the type it came from; map values, sequence elements and shapes of values are the caller's to release.
    internal static readonly delegate* unmanaged[Cdecl]<nint, out nint, nint> CastToTensorType = (delegate* unmanaged[Cdecl]<nint, out nint, nint>)Table[55];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out int, nint> GetKind = (delegate* unmanaged[Cdecl]<nint, out int, nint>)Table[56];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out OnnxElement, nint> GetElement = (delegate* unmanaged[Cdecl]<nint, out OnnxElement, nint>)Table[60];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out nuint, nint> GetRank = (delegate* unmanaged[Cdecl]<nint, out nuint, nint>)Table[61];
    internal static readonly delegate* unmanaged[Cdecl]<nint, long*, nuint, nint> GetDimensions = (delegate* unmanaged[Cdecl]<nint, long*, nuint, nint>)Table[62];
    internal static readonly delegate* unmanaged[Cdecl]<nint, byte**, nuint, nint> GetSymbolicDimensions = (delegate* unmanaged[Cdecl]<nint, byte**, nuint, nint>)Table[63];
    internal static readonly delegate* unmanaged[Cdecl]<nint, void> ReleaseType = (delegate* unmanaged[Cdecl]<nint, void>)Table[98];
    internal static readonly delegate* unmanaged[Cdecl]<nint, void> ReleaseShape = (delegate* unmanaged[Cdecl]<nint, void>)Table[99];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out nint, nint> CastToMapType = (delegate* unmanaged[Cdecl]<nint, out nint, nint>)Table[103];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out nint, nint> CastToSequenceType = (delegate* unmanaged[Cdecl]<nint, out nint, nint>)Table[104];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out OnnxElement, nint> GetMapKey = (delegate* unmanaged[Cdecl]<nint, out OnnxElement, nint>)Table[105];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out nint, nint> GetMapValue = (delegate* unmanaged[Cdecl]<nint, out nint, nint>)Table[106];
    internal static readonly delegate* unmanaged[Cdecl]<nint, out nint, nint> GetSequenceElement = (delegate* unmanaged[Cdecl]<nint, out nint, nint>)Table[107];

    // Memory
    internal static readonly delegate* unmanaged[Cdecl]<int, int, out nint, nint> CreateCpuMemoryInfo = (delegate* unmanaged[Cdecl]<int, int, out nint, nint>)Table[69];
    internal static readonly delegate* unmanaged[Cdecl]<nint, void*, nint> AllocatorFree = (delegate* unmanaged[Cdecl]<nint, void*, nint>)Table[76];
    internal static readonly delegate* unmanaged[Cdecl]<out nint, nint> GetDefaultAllocator = (delegate* unmanaged[Cdecl]<out nint, nint>)Table[78];

    internal static void Check(nint status)
    {
        if (status == 0) return;
        throw Failure(status);
    }

    /// <summary>What a status says; releases it.</summary>
    internal static OnnxException Failure(nint status)
    {
        var failure = new OnnxException(Utf8(GetErrorMessage(status))) { Refused = GetErrorCode(status) == InvalidArgument };
        ReleaseStatus(status);
        return failure;
    }

    internal static void Release(nint value) => ReleaseValue(value);

    internal static string Utf8(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    /// <summary>Reads a string that the runtime allocated, and frees it.</summary>
    internal static string Take(byte* text)
    {
        var value = Utf8(text);
        if (text is not null) Check(AllocatorFree(OnnxRuntime.Allocator, text));
        return value;
    }
}
