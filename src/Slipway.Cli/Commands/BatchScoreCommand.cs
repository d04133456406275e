using System.CommandLine;
using System.Diagnostics;
using Slipway.Cli.Score;
using Slipway.Engines.Duck;
using Slipway.Engines.Onnx;
using Slipway.Prediction.Workers;
using Slipway.Sandbox;
using Slipway.Serving;

namespace Slipway.Cli.Commands;

/// <summary>`slipway score`: a file through a model, on this machine.</summary>
internal static class BatchScoreCommand
{
    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("model") { Description = "models:/NAME@ALIAS, models:/NAME/VERSION, models:/NAME/STAGE, a folder with MLmodel, or a file .onnx." };
        var input = new Option<string>("--input") { Description = "A file .parquet, .csv, .jsonl or .ndjson; the latter also with .gz.", HelpName = "FILE", Required = true };
        var output = new Option<string>("--output") { Description = "A file .parquet, .csv or .jsonl.", HelpName = "FILE", Required = true };
        var keep = new Option<string?>("--keep") { Description = "Input columns that go into the output, separated by commas; `none` for none. Default: all.", HelpName = "COLUMNS" };
        var columns = new Option<string?>("--columns") { Description = "The columns of a model with one input, in order, separated by commas. Default: as its signature or the file has them.", HelpName = "COLUMNS" };
        var failed = new Option<string?>("--failed") { Description = "Where rows go that failed. Default: OUTPUT.failed.jsonl.", HelpName = "FILE" };
        var failedMax = new Option<long>("--failed-max") { Description = "Stop after so many failed rows.", HelpName = "N", DefaultValueFactory = static _ => 1_000_000 };
        var batch = new Option<int>("--batch-rows") { Description = $"Rows of a run, 1 to {ScorePlan.BatchRowsMax}.", HelpName = "N", DefaultValueFactory = static _ => 1024 };
        var memory = new Option<int>("--memory-mb") { Description = "Memory for reading and writing files, in MB, 64 or more.", HelpName = "N", DefaultValueFactory = static _ => 512 };
        var threads = new Option<int?>("--threads") { Description = "Threads. Default: all cores.", HelpName = "N" };
        var python = new Option<string>("--python") { Description = "The interpreter that Python models run in.", HelpName = "PATH", DefaultValueFactory = static _ => "python3" };
        var cache = new Option<string?>("--cache") { Description = "Where a server's models are kept. Default: slipway-models in the user's cache folder.", HelpName = "DIR" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace an output that is there." };
        var restart = new Option<bool>("--restart") { Description = "Forget what an earlier attempt did." };
        var json = ClientAction.Json();
        var command = new Command("score", "Take every row of a file through a model. Resumed where it was when the same command is given again.")
        {
            model, input, output, keep, columns, failed, failedMax, batch, memory, threads, python, cache, overwrite, restart, json,
        };
        command.Add(ClientAction.Options());
        command.SetAction(async (parsed, ct) =>
        {
            var to = parsed.GetValue(output)!;
            var plan = Checked(new ScorePlan(parsed.GetValue(input)!, to)
            {
                Failed = parsed.GetValue(failed) ?? to + ".failed.jsonl",
                Keep = Names(parsed.GetValue(keep)),
                Columns = Names(parsed.GetValue(columns)),
                FailedMax = parsed.GetValue(failedMax),
                BatchRows = parsed.GetValue(batch),
                MemoryMb = parsed.GetValue(memory),
                Threads = parsed.GetValue(threads),
            }, parsed.GetValue(overwrite));
            var store = parsed.GetValue(cache) ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "slipway-models");
            var found = await ScoredModel.Find(parsed.GetValue(model)!, store, work => ClientAction.Call(parsed, work), ct);
            var summary = await Score(terminal, plan, found, new PythonOptions { Python = parsed.GetValue(python)!, Workers = new WorkerOptions { Count = 1 } }, parsed.GetValue(restart), ct);
            if (parsed.GetValue(json)) terminal.Json(summary, CliJson.Default.ScoreSummary);
            else terminal.Line($"{summary.Scored:N0} rows in {plan.Output}{(summary.FailedFile is { } side ? $", {summary.Failed:N0} failed in {side}" : "")}{(summary.Resumed > 0 ? $"; {summary.Resumed:N0} were done before" : "")}. {summary.Seconds:0.0} s.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<ScoreSummary> Score(Terminal terminal, ScorePlan plan, ScoredModel found, PythonOptions python, bool restart, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            terminal.Note($"{plan.Input} through {found.Name}, to {plan.Output}");
            using var work = ScoreWork.Open(plan, plan.Fingerprint(found.Digest), restart);
            if (work.Kept.FirstOrDefault(name => !work.Fields.Any(field => field.Name == name)) is { } missing) throw new CommandFailure(ExitCode.Usage, $"--keep: {plan.Input} has no column '{missing}'.");
            if (work.Resumed > 0) terminal.Note($"{work.Resumed:N0} of {work.Rows:N0} rows were done before.");
            // Not in the system's folder for temporary files, which a job sees as its own.
            using var sandbox = new SandboxRunner(new SandboxOptions(Path.GetFullPath(Path.Combine(plan.Work, "sandbox"))));
            var (runtime, signed) = await found.Open(sandbox, python, ct);
            await using (runtime)
            {
                var columns = ScoreColumns.Map(runtime.Inputs, work.Fields, plan.Columns ?? (runtime.Inputs.Count == 1 ? signed : null));
                if (columns.Problem is { } unfit) throw new CommandFailure(ExitCode.Failed, unfit.Message);
                var problem = await ScoreView.Show(terminal, tell => new BatchScoring(plan, runtime, work, columns.Value, tell).Run(ct));
                if (problem is not null) throw new CommandFailure(ExitCode.Failed, problem.Message, work.Done > 0 ? $"{work.Done:N0} of {work.Rows:N0} rows are kept in {plan.Work}; the same command goes on there." : null);
            }
            var side = work.Finish();
            var summary = new ScoreSummary(work.Rows, work.Rows - work.Failed, work.Failed, work.Resumed, clock.Elapsed.TotalSeconds, plan.Output, side ? plan.Failed : null);
            work.Dispose();
            ScoreWork.Remove(plan);
            return summary.Scored > 0 ? summary : throw new CommandFailure(ExitCode.Failed, $"Every row failed; the reasons are in {plan.Failed}.");
        }
        catch (DuckException failure)
        {
            throw new CommandFailure(ExitCode.Failed, $"DuckDB: {failure.Message}", failure.Message.Contains("lock", StringComparison.OrdinalIgnoreCase) ? "Is another slipway score at the same output?" : null);
        }
        catch (OnnxException failure)
        {
            throw new CommandFailure(ExitCode.Failed, $"ONNX Runtime: {failure.Message}");
        }
    }

    private static ScorePlan Checked(ScorePlan plan, bool overwrite)
    {
        if (!File.Exists(plan.Input)) throw new CommandFailure(ExitCode.NotFound, $"--input: there is no file {plan.Input}.");
        if (ScorePlan.Reader(plan.Input) is null) throw new CommandFailure(ExitCode.Usage, $"--input: got {plan.Input}, expected a file .parquet, .csv, .jsonl or .ndjson.");
        if (ScorePlan.Writer(plan.Output) is null) throw new CommandFailure(ExitCode.Usage, $"--output: got {plan.Output}, expected a file .parquet, .csv or .jsonl.");
        if (!overwrite && File.Exists(plan.Output)) throw new CommandFailure(ExitCode.Refused, $"--output: {plan.Output} is there already.", "Give another name, or --overwrite.");
        if (plan.BatchRows is < 1 or > ScorePlan.BatchRowsMax) throw new CommandFailure(ExitCode.Usage, $"--batch-rows: got {plan.BatchRows}, expected 1 to {ScorePlan.BatchRowsMax}.");
        if (plan.MemoryMb < 64) throw new CommandFailure(ExitCode.Usage, $"--memory-mb: got {plan.MemoryMb}, expected 64 or more.");
        return plan.Threads is < 1 ? throw new CommandFailure(ExitCode.Usage, $"--threads: got {plan.Threads}, expected 1 or more.") : plan;
    }

    private static string[]? Names(string? said) => said is null ? null : said == "none" ? [] : said.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
