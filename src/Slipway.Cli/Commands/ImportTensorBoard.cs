using System.CommandLine;
using Slipway.Cli.Import.TensorBoard;
using Slipway.Client;

namespace Slipway.Cli.Commands;

/// <summary>`slipway import tensorboard DIR`</summary>
internal static class ImportTensorBoard
{
    /// <summary>Between two looks at files that grow.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>For the last words when Ctrl+C ends a follow.</summary>
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(10);

    public static Command Create(Terminal terminal)
    {
        var from = new Argument<string>("dir") { Description = "The log folder; each folder in it that holds event files becomes a run." };
        var experiment = ImportCommand.Experiment("the folder's name");
        var follow = new Option<bool>("--follow") { Description = "Go on while the files grow, until Ctrl+C; the runs are RUNNING meanwhile." };
        var withFiles = new Option<bool>("--with-files") { Description = "Upload the event files as artifacts too." };
        var json = ClientAction.Json();
        var command = new Command("tensorboard", "Import the numbers and hparams of TensorBoard event files, once or as they grow.") { from, experiment, follow, withFiles, json };
        command.SetImport(terminal, json, async (parsed, target, ct) =>
        {
            var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(parsed.GetValue(from)!));
            if (!Directory.Exists(root)) throw new CommandFailure(ExitCode.NotFound, $"There is no folder '{root}' on this machine.");
            var live = parsed.GetValue(follow);
            var import = new TensorBoardImport(root, parsed.GetValue(experiment) ?? Path.GetFileName(root), target, parsed.GetValue(withFiles), live);
            if (live) await Follow(import, terminal, ct);
            else await import.Pass(ct);
            return $"{root} (TensorBoard event files)";
        });
        return command;
    }

    private static async Task Follow(TensorBoardImport import, Terminal terminal, CancellationToken ct)
    {
        terminal.Note("Following; Ctrl+C ends.");
        var away = false;
        while (!ct.IsCancellationRequested)
            try
            {
                await import.Pass(ct);
                if (away) terminal.Note("The server answers again.");
                away = false;
                await Task.Delay(Every, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                break;
            }
            catch (SlipwayException failure) when (failure.IsUnreachable || failure.Status >= 500)
            {
                if (!away) terminal.Note($"{failure.Message} Waiting for it; nothing is lost meanwhile.");
                away = true;
                import.Forget();
            }
        using var limit = new CancellationTokenSource(Goodbye);
        await import.End(limit.Token);
    }
}
