using System.Runtime.InteropServices;
using System.Text;
using static Slipway.Engines.Onnx.OnnxApi;

namespace Slipway.Engines.Onnx;

/// <summary>How a model runs.</summary>
public sealed record OnnxOptions
{
    /// <summary>Threads one run may use, 1 (the caller's alone) by default: many runs at once are faster than one run on many threads. 0 means one per core.</summary>
    public int Threads
    {
        get;
        init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), "Threads must not be negative.");
    } = 1;

    /// <summary>Whether idle threads spin for the next operator; costs a core per thread while the model runs.</summary>
    public bool Spin { get; init; }

    /// <summary>Whether graph optimisations run when the model is opened.</summary>
    public bool Optimize { get; init; } = true;

    /// <summary>Whether freed memory is kept for the next run. The arena only ever grows: turn it off where batch sizes vary a lot.</summary>
    public bool Arena { get; init; } = true;
}

/// <summary>
/// A loaded ONNX model. <see cref="Run(ReadOnlySpan{OnnxValue}, CancellationToken)"/> may be called from any number of threads at once;
/// disposing it while runs are under way lets them finish and then frees the model.
/// </summary>
public sealed unsafe class OnnxModel : IDisposable
{
    /// <summary>Inputs or outputs a model may have.</summary>
    public const int PortsMax = 4_096;

    private readonly SessionHandle session;

    private OnnxModel(SessionHandle session)
    {
        this.session = session;
        Inputs = session.Ports(inputs: true);
        Outputs = session.Ports(inputs: false);
        Metadata = OnnxMetadata.Read(session.Value);
    }

    /// <summary>The inputs, in the order <see cref="Run(ReadOnlySpan{OnnxValue}, CancellationToken)"/> takes them.</summary>
    public IReadOnlyList<OnnxPort> Inputs { get; }

    /// <summary>The outputs, in the order a run gives them.</summary>
    public IReadOnlyList<OnnxPort> Outputs { get; }

    /// <summary>Who made the model, and what they wrote into it.</summary>
    public OnnxMetadata Metadata { get; }

    /// <summary>Opens a model file; files of external weights are found beside it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="OnnxException">The file is not a model this runtime can run; the message is the runtime's.</exception>
    public static OnnxModel Open(string path, OnnxOptions? options = null)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no model file {path}.", path);
        return Create(options, (nint settings, out nint session) =>
        {
            // wchar_t* on Windows, UTF-8 elsewhere
            var text = OperatingSystem.IsWindows() ? Encoding.Unicode.GetBytes(path + '\0') : Encoding.UTF8.GetBytes(path + '\0');
            fixed (byte* file = text) return CreateSession(OnnxRuntime.Env, file, settings, out session);
        });
    }

    /// <summary>Loads a model from memory; the bytes are not needed afterwards.</summary>
    /// <exception cref="OnnxException">The bytes are not a model this runtime can run; the message is the runtime's.</exception>
    public static OnnxModel Load(ReadOnlyMemory<byte> model, OnnxOptions? options = null) => Create(options, (nint settings, out nint session) =>
    {
        fixed (byte* bytes = model.Span) return CreateSessionFromArray(OnnxRuntime.Env, bytes, (nuint)model.Length, settings, out session);
    });

    /// <summary>Runs the model on one value per input, in the order of <see cref="Inputs"/>.</summary>
    /// <returns>All outputs, in the order of <see cref="Outputs"/>; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">The number of inputs is wrong.</exception>
    /// <exception cref="OnnxException">A type or shape does not fit, or the run failed; the message is the runtime's.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled while it ran.</exception>
    public OnnxResults Run(ReadOnlySpan<OnnxValue> inputs, CancellationToken ct = default)
    {
        if (inputs.Length != Inputs.Count)
            throw new ArgumentException($"The model has {Inputs.Count} inputs ({string.Join(", ", Inputs.Select(input => $"{input.Name}: {input.Type}"))}), got {inputs.Length}.", nameof(inputs));
        ct.ThrowIfCancellationRequested();

        var values = stackalloc nint[Math.Max(1, inputs.Length)];
        var results = stackalloc nint[Math.Max(1, Outputs.Count)];
        new Span<nint>(results, Outputs.Count).Clear();      // so that a run that fails half-way leaves no garbage to release
        var leases = 0;
        var leased = false;
        nint runOptions = 0;
        try
        {
            // A lease keeps the session and each input's memory alive until the native run has returned, whoever disposes them meanwhile.
            session.DangerousAddRef(ref leased);
            for (; leases < inputs.Length; leases++)
            {
                var added = false;
                inputs[leases].Handle.DangerousAddRef(ref added);
                values[leases] = inputs[leases].Handle.Value;
            }
            if (ct.CanBeCanceled) Check(CreateRunOptions(out runOptions));
            nint status;
            // The terminate flag belongs to the options object, so each cancellable run has its own; disposing the registration waits for the callback.
            using (runOptions == 0 ? default : ct.UnsafeRegister(static state => ReleaseIfError(RunOptionsSetTerminate((nint)state!)), runOptions))
                status = OnnxApi.Run(session.Value, runOptions, session.InputNames, values, (nuint)inputs.Length, session.OutputNames, (nuint)Outputs.Count, results);
            if (status != 0)
            {
                for (var i = 0; i < Outputs.Count; i++)
                    if (results[i] != 0) ReleaseValue(results[i]);
                if (ct.IsCancellationRequested)
                {
                    ReleaseStatus(status);
                    ct.ThrowIfCancellationRequested();
                }
                Check(status);
            }
            return OnnxResults.Own(this, new ReadOnlySpan<nint>(results, Outputs.Count));
        }
        finally
        {
            if (runOptions != 0) ReleaseRunOptions(runOptions);
            while (leases > 0) inputs[--leases].Handle.DangerousRelease();
            if (leased) session.DangerousRelease();
        }
    }

    /// <summary>Runs a model that has one input.</summary>
    /// <inheritdoc cref="Run(ReadOnlySpan{OnnxValue}, CancellationToken)"/>
    public OnnxResults Run(OnnxValue input, CancellationToken ct = default) => Run([input], ct);

    /// <summary>Room for runs without managed objects; the caller disposes it.</summary>
    internal OnnxFrame Frame() => new(session, Inputs.Count, Outputs.Count);

    /// <summary>The model's memory goes as soon as the runs that are under way have ended.</summary>
    public void Dispose() => session.Dispose();

    private delegate nint Opening(nint options, out nint session);

    private static OnnxModel Create(OnnxOptions? options, Opening open)
    {
        options ??= new OnnxOptions();
        Check(CreateSessionOptions(out var settings));
        try
        {
            Check(SetIntraOpNumThreads(settings, options.Threads));
            Check(SetInterOpNumThreads(settings, 1));
            Check(SetGraphOptimizationLevel(settings, options.Optimize ? 99 : 0));
            if (!options.Arena) Check(DisableCpuMemArena(settings));
            fixed (byte* key = "session.intra_op.allow_spinning\0"u8)
            fixed (byte* value = options.Spin ? "1\0"u8 : "0\0"u8)
                Check(AddSessionConfigEntry(settings, key, value));
            Check(open(settings, out var session));
            var handle = new SessionHandle(session);
            try
            {
                return new OnnxModel(handle);
            }
            catch
            {
                handle.Dispose();
                throw;
            }
        }
        finally
        {
            ReleaseSessionOptions(settings);
        }
    }

    private static void ReleaseIfError(nint status)
    {
        // No managed exception may leave a cancellation callback for a run that is only being told to hurry.
        if (status != 0) ReleaseStatus(status);
    }
}

/// <summary>A native session, and its inputs' and outputs' names as the runtime wants them in every run.</summary>
internal sealed unsafe class SessionHandle : SafeHandle
{
    private nint[] inputs = [], outputs = [];
    private byte** names;

    internal SessionHandle(nint session) : base(0, ownsHandle: true) => SetHandle(session);

    internal nint Value => handle;
    internal byte** InputNames => names;
    internal byte** OutputNames => names + inputs.Length;

    public override bool IsInvalid => handle == 0;

    internal OnnxPort[] Ports(bool inputs)
    {
        Check((inputs ? GetInputCount : GetOutputCount)(handle, out var count));
        if (count > OnnxModel.PortsMax) throw new OnnxException($"A model may have at most {OnnxModel.PortsMax} {(inputs ? "inputs" : "outputs")}, this one has {count}.");
        var ports = new OnnxPort[count];
        var texts = new nint[count];
        // What was read before a failure is released with the session.
        if (inputs) this.inputs = texts;
        else outputs = texts;
        for (nuint i = 0; i < count; i++)
        {
            Check((inputs ? GetInputName : GetOutputName)(handle, i, OnnxRuntime.Allocator, out var name));
            texts[i] = (nint)name;
            Check((inputs ? GetInputType : GetOutputType)(handle, i, out var type));
            ports[i] = new(Utf8(name), OnnxType.Owned(type));
        }
        if (!inputs)
        {
            names = (byte**)NativeMemory.Alloc((nuint)Math.Max(1, this.inputs.Length + outputs.Length), (nuint)sizeof(byte*));
            var all = new Span<nint>(names, this.inputs.Length + outputs.Length);
            this.inputs.CopyTo(all);
            outputs.CopyTo(all[this.inputs.Length..]);
        }
        return ports;
    }

    protected override bool ReleaseHandle()
    {
        ReleaseSession(handle);
        foreach (var name in inputs.Concat(outputs))
            if (name != 0) AllocatorFree(OnnxRuntime.Allocator, (void*)name);
        NativeMemory.Free(names);
        return true;
    }
}
