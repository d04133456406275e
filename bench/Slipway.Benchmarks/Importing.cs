using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Storage;

namespace Slipway.Benchmarks;

/// <summary>`slipway import mlflow` of a database with millions of metric rows, beside a plain reading of the same rows.</summary>
internal static class Importing
{
    private const int Runs = 100, Keys = 10;

    public static async Task Measure(ServerUnderTest server, Results results, double share, long rows, string folder)
    {
        var file = Path.Combine(folder, "mlflow.db");
        var perRun = (int)(rows / Runs);
        await Write(file, perRun);
        var started = Stopwatch.GetTimestamp();
        var read = 0L;
        using (var plain = ForeignDatabase.OpenSqlite(file))
            foreach (var row in plain.Rows("SELECT \"key\", \"timestamp\", step, value, is_nan FROM metrics"))
                read += row.Utf8(0).Length > 0 ? 1 : 0;
        var plainRate = read / Stopwatch.GetElapsedTime(started).TotalSeconds;

        var (first, peak) = Import(server, file);
        var points = (long)first["imported"]!["metric points"]!;
        if (points != read) throw new InvalidOperationException($"Imported {points} of {read} points.");
        var rate = points / (double)first["seconds"]!;
        results.Add($"import of an MLflow database, {Results.N(points / 1e6, 1)} million metric rows", $"{Results.N(rate)} rows/s", $"{Results.N(100 * rate / plainRate)} % of reading them alone ({Results.N(plainRate)} rows/s)",
            $">= {Results.N(200_000 * share)} rows/s", rate >= 200_000 * share);
        results.Add("resident memory of the import, highest", $"{Results.N(peak)} MB", "", "", null);
        var (again, _) = Import(server, file);
        results.Add("the same import again, nothing new", $"{again["seconds"]} s", $"{first["seconds"]} s the first time", "", null);
    }

    private static (JsonNode Report, double PeakMb) Import(ServerUnderTest server, string file)
    {
        var executable = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../Slipway.Cli/release/slipway"));
        using var process = Process.Start(new ProcessStartInfo(executable, ["import", "mlflow", file, "--json", "--url", server.Url.ToString()]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var peak = 0.0;
        while (!process.WaitForExit(100))
            try
            {
                var line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(one => one.StartsWith("VmHWM:", StringComparison.Ordinal));
                if (line is not null) peak = double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        if (process.ExitCode != 0) throw new InvalidOperationException($"The import ended with {process.ExitCode}.");
        return (JsonNode.Parse(output.GetAwaiter().GetResult())!, peak);
    }

    private static async Task Write(string file, int perRun)
    {
        await using var database = Databases.Open("sqlite:" + file);
        Must(await database.Write(session =>
        {
            session.Execute("CREATE TABLE experiments (experiment_id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(256) NOT NULL, lifecycle_stage VARCHAR(32))");
            session.Execute("CREATE TABLE runs (run_uuid VARCHAR(32) NOT NULL PRIMARY KEY, name VARCHAR(250), status VARCHAR(9), start_time BIGINT, end_time BIGINT, lifecycle_stage VARCHAR(20), artifact_uri VARCHAR(200), experiment_id INTEGER)");
            session.Execute("CREATE TABLE metrics (\"key\" VARCHAR(250) NOT NULL, value FLOAT NOT NULL, \"timestamp\" BIGINT NOT NULL, run_uuid VARCHAR(32) NOT NULL, step BIGINT NOT NULL, is_nan BOOLEAN NOT NULL, PRIMARY KEY (\"key\", \"timestamp\", step, run_uuid, value, is_nan))");
            session.Execute("CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid)");
            session.Execute("CREATE TABLE params (\"key\" VARCHAR(250) NOT NULL, value VARCHAR(500) NOT NULL, run_uuid VARCHAR(32) NOT NULL, PRIMARY KEY (\"key\", run_uuid))");
            session.Execute("CREATE TABLE tags (\"key\" VARCHAR(250) NOT NULL, value VARCHAR(5000), run_uuid VARCHAR(32) NOT NULL, PRIMARY KEY (\"key\", run_uuid))");
            return (Outcome<int>)session.Execute("INSERT INTO experiments VALUES (1, 'imported', 'active')");
        }, default));
        var random = new Random(1);
        for (var run = 0; run < Runs; run++)
        {
            var id = new Guid(run, 7, 7, [1, 2, 3, 4, 5, 6, 7, 8]).ToString("N");
            // As a training logs: ten metrics a step.
            var points = Enumerable.Range(0, perRun).Select(n => (Key: $"metric-{n % Keys}", Step: n / Keys, Value: random.NextDouble())).ToList();
            Must(await database.Write(session =>
            {
                session.Execute("INSERT INTO runs VALUES ($1, $2, 'FINISHED', 1700000000000, 1700000900000, 'active', '', 1)", id, $"run-{id[..4]}");
                session.Execute("INSERT INTO params VALUES ('lr', '0.1', $1)", id);
                session.InsertMany("metrics", ["\"key\"", "value", "\"timestamp\"", "run_uuid", "step", "is_nan"], points,
                    (row, point) => row.Add(point.Key).Add(point.Value).Add(1_700_000_000_000 + point.Step * 250).Add(id).Add(point.Step).Add(false));
                return (Outcome<int>)1;
            }, default));
        }
    }

    private static void Must(Outcome<int> outcome)
    {
        if (outcome.Problem is { } problem) throw new InvalidOperationException(problem.Message);
    }
}
