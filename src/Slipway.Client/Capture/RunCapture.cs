namespace Slipway.Client.Capture;

/// <summary>Notes about one run what it was told to, in the background: a run begins and ends without waiting for it longer than a few seconds.</summary>
internal sealed class RunCapture : IAsyncDisposable
{
    /// <summary>The names of the artifacts.</summary>
    public const string DiffName = "environment/uncommitted.diff", ProgramName = "environment/environment.json", ConsoleName = "console.log";

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(5);

    private readonly ActiveRun run;
    private readonly TimeProvider clock;
    private readonly CancellationTokenSource stop = new();
    private readonly Task facts, samples;
    private readonly RunText? console;

    private RunCapture(ActiveRun run, Captures what, TimeProvider clock)
    {
        (this.run, this.clock) = (run, clock);
        if (what.HasFlag(Captures.Console)) ConsoleTee.Add(console = RunText.Attach(run, ConsoleName));
        facts = Task.Run(() => Facts(what));
        samples = what.HasFlag(Captures.System) ? Task.Run(Sample) : Task.CompletedTask;
    }

    /// <summary>Begins; the run ends it.</summary>
    public static void Start(ActiveRun run, Captures what, TimeProvider clock)
    {
        if (what is Captures.None) return;
        var capture = new RunCapture(run, what, clock);
        run.AtEnd(() => capture.DisposeAsync().AsTask());
    }

    public async ValueTask DisposeAsync()
    {
        // Facts that are under way shall arrive; samples end at once.
        await facts.WaitAsync(EndMax, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(facts, samples).WaitAsync(EndMax, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
        if (console is not null) ConsoleTee.Remove(console);
    }

    private async Task Facts(Captures what)
    {
        if (what.HasFlag(Captures.Git)) await Try(Git).ConfigureAwait(false);
        if (what.HasFlag(Captures.Environment)) await Try(Program).ConfigureAwait(false);
    }

    private async Task Git()
    {
        if (await GitState.Read(Environment.CurrentDirectory, stop.Token).ConfigureAwait(false) is not { } git) return;
        run.SetTag("mlflow.source.git.commit", git.Commit!);
        if (git.Branch is { } branch) run.SetTag("mlflow.source.git.branch", branch);
        if (git.Remote is { } remote) run.SetTag("mlflow.source.git.repoURL", remote);
        if (git.Diff.Length == 0) return;
        run.SetTag("slipway.git.dirty", git.DiffIsCut ? $"true, the difference is cut after {GitState.DiffBytesMax} bytes" : "true");
        using var diff = new MemoryStream(git.Diff);
        await run.LogArtifactAsync(diff, DiffName, stop.Token).ConfigureAwait(false);
    }

    private async Task Program()
    {
        var gpus = await SystemSampler.Gpus("name", stop.Token).ConfigureAwait(false);
        using var state = new MemoryStream(ProgramState.Own(gpus).ToJson());
        await run.LogArtifactAsync(state, ProgramName, stop.Token).ConfigureAwait(false);
    }

    private async Task Sample()
    {
        var sampler = new SystemSampler(clock);
        using var timer = new PeriodicTimer(Every, clock);
        try
        {
            for (long step = 0; await timer.WaitForNextTickAsync(stop.Token).ConfigureAwait(false); step++)
                run.LogMetrics(await sampler.Look(stop.Token).ConfigureAwait(false), step);
        }
        catch (OperationCanceledException)
        {
            // The run ends.
        }
    }

    /// <summary>What cannot be noted is not the training's trouble.</summary>
    private static async Task Try(Func<Task> note)
    {
        try
        {
            await note().ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is SlipwayException or IOException or UnauthorizedAccessException or OperationCanceledException or ArgumentException)
        {
            // Nothing depends on it.
        }
    }
}
