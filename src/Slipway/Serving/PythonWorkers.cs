using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Prediction.Workers;
using Slipway.Sandbox;

namespace Slipway.Serving;

/// <summary>Which Python runs models, and what a process of it may use.</summary>
internal sealed record PythonOptions
{
    /// <summary>A full path, or a name that is looked up in /usr/local/bin, /usr/bin and /bin.</summary>
    public string Python { get; init; } = "python3";

    /// <summary>Memory of a worker with its children, in bytes.</summary>
    public long MemoryBytes { get; init; } = 2L << 30;

    /// <summary>How workers of a version are run.</summary>
    public WorkerOptions Workers { get; init; } = new();
}

/// <summary>Starts worker processes for MLflow's python_function models, in the sandbox: their code never runs in this process.</summary>
internal sealed class PythonWorkers(SandboxRunner sandbox, PythonOptions options, TimeProvider clock)
{
    /// <summary>Numeric libraries would take every core for each process, and a thread of each for every core.</summary>
    private static readonly string[] ThreadVariables = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"];

    private const string Model = "model";

    private static readonly Lazy<byte[]> Program = new(static () =>
    {
        using var stream = typeof(WorkerRuntime).Assembly.GetManifestResourceStream("worker.py") ?? throw new InvalidOperationException("worker.py is not in the assembly.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    });

    /// <summary>Starts the workers of a version.</summary>
    /// <param name="folder">The version's files.</param>
    /// <param name="mlmodel">Its MLmodel, with the flavor python_function.</param>
    /// <param name="ct">Stops the start.</param>
    /// <returns>What runs it, or why it cannot be loaded.</returns>
    public Task<Outcome<WorkerRuntime>> Open(string folder, JsonObject mlmodel, CancellationToken ct)
    {
        var job = Job(Path.GetFullPath(folder), mlmodel);
        return WorkerRuntime.Start(stop => Start(job, stop), options.Workers, clock, ct);
    }

    private SandboxJob Job(string folder, JsonObject mlmodel)
    {
        var threads = Math.Max(1, Environment.ProcessorCount / options.Workers.Count).ToString(CultureInfo.InvariantCulture);
        var plan = new JsonObject { ["model"] = Model, ["mlmodel"] = mlmodel.DeepClone() };
        return new SandboxJob(options.Python, ["-I", "-B", "in/worker.py"]) // no variables, no folder of a user's, no files beside the model's
        {
            Environment = ThreadVariables.ToDictionary(static name => name, _ => threads),
            Inputs = [SandboxInput.Of("worker.py", Program.Value), SandboxInput.Of("worker.json", System.Text.Encoding.UTF8.GetBytes(plan.ToJsonString()))],
            Shown = new Dictionary<string, string> { [Model] = folder },
            Folders = Home(options.Python),
            Limits = new SandboxLimits { WallTime = SandboxLimits.Endless, CpuTime = SandboxLimits.Endless, MemoryBytes = options.MemoryBytes, OutputBytes = long.MaxValue, Urgent = true },
        };
    }

    private async Task<Outcome<WorkerChild>> Start(SandboxJob job, CancellationToken ct)
    {
        var started = await sandbox.Start(job, ct);
        if (started.Problem is { } problem) return problem;
        var process = started.Value;
        try
        {
            if (await process.Connect(ct) is { } connection)
            {
                var child = new WorkerChild(connection, process.Ended, process.Said, process);
                process = null;
                return child;
            }
            var why = await process.Ended;
            var said = process.Said();
            return Problem.Busy($"The worker's Python '{options.Python}' did not start: {why}{WorkerSlot.Tail(said)}");
        }
        finally
        {
            if (process is not null) await process.DisposeAsync();
        }
    }

    /// <summary>What must be seen of an interpreter that lies outside /usr: the folder above its bin, and where it leads.</summary>
    private static List<string> Home(string python)
    {
        List<string> folders = [];
        if (!Path.IsPathRooted(python)) return folders;
        foreach (var path in new[] { python, new FileInfo(python).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? python })
            if (Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(path))) is { Length: > 1 } home && !home.StartsWith("/usr", StringComparison.Ordinal)) folders.Add(home);
        return folders;
    }
}
