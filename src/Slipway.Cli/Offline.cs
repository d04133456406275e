using System.CommandLine;
using Slipway.Server;
using Slipway.Storage;
using Spectre.Console;

namespace Slipway.Cli;

/// <summary>What commands share that open a data folder themselves.</summary>
internal static class Offline
{
    /// <summary>True when the command line says where the data is, so that no server is asked.</summary>
    public static bool Wanted(ParseResult parsed, Dictionary<OptionKey, Option<string[]>> flags, Option<string?> config) =>
        parsed.GetValue(config) is not null || flags.Values.Any(flag => parsed.GetResult(flag) is { Implicit: false });

    /// <summary>The value, or the command's failure.</summary>
    public static T Value<T>(Outcome<T> outcome) => outcome.Problem is not { } problem ? outcome.Value : throw new CommandFailure(problem.Status switch
    {
        404 => ExitCode.NotFound,
        409 => ExitCode.Refused,
        400 => ExitCode.Usage,
        _ => ExitCode.Failed,
    }, problem.Message);

    /// <summary>Runs long work with a line that moves where a person looks.</summary>
    public static Task<T> Show<T>(Terminal terminal, Func<IProgress<BackupSize>?, Task<T>> work) => !terminal.Interactive
        ? work(null)
        : terminal.Rich.Status().StartAsync("Reading ...", status => work(new Line(status)));

    /// <summary>Bytes as a size.</summary>
    public static IProgress<long>? Bytes(IProgress<BackupSize>? progress) => progress is null ? null : new Sizes(progress);

    private sealed class Line(StatusContext status) : IProgress<BackupSize>
    {
        public void Report(BackupSize value) => status.Status(value.Rows == 0 ? $"{value.Bytes / 1e6:N0} MB" : $"{value.Rows:N0} rows, {value.Blobs:N0} artifacts' contents, {value.Bytes / 1e6:N0} MB");
    }

    private sealed class Sizes(IProgress<BackupSize> progress) : IProgress<long>
    {
        public void Report(long value) => progress.Report(new BackupSize(0, 0, value));
    }
}
