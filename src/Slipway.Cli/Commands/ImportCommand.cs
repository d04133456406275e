using System.CommandLine;
using System.Diagnostics;
using Slipway.Cli.Import;
using Slipway.Client;
using Slipway.Storage;

namespace Slipway.Cli.Commands;

/// <summary>`slipway import`: moves here what other trackers hold. What its commands share is here.</summary>
internal static class ImportCommand
{
    public static Command Create(Terminal terminal) => new("import", "Import runs of MLflow, TensorBoard and W&B; may be broken off and repeated.")
    {
        ClientAction.Options(),
        ImportMlflow.Create(terminal),
        ImportTensorBoard.Create(terminal),
        ImportWandb.Create(terminal),
    };

    public static Option<string?> Experiment(string otherwise) => new("--experiment") { Description = $"The experiment to import into, by name. Default: {otherwise}.", HelpName = "NAME" };

    /// <summary>Runs an import with a patient client, and prints its report, of a broken one too: what it moved stays moved.</summary>
    public static void SetImport(this Command command, Terminal terminal, Option<bool> json, Func<ParseResult, ImportTarget, CancellationToken, Task<string>> work) =>
        command.SetAction(async (parsed, ct) => await ClientAction.Call(parsed, async client =>
        {
            var (report, watch) = (new ImportReport(), Stopwatch.StartNew());
            try
            {
                var source = await work(parsed, new ImportTarget(client, report), ct);
                var summary = report.Summary(source, watch.Elapsed);
                if (parsed.GetValue(json)) terminal.Json(summary, CliJson.Default.ImportSummary);
                else summary.Print(terminal);
                return ExitCode.Ok;
            }
            catch (SlipwayException failure) when (report.Count("runs") > 0)
            {
                throw new SlipwayException($"{failure.Message} {report.Count("runs"):N0} runs and {report.Count("metric points"):N0} points were imported before that.", failure.Status, failure.Code,
                    $"{failure.Remedy} Then give the same command again: it goes on where this one stopped.".TrimStart(), failure)
                { IsUnreachable = failure.IsUnreachable };
            }
            catch (StorageException fault)
            {
                throw new CommandFailure(ExitCode.Failed, fault.Problem.Message, "Nothing was changed in the source. If another program writes to it, stop that one or import a copy.");
            }
        }, patient: true));
}
