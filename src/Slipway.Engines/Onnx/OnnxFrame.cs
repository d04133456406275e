using System.Runtime.InteropServices;
using static Slipway.Engines.Onnx.OnnxApi;

namespace Slipway.Engines.Onnx;

/// <summary>
/// What one run needs natively, made once and used again: room for handles of inputs and outputs, and the options that stop a run. A run through a frame makes no managed object.
/// For one run at a time; whoever runs often keeps several.
/// </summary>
/// <remarks>The memory that inputs and bound outputs lie in is the caller's, and must stay until <see cref="Run"/> has returned and <see cref="Clear"/> was called.</remarks>
internal sealed unsafe class OnnxFrame : IDisposable
{
    private readonly SessionHandle session;
    private readonly int inputs, outputs;
    private readonly nint* values;
    private nint options;

    internal OnnxFrame(SessionHandle session, int inputs, int outputs)
    {
        (this.session, this.inputs, this.outputs) = (session, inputs, outputs);
        values = (nint*)NativeMemory.AllocZeroed((nuint)(inputs + outputs + 1), (nuint)sizeof(nint));
    }

    ~OnnxFrame() => Free();

    /// <summary>Puts numbers in as they lie.</summary>
    /// <exception cref="OnnxException">The shape is none, or the memory too small for it.</exception>
    public void Input(int port, OnnxElement element, ReadOnlySpan<long> shape, void* data, long bytes) => Over(ref values[port], element, shape, data, bytes);

    /// <summary>Has the run write an output where the caller wants it; the run fails when it has another shape.</summary>
    public void Output(int port, OnnxElement element, ReadOnlySpan<long> shape, void* data, long bytes) => Over(ref values[inputs + port], element, shape, data, bytes);

    /// <summary>Puts texts in: their UTF-8 bytes one after the other, and where each begins.</summary>
    public void Texts(int port, ReadOnlySpan<long> shape, byte* data, int* offsets, long count)
    {
        fixed (long* dimensions = shape) Check(CreateTensor(OnnxRuntime.Allocator, dimensions, (nuint)shape.Length, OnnxElement.String, out values[port]));
        for (var i = 0L; i < count; i++)
        {
            var bytes = (nuint)(offsets[i + 1] - offsets[i]);
            // The runtime's own string is written in place: no .NET string, no copy that ends in a zero.
            Check(GetResizedStringBuffer(values[port], (nuint)i, bytes, out var text));
            Buffer.MemoryCopy(data + offsets[i], text, bytes, bytes);
        }
    }

    /// <summary>Runs. With a token that can be cancelled, cancelling makes the run end early.</summary>
    /// <returns>Null, or what went wrong; outputs that are not bound are released then.</returns>
    public OnnxException? Run(CancellationToken ct)
    {
        var leased = false;
        nint status;
        try
        {
            // Whoever disposes the model meanwhile: the session stays until the native run has returned.
            session.DangerousAddRef(ref leased);
            if (!ct.CanBeCanceled) status = OnnxApi.Run(session.Value, 0, session.InputNames, values, (nuint)inputs, session.OutputNames, (nuint)outputs, values + inputs);
            else
            {
                if (options == 0) Check(CreateRunOptions(out options));
                // Disposing the registration waits for the callback, so that the flag is not raised for the next run.
                using (ct.UnsafeRegister(static state => Ignore(RunOptionsSetTerminate(((OnnxFrame)state!).options)), this))
                    status = OnnxApi.Run(session.Value, options, session.InputNames, values, (nuint)inputs, session.OutputNames, (nuint)outputs, values + inputs);
                if (ct.IsCancellationRequested) Ignore(RunOptionsUnsetTerminate(options));
            }
        }
        finally
        {
            if (leased) session.DangerousRelease();
        }
        return status == 0 ? null : Failure(status);
    }

    /// <summary>An output's native value, which is the caller's from now on.</summary>
    public nint Take(int port)
    {
        var value = values[inputs + port];
        values[inputs + port] = 0;
        return value;
    }

    /// <summary>Releases the values of the last run. Memory of the caller's may go afterwards.</summary>
    public void Clear()
    {
        for (var i = 0; i < inputs + outputs; i++)
        {
            if (values[i] == 0) continue;
            ReleaseValue(values[i]);
            values[i] = 0;
        }
    }

    /// <summary>Releases outputs alone, so that the same inputs can run again.</summary>
    public void ClearOutputs()
    {
        for (var i = inputs; i < inputs + outputs; i++)
        {
            if (values[i] == 0) continue;
            ReleaseValue(values[i]);
            values[i] = 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        Clear();
        if (options != 0) ReleaseRunOptions(options);
        options = 0;
        NativeMemory.Free(values);
    }

    private static void Over(ref nint value, OnnxElement element, ReadOnlySpan<long> shape, void* data, long bytes)
    {
        // A tensor of no elements has no memory; the runtime wants an address all the same.
        if (data is null && bytes == 0) data = (void*)64;
        fixed (long* dimensions = shape) Check(CreateTensorOver(OnnxRuntime.CpuMemory, data, (nuint)bytes, dimensions, (nuint)shape.Length, element, out value));
    }

    // No managed exception may leave a cancellation callback for a run that is only being told to hurry.
    private static void Ignore(nint status)
    {
        if (status != 0) ReleaseStatus(status);
    }
}
