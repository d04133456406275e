using System.Net;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Cli.Commands;
using Slipway.Cli.Import;
using Slipway.Cli.Import.Mlflow;
using Slipway.Client;
using Slipway.Storage;
using Slipway.Tests.Cli;

namespace Slipway.Tests.Import;

/// <summary>Imports that are broken off, and sources that are broken.</summary>
public sealed class BrokenImportTests
{
    [Fact]
    public async Task An_import_that_is_broken_off_anywhere_ends_as_one_that_was_not()
    {
        await using var store = await MlflowStore.Create(Dialect.Sqlite, 3);
        await using var whole = await ImportServer.Start();
        await whole.Import("mlflow", store.Source);
        await using var to = await ImportServer.Start();
        var tries = 0;
        for (var budget = 1; ; budget++, tries++)
        {
            using var line = new BreakingLine(budget, answered: budget % 2 == 0);
            using var client = new SlipwayClient(new SlipwayClientOptions { Url = to.Server.Http.BaseAddress!, Handler = line, RetriesMax = 0 });
            var report = new ImportReport();
            using var source = ImportMlflow.Open(store.Source, null, report);
            try
            {
                await new MlflowImport(source, new ImportTarget(client, report), new ArtifactFolders(store.Folder, []), _ => { }).Run([], default);
                break;
            }
            catch (Exception fault) when (fault is SlipwayException { IsUnreachable: true } || fault is AggregateException)
            {
                Assert.InRange(budget, 1, 200);
            }
        }
        Assert.InRange(tries, 10, 200);
        Assert.Equal(await Everything(whole), await Everything(to));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_damaged_database_is_read_or_refused(int seed)
    {
        byte[] valid;
        await using (var store = await MlflowStore.Create(Dialect.Sqlite, 3))
        {
            await store.Database.DisposeAsync();
            valid = await File.ReadAllBytesAsync(store.Source);
        }
        var (random, folder, refused) = (new Random(seed), Directory.CreateTempSubdirectory("slipway-damaged-").FullName, 0);
        for (var n = 0; n < 100; n++)
        {
            var file = Path.Combine(folder, $"{n}.db");
            var damaged = (byte[])valid.Clone();
            for (var count = random.Next(1, 30); count > 0; count--) damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(file, n % 10 == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            try
            {
                using var source = ImportMlflow.Open(file, null, new ImportReport());
                foreach (var experiment in source.Experiments().Take(100))
                {
                    foreach (var model in source.Models(experiment)) _ = source.ModelPoints(model).Count();
                    using var another = source.Another();
                    foreach (var run in source.Runs(experiment))
                        _ = another.Points(run).Count() + another.Params(run).Count() + another.Tags(run).Count() + another.Links(run).Datasets.Count + another.Measure(run).Length;
                }
                source.ReportRest();
            }
            catch (Exception fault) when (fault is StorageException or CommandFailure)
            {
                refused++;
            }
        }
        Directory.Delete(folder, recursive: true);
        Assert.InRange(refused, 1, 100);
    }

    [Fact]
    public async Task What_is_no_MLflow_store_is_said_so()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-none-").FullName;
        File.WriteAllText(Path.Combine(folder, "text.db"), "this is no database, however long one reads in it, and it is long enough to have a header of a hundred bytes and more");
        await using (var other = Databases.Open("sqlite:" + Path.Combine(folder, "other.db"))) await other.Write(session => (Outcome<int>)session.Execute("CREATE TABLE runs (x INTEGER)"), default);
        foreach (var (source, code, says) in ((string, int, string)[])
            [
                (folder, ExitCode.Usage, "no MLflow store"), (Path.Combine(folder, "none"), ExitCode.NotFound, "no file or folder"), (Path.Combine(folder, "text.db"), ExitCode.Failed, "no SQLite database"),
                (Path.Combine(folder, "other.db"), ExitCode.Usage, "no MLflow database"), ("http://127.0.0.1:5000", ExitCode.Usage, "is not read"), ("mysql://u@h/d", ExitCode.Usage, "is not read"),
                ("postgresql://u:secret@h/d", ExitCode.Usage, "PGPASSWORD"), ("postgresql+psycopg2://u@127.0.0.1:1/d", ExitCode.Failed, "does not answer"),
            ])
        {
            var said = await Shell.Run("import", "mlflow", source, "--url", "http://127.0.0.1:1");
            Assert.Equal((code, ""), (said.Code, said.Output));
            Assert.Contains(says, said.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", said.Error, StringComparison.Ordinal);
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_so()
    {
        await using var store = await MlflowStore.Create(Dialect.Sqlite, 3);
        var report = new ImportReport();
        using var client = new SlipwayClient(new SlipwayClientOptions { Url = new Uri("http://127.0.0.1:1"), RetriesMax = 0 });
        using var source = ImportMlflow.Open(store.Source, null, report);
        var failure = await Assert.ThrowsAsync<SlipwayException>(() => new MlflowImport(source, new ImportTarget(client, report), null, _ => { }).Run([], default));
        Assert.True(failure.IsUnreachable);
    }

    private static async Task<string> Everything(ImportServer server)
    {
        var all = new JsonArray();
        foreach (var run in (string[])[MlflowStore.First, MlflowStore.Child, MlflowStore.Broken, MlflowStore.Gone])
        {
            all.Add((await server.Server.Get($"/api/2.0/mlflow/runs/get?run_id={run}")).Json);
            foreach (var file in await server.Files(run)) all.Add(file);
            foreach (var key in (string[])["loss", "nan", "down", "x", "q"])
                foreach (var point in await server.Points(run, key)) all.Add(point.ToString());
        }
        all.Add((await server.Server.Get("/api/2.0/mlflow/experiments/get-by-name?experiment_name=gone")).Json["experiment"]!["lifecycle_stage"]!.ToString());
        var model = (await server.Server.Get($"/api/2.0/mlflow/logged-models/{MlflowStore.Model}")).Json["model"]!.AsObject();
        foreach (var time in (string[])["creation_timestamp_ms", "last_updated_timestamp_ms"]) model["info"]!.AsObject().Remove(time);
        all.Add(model.ToJsonString());
        return all.ToJsonString();
    }

    /// <summary>A connection that carries so many requests and breaks, before or after the server did what the last one asked.</summary>
    private sealed class BreakingLine(int budget, bool answered) : DelegatingHandler(new SocketsHttpHandler())
    {
        private int left = budget;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (Interlocked.Decrement(ref left) >= 0) return await base.SendAsync(request, cancellationToken);
            if (answered) (await base.SendAsync(request, cancellationToken)).Dispose();
            throw new HttpRequestException(HttpRequestError.ConnectionError, "the line broke", null, HttpStatusCode.BadGateway);
        }
    }
}
