using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Slipway.Storage;
using Slipway.Tests.Storage;

namespace Slipway.EndToEnd.Pages;

/// <summary>A real server for the pages' tests of one class, on either database, and a few words to fill it.</summary>
public abstract class PagesServer(Dialect dialect) : IAsyncLifetime
{
    /// <summary>The server's process.</summary>
    public ServerProcess Server { get; private set; } = null!;

    /// <summary>Starts it.</summary>
    public async ValueTask InitializeAsync()
    {
        string[] database = dialect is Dialect.Postgres ? ["--database", "postgres:" + await PostgresServer.Shared().CreateDatabase()] : [];
        Server = await ServerProcess.Start(null, [.. database, .. Arguments]);
        await Fill();
    }

    /// <summary>Ends it.</summary>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (Server is not null) await Server.DisposeAsync();
    }

    /// <summary>What `slipway server` is told beside its folder, address and database.</summary>
    protected virtual string[] Arguments => [];

    /// <summary>What is there before the first test.</summary>
    protected virtual Task Fill() => Task.CompletedTask;

    /// <summary>Posts to MLflow's API.</summary>
    public Task<JsonNode> Mlflow(string path, JsonObject body) => Post("/api/2.0/mlflow/" + path, body);

    /// <summary>Posts JSON; anything but success fails the test.</summary>
    public async Task<JsonNode> Post(string path, JsonObject body)
    {
        using var answer = await Server.Http.PostAsync(path, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }

    /// <summary>Makes an experiment; its id.</summary>
    public async Task<string> Experiment(string name) => (string)(await Mlflow("experiments/create", new JsonObject { ["name"] = name }))["experiment_id"]!;

    /// <summary>Makes a run; its id.</summary>
    public async Task<string> Run(string experiment, string name, (string Key, double Value)[]? metrics = null, (string Key, string Value)[]? parameters = null, (string Key, string Value)[]? tags = null, string? ends = null)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var run = (string)(await Mlflow("runs/create", new JsonObject { ["experiment_id"] = experiment, ["run_name"] = name, ["start_time"] = now }))["run"]!["info"]!["run_id"]!;
        await Mlflow("runs/log-batch", new JsonObject
        {
            ["run_id"] = run,
            ["metrics"] = new JsonArray([.. (metrics ?? []).Select(one => new JsonObject { ["key"] = one.Key, ["value"] = one.Value, ["timestamp"] = now, ["step"] = 0 })]),
            ["params"] = new JsonArray([.. (parameters ?? []).Select(one => new JsonObject { ["key"] = one.Key, ["value"] = one.Value })]),
            ["tags"] = new JsonArray([.. (tags ?? []).Select(one => new JsonObject { ["key"] = one.Key, ["value"] = one.Value })]),
        });
        if (ends is not null) await Mlflow("runs/update", new JsonObject { ["run_id"] = run, ["status"] = ends, ["end_time"] = now + 1000 });
        return run;
    }

    /// <summary>Puts a file among a run's artifacts.</summary>
    public async Task Artifact(string experiment, string run, string path, byte[] content)
    {
        var name = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        using var answer = await Server.Http.PutAsync($"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/{name}", new ByteArrayContent(content));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A page in a browser of its own: nothing of another test is in it.</summary>
    public async Task<PageUnderTest> Open(string path, int width = 1440, bool dark = false)
    {
        var context = await (await Chromium.Shared()).NewContextAsync(new()
        {
            BaseURL = Server.Address.ToString(),
            ViewportSize = new() { Width = width, Height = width < 600 ? 844 : 900 },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            HasTouch = width < 600,
            IsMobile = width < 600,
            Locale = "en-GB",
            TimezoneId = "UTC",
        });
        var page = new PageUnderTest(context, await context.NewPageAsync(), Server.Address);
        await page.Go(path);
        return page;
    }
}

/// <summary>On SQLite.</summary>
public class PagesOnSqlite() : PagesServer(Dialect.Sqlite);

/// <summary>On PostgreSQL.</summary>
public class PagesOnPostgres() : PagesServer(Dialect.Postgres);
