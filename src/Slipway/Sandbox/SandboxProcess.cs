using System.Diagnostics;

namespace Slipway.Sandbox;

/// <summary>What a program says, as it says it.</summary>
internal sealed class SandboxOutputs(SandboxLimits limits)
{
    /// <summary>Its stdout.</summary>
    public BoundedOutput Stdout { get; } = new(limits.OutputKeptBytes);

    /// <summary>Its stderr.</summary>
    public BoundedOutput Stderr { get; } = new(limits.OutputKeptBytes);
}

/// <summary>A program that runs in the sandbox until somebody ends it, or a limit does.</summary>
internal sealed class SandboxProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly SandboxSocket socket;
    private readonly SandboxFolder folder;
    private readonly SandboxUsers.Loan? user;
    private readonly SandboxLimits limits;
    private readonly SandboxOutputs said;
    private readonly CancellationTokenSource kill = new();

    internal SandboxProcess(Process process, SandboxSocket socket, SandboxFolder folder, SandboxUsers.Loan? user, SandboxLimits limits, Func<Process, SandboxOutputs, CancellationToken, Task<SandboxResult>> watch)
    {
        (this.process, this.socket, this.folder, this.user, this.limits, Id) = (process, socket, folder, user, limits, process.Id);
        said = new SandboxOutputs(limits);
        Ended = Follow(watch);
    }

    /// <summary>The process that stands around it.</summary>
    public int Id { get; }

    /// <summary>Done when it and all that it started is gone: a sentence about why. Never fails.</summary>
    public Task<string> Ended { get; }

    /// <summary>What it said on stderr and stdout so far, the middle left out.</summary>
    public string Said() => (said.Stderr.Text() + said.Stdout.Text()).Trim();

    /// <summary>Waits until the program connects. Only the first connection counts.</summary>
    /// <returns>Null when it ended before.</returns>
    public async Task<Stream?> Connect(CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var accepted = socket.Accept(either.Token);
        if (await Task.WhenAny(accepted, Ended) == accepted) return await accepted;
        await either.CancelAsync();
        await accepted.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return null;
    }

    /// <summary>Kills it with all that it started; <see cref="Ended"/> says when that is over.</summary>
    public void Kill() => kill.Cancel();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await kill.CancelAsync();
        await Ended;
        socket.Dispose();
        folder.Dispose();
        user?.Dispose();
        process.Dispose();
        kill.Dispose();
    }

    private async Task<string> Follow(Func<Process, SandboxOutputs, CancellationToken, Task<SandboxResult>> watch)
    {
        try
        {
            var result = await watch(process, said, kill.Token);
            return result.Limit(limits) ?? (result.ExitCode > 128 ? $"It was ended by signal {result.ExitCode - 128}." : $"It ended with exit code {result.ExitCode}.");
        }
        catch (OperationCanceledException)
        {
            return "It was ended.";
        }
        catch (Exception odd) when (odd is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return $"It was lost: {odd.Message}";
        }
    }
}
