using System.Globalization;
using Slipway.Benchmarks;

// dotnet run -c Release --project bench/Slipway.Benchmarks -- [--scale 1] [--database sqlite|postgres:CONNECTION] [--out FILE] [--only ingest,binary,singles,search,registry,gates,packages,large,jobs,history,curves,pages,home,browser,import,files,access,audit,sdk,serving,parsing]
if (args is [ServingHost.Command, ..]) return ServingHost.Run(args);
string? Option(string name) => args.SkipWhile(arg => arg != name).Skip(1).FirstOrDefault();
var scale = double.Parse(Option("--scale") ?? "1", CultureInfo.InvariantCulture);
var database = Option("--database");
var only = Option("--only")?.Split(',');
bool Wanted(string part) => only is null || only.Contains(part);
// PostgreSQL: rates at least half, latencies at most twice.
var share = database is null or "sqlite" ? 1.0 : 0.5;
if (database == "sqlite") database = null;

var folder = Directory.CreateTempSubdirectory("slipway-bench-").FullName;
try
{
    var results = new Results(database is null ? "SQLite" : "PostgreSQL");
    var sync = Floor.SyncMs(folder);
    Console.WriteLine($"{Environment.ProcessorCount} cores, a 4 KB append and sync takes {sync:N3} ms, scale {scale}");
    if (only is ["serving"])
    {
        // Of all parts the one that needs no tracking server.
        Serving.Measure(results, folder, Math.Min(1, scale));
        if (Wanted("parsing")) Parsing.Measure(results);
        if (Option("--out") is { } alone) File.WriteAllText(alone, results.Markdown());
        return 0;
    }
    var data = Path.Combine(folder, "data");
    long OnDisk() => Directory.GetFiles(data, "slipway.db*").Sum(file => new FileInfo(file).Length);

    using (var server = ServerUnderTest.Start(data, database))
    {
        results.Add("start to first answer, empty", $"{server.StartMs:N0} ms", "MLflow 3.11: 9,400 ms", "< 1,000 ms", server.StartMs < 1000);
        string? small = Wanted("search") ? Searching.Seed(server, (int)(10_000 * scale)) : null;
        if (small is not null) Searching.Small(server, results, share, small);
        if (Wanted("singles")) Ingest.Singles(server, results, share, sync, TimeSpan.FromSeconds(Math.Max(1, 10 * scale)));
        var runs = (int)(200_000 * scale);
        string? large = Wanted("search") ? Searching.Seed(server, runs) : null;
        if (large is not null) Searching.Large(server, results, share, large, runs, "");
        if (Wanted("ingest"))
            // PostgreSQL gives pages back when its own vacuum comes round: the size is promised for SQLite.
            Ingest.Batches(server, results, share, (long)(20_000_000 * scale), database is null ? OnDisk : null);
        if (Wanted("binary")) Binary.Measure(server, results, share, (long)(50_000_000 * scale), folder);
        if (large is not null && Wanted("ingest")) Searching.Large(server, results, share, large, runs, ", after the points");
        if (Wanted("registry")) Registering.Measure(server, results, share, (int)(2_000 * scale));
        if (Wanted("gates")) Gating.Measure(server, results, share, (int)Math.Max(100, 1_000 * scale));
        if (Wanted("history")) Histories.Measure(server, results, share, (long)(10_000_000 * scale));
        if (Wanted("pages")) Pages.Measure(server, results, share, (int)(10_000 * scale), (long)(10_000_000 * scale), scale);
        if (Wanted("curves")) Curves.Measure(server, results, share, (int)(10_000 * scale));
        if (Wanted("home")) Home.Measure(server, results, share, (int)(200_000 * scale));
        if (Wanted("import")) await Importing.Measure(server, results, share, (long)(2_000_000 * scale), folder);
        if (Wanted("files")) await Files.Measure(server, results, share, (long)(1_000_000_000 * scale), folder);
        if (Wanted("packages")) await Packaging.Measure(server, results, share, (long)(1_000_000_000 * scale), folder);
        // On demand: it takes four times the disk.
        if (only?.Contains("large") is true) await Packaging.Large(server, results, (long)(10_000_000_000 * scale), folder);
        if (Wanted("browser")) await Browsing.Measure(server, results, (int)(10_000 * scale), (long)(10_000_000 * scale));
        if (Wanted("sdk")) await Sdk.Measure(results, server, folder, scale);
        var (_, peak) = server.Memory();
        results.Add("resident memory, highest during all of the above", $"{peak:N0} MB", "MLflow 3.11: 1,505 MB", "< 250 MB", peak < 250);
    }
    if (Wanted("serving") && database is null) Serving.Measure(results, folder, Math.Min(1, scale));
    if (Wanted("access") && database is null) Access.Measure(results, folder, _ => null, Math.Min(1, scale));
    using (var again = ServerUnderTest.Start(data, database))
        results.Add("start to first answer, with all of the above", $"{again.StartMs:N0} ms", "", "< 1,000 ms", again.StartMs < 1000);
    if (Wanted("jobs")) await Working.Measure(results, share, database, folder, (int)(100_000 * scale));
    if (Wanted("audit")) await Auditing.Measure(results, share, database, folder, (int)(1_000_000 * scale));
    if (Option("--out") is { } path) File.WriteAllText(path, results.Markdown());
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
