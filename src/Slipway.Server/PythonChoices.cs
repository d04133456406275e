using Slipway.Prediction.Workers;
using Slipway.Serving;

namespace Slipway.Server;

/// <summary>How Python models run.</summary>
public sealed record PythonChoices
{
    internal const string EnvironmentExpected = "check or strict";

    /// <summary>A full path, or a name that is looked up in /usr/local/bin, /usr/bin and /bin. Key `serving.python`.</summary>
    public string Interpreter
    {
        get;
        init => field = value.Length > 0 && !value.Contains('\0') && (Path.IsPathRooted(value) || !value.Contains('/')) ? value : throw new OptionException("serving.python", "a full path, or a name in /usr/local/bin, /usr/bin or /bin");
    } = "python3";

    /// <summary>Processes of a model. Key `serving.pythonWorkers`.</summary>
    public int Workers
    {
        get;
        init => field = value is >= 1 and <= WorkerOptions.CountMax ? value : throw new OptionException("serving.pythonWorkers", "1 to 64");
    } = 2;

    /// <summary>Memory of a process with its children, in MB. Key `serving.pythonMemoryMb`.</summary>
    public int MemoryMb
    {
        get;
        init => field = value is >= 64 and <= 1_048_576 ? value : throw new OptionException("serving.pythonMemoryMb", "64 to 1048576 MB");
    } = 2048;

    /// <summary>How long it may take to load its model. Key `serving.pythonStartSeconds`.</summary>
    public TimeSpan Start
    {
        get;
        init => field = value >= TimeSpan.FromSeconds(1) && value <= TimeSpan.FromHours(1) ? value : throw new OptionException("serving.pythonStartSeconds", "1 to 3600 seconds");
    } = TimeSpan.FromSeconds(60);

    /// <summary>How long a run may take. Key `serving.pythonTimeoutSeconds`.</summary>
    public TimeSpan Timeout
    {
        get;
        init => field = value >= TimeSpan.FromMilliseconds(100) && value <= TimeSpan.FromHours(1) ? value : throw new OptionException("serving.pythonTimeoutSeconds", "0.1 to 3600 seconds");
    } = TimeSpan.FromSeconds(60);

    /// <summary>Runs after which a process is replaced; 0 for never. Key `serving.pythonRunsMax`.</summary>
    public int RunsMax
    {
        get;
        init => field = value is >= 0 and <= 1_000_000_000 ? value : throw new OptionException("serving.pythonRunsMax", "0 (no limit) to 1000000000");
    }

    /// <summary>What follows from differences: `check` says so, `strict` does not load. Key `serving.environment`.</summary>
    public string Environment
    {
        get;
        init => field = value is "check" or "strict" ? value : throw new OptionException("serving.environment", EnvironmentExpected);
    } = "check";

    internal PythonOptions Options => new()
    {
        Python = Interpreter,
        MemoryBytes = (long)MemoryMb << 20,
        Workers = new WorkerOptions { Count = Workers, StartMax = Start, RunMax = Timeout, RunsMax = RunsMax, Strict = Environment == "strict" },
    };
}
