using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Client;
using Slipway.Models;
using Slipway.Tests.Registry;

namespace Slipway.Tests.Models;

/// <summary>A model of the registry inside this process, against a real server.</summary>
public sealed class SlipwayModelTests(RegistryOnSqlite server) : IClassFixture<RegistryOnSqlite>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-test-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public sealed record Row(float P);

    public sealed record Answer
    {
        public float Probability { get; set; }
    }

    public sealed record WrongRow(string Q);

    private SlipwayModelOptions Options(Uri? url = null) => new()
    {
        Client = new SlipwayClientOptions { Url = url ?? server.Server.Http.BaseAddress!, RetriesMax = 0 },
        CacheFolder = folder,
        FollowEvery = TimeSpan.FromHours(1),
    };

    /// <summary>Registers a model that answers its input; the alias champion is on the newest version.</summary>
    private async Task<string> Version(string? name = null)
    {
        name ??= await server.Model("through");
        var run = await server.Run();
        var root = ((string)(await server.TheRun(run))["info"]!["artifact_uri"]!)["mlflow-artifacts:/".Length..];
        using var content = new ByteArrayContent(ScoringTests.Through("P", "probability")) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        using var put = await server.Server.Http.PutAsync(new Uri($"/api/2.0/mlflow-artifacts/artifacts/{root}/model/model.onnx", UriKind.Relative), content);
        Assert.True(put.IsSuccessStatusCode);
        var version = await server.Version(name, $"runs:/{run}/model", $$""","run_id":"{{run}}" """);
        await server.Ok("/registered-models/alias", $$"""{"name":"{{name}}","alias":"champion","version":"{{version}}"}""");
        return name;
    }

    [Fact]
    public async Task It_predicts_follows_its_alias_and_logs_where_people_look()
    {
        var name = await Version();
        string id;
        await using (var model = new SlipwayModel<Row, Answer>($"models:/{name}@champion", Options()))
        {
            Assert.Equal(0.25f, (await model.PredictAsync(new Row(0.25f))).Probability);
            Assert.Equal([1f, 2f, 3f], (await model.PredictAsync([new Row(1), new Row(2), new Row(3)], id = name + "-three")).Select(static one => one.Probability));
            Assert.Equal(("1", false), (model.Version, await model.LookAsync()));
            await Version(name);
            Assert.True(await model.LookAsync());
            Assert.Equal(("2", 0.5f), (model.Version, (await model.PredictAsync(new Row(0.5f))).Probability));
        }
        var logged = (await server.Send("GET", "/api/slipway/v1/predictions/" + id)).Json["prediction"]!;
        Assert.Equal(("in-process/" + name, "champion", "1", "in-process", 3), ((string)logged["endpoint"]!, (string)logged["arm"]!, (string)logged["version"]!, (string)logged["protocol"]!, (int)logged["rows"]!));
        Assert.Equal("[1,2,3]", logged["outputs"]![0]!["values"]!.ToJsonString());
    }

    [Fact]
    public async Task Calls_that_come_together_get_their_own_answers()
    {
        await using var model = new SlipwayModel<Row, Answer>($"models:/{await Version()}@champion", Options());
        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Task.Run(async () => (await model.PredictAsync(new Row(i))).Probability)));
        Assert.Equal(Enumerable.Range(0, 500).Select(static i => (float)i), answers);
    }

    [Fact]
    public async Task A_start_without_the_server_uses_what_was_verified_before()
    {
        var name = await Version();
        // The cache is by server, so the address stays the same and only the way there changes.
        await using (var first = new SlipwayModel<Row, Answer>($"models:/{name}@champion", Options())) await first.StartAsync();
        var options = Options();
        options.Client = new SlipwayClientOptions { Url = server.Server.Http.BaseAddress!, RetriesMax = 0, Handler = new Away() };
        string? said = null;
        options.Warn = text => said = text;
        await using var second = new SlipwayModel<Row, Answer>($"models:/{name}@champion", options);
        Assert.Equal(7f, (await second.PredictAsync(new Row(7))).Probability);
        Assert.Contains("Version 1, which was used last", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_changed_on_this_machine_are_fetched_anew()
    {
        var name = await Version();
        await using (var first = new SlipwayModel<Row, Answer>($"models:/{name}@champion", Options())) await first.StartAsync();
        var file = Directory.GetFiles(folder, "model.onnx", SearchOption.AllDirectories).Single();
        File.WriteAllText(file, "not a model");
        await using var second = new SlipwayModel<Row, Answer>($"models:/{name}@champion", Options());
        Assert.Equal(7f, (await second.PredictAsync(new Row(7))).Probability);
    }

    [Fact]
    public async Task Types_that_do_not_fit_say_column_expected_and_got()
    {
        await using var model = new SlipwayModel<WrongRow, Answer>($"models:/{await Version()}@champion", Options());
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => model.StartAsync());
        Assert.Contains("expected a number or bool, got String", failure.Message, StringComparison.Ordinal);
        Assert.Contains("slipway models codegen", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_gives_one_model_to_everybody_and_wrong_names_fail_at_once()
    {
        var name = await Version();
        var services = new ServiceCollection();
        services.AddSlipwayModel<Row, Answer>($"models:/{name}/1", options => (options.Client, options.CacheFolder) = (Options().Client, folder));
        await using var provider = services.BuildServiceProvider();
        Assert.Equal(2f, (await provider.GetRequiredService<SlipwayModel<Row, Answer>>().PredictAsync(new Row(2))).Probability);
        Assert.Throws<ArgumentException>(() => services.AddSlipwayModel<Row, Answer>("churn"));
    }

    private sealed class Away : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct) => throw new HttpRequestException(HttpRequestError.ConnectionError, "nobody answers");
    }
}
