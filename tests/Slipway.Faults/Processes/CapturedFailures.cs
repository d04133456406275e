using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Slipway.Faults.Processes;

/// <summary>Keeps what the server logs as an error, so that a fuzz failure comes with its stack.</summary>
internal sealed class CapturedFailures : ILoggerProvider, ILogger
{
    private readonly ConcurrentDictionary<string, int> seen = new();

    /// <summary>Each distinct failure with how often it came.</summary>
    public IEnumerable<string> All => seen.Select(failure => $"{failure.Value} times: {failure.Key}");

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var frames = exception?.ToString().Split('\n').Take(12) ?? [formatter(state, exception)];
        seen.AddOrUpdate(string.Join('\n', frames), 1, static (_, n) => n + 1);
    }

    public void Dispose() => seen.Clear();
}
