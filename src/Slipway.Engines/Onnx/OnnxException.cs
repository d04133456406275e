namespace Slipway.Engines.Onnx;

/// <summary>ONNX Runtime refused or failed; the message is its own.</summary>
public sealed class OnnxException : Exception
{
    /// <summary>An error without a message.</summary>
    public OnnxException() { }

    /// <summary>An error with the runtime's message.</summary>
    public OnnxException(string message) : base(message) { }

    /// <summary>An error with the runtime's message and its cause.</summary>
    public OnnxException(string message, Exception inner) : base(message, inner) { }

    /// <summary>True when the runtime refused what it was given (a shape, a type, a value), false when it failed.</summary>
    public bool Refused { get; init; }
}
