using System.Runtime.InteropServices;
using Slipway.Engines;
using Slipway.Engines.Onnx;

namespace Slipway.Cli.Doctor;

/// <summary>The runtime and the native engines: which, and from where.</summary>
internal static class EngineChecks
{
    public static IEnumerable<Check> Run()
    {
        yield return Check.Ok("runtime", $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, {Environment.ProcessorCount} processors.");
        yield return Engine(EngineLibrary.OnnxRuntime, "ONNX models cannot be served or checked");
        yield return Engine(EngineLibrary.DuckDb, "the quickstart cannot read its data");
    }

    /// <summary>The tracking server itself needs neither.</summary>
    private static Check Engine(EngineLibrary engine, string without)
    {
        try
        {
            var version = engine == EngineLibrary.OnnxRuntime ? $" {OnnxRuntime.Version}" : "";
            return Check.Ok(engine.Name, $"{engine.Path}{version} (found by: {engine.Origin})");
        }
        catch (DllNotFoundException missing)
        {
            return Check.Warn(engine.Name, $"Not found: {without}.", string.Join(' ', missing.Message.Split('\n')[^1].Trim()));
        }
    }
}
