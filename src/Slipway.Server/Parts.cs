using Microsoft.Extensions.Logging;

namespace Slipway.Server;

/// <summary>What capabilities are built from, opened once and closed in reverse order.</summary>
internal sealed class Parts : IAsyncDisposable
{
    private readonly Stack<Func<ValueTask>> closing = [];
    private readonly List<Task> loops = [];

    private Parts(ServerOptions options, TimeProvider clock, ILoggerFactory logs) => (Options, Clock, Logs) = (options, clock, logs);

    /// <summary>As the operator set them.</summary>
    public ServerOptions Options { get; }

    /// <summary>The only clock.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Makes loggers.</summary>
    public ILoggerFactory Logs { get; }

    /// <summary>Where each capability adds its routes.</summary>
    public Routes Routes { get; } = new(new WireAdaptor());

    /// <summary>Cancelled as soon as a stop begins, so that long answers (streams) end and let the stop finish.</summary>
    public CancellationTokenSource Stopping { get; } = new();

    /// <summary>Opens the data folder.</summary>
    public static Task<Parts> Open(ServerOptions options, TimeProvider clock, ILoggerFactory logs, CancellationToken ct)
    {
        Directory.CreateDirectory(options.Data);
        return Task.FromResult(new Parts(options, clock, logs));
    }

    /// <summary>Closes <paramref name="part"/> at the stop, after everything that was added later.</summary>
    public T Own<T>(T part) where T : IAsyncDisposable
    {
        closing.Push(part.DisposeAsync);
        return part;
    }

    /// <summary>Runs a background loop until the stop; the stop waits for it.</summary>
    public void Loop(Func<CancellationToken, Task> run) => loops.Add(Task.Run(async () =>
    {
        try
        {
            await run(Stopping.Token);
        }
        catch (OperationCanceledException) when (Stopping.IsCancellationRequested)
        {
            // the stop
        }
    }));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Stopping.CancelAsync();
        await Task.WhenAll(loops);
        while (closing.TryPop(out var close)) await close();
        Stopping.Dispose();
    }
}
