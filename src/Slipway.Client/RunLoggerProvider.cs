using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Slipway.Client;

/// <summary>
/// An <see cref="ILoggerProvider"/> that keeps a program's log with its run: lines go to a file on this machine and become an artifact when the run ends.
/// At most <see cref="BytesMax"/> are kept.
/// </summary>
[ProviderAlias("Slipway")]
public sealed class RunLoggerProvider : ILoggerProvider
{
    /// <summary>The artifact.</summary>
    public const string ArtifactName = "log.txt";

    /// <summary>The most that is kept of one run, in bytes.</summary>
    public const long BytesMax = RunText.BytesMax;

    private readonly ActiveRun run;
    private readonly RunText text;
    private readonly ConcurrentDictionary<string, Logger> loggers = new(StringComparer.Ordinal);

    /// <summary>Begins to keep lines.</summary>
    /// <param name="run">The run; it takes them until it ends.</param>
    public RunLoggerProvider(ActiveRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        this.run = run;
        text = RunText.Attach(run, ArtifactName);
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => loggers.GetOrAdd(categoryName, static (name, provider) => new Logger(name, provider), this);

    /// <summary>The run keeps the lines; they are uploaded when it ends.</summary>
    public void Dispose() => loggers.Clear();

    private void Write(string category, LogLevel level, string message, Exception? exception)
    {
        var line = new StringBuilder(message.Length + 80).Append(run.Clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture)).Append(' ').Append(level).Append(' ').Append(category).Append(": ").Append(message);
        if (exception is not null) line.Append('\n').Append(exception);
        text.Write(line.Append('\n').ToString());
    }

    private sealed class Logger(string category, RunLoggerProvider provider) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) provider.Write(category, logLevel, formatter(state, exception), exception);
        }
    }
}
