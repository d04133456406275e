using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Slipway.Engines.Onnx;
using static Microsoft.Playwright.Assertions;

namespace Slipway.EndToEnd.Pages;

/// <summary>Endpoints: deployed, tried, watched, steered and gone back from on their pages.</summary>
public abstract class EndpointPagesTests(PagesServer server)
{
    private const string Hostile = "<img src=x onerror=alert(1)> {{1+1}}";

    private const string Mlmodel = """
        flavors:
          onnx:
            data: model.onnx
        mlflow_version: 3.1.0
        saved_input_example_info:
          artifact_path: input_example.json
          type: dataframe
        signature:
          inputs: '[{"name": "delay", "type": "float", "required": true}]'
          outputs: '[{"name": "probability", "type": "float", "required": true}]'
        """;

    [Fact]
    public async Task A_model_is_deployed_tried_explored_and_gone_back_from()
    {
        await Model("late", 2);
        await using var page = await server.Open("/endpoints");
        await page.Button("Deploy a model").ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Model" }).FillAsync("late");
        await page.Page.GetByRole(AriaRole.Option, new() { Name = "late", Exact = true }).ClickAsync();
        await dialog.GetByLabel("a number").CheckAsync();
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Number" }).FillAsync("1");
        await Expect(dialog.GetByLabel("Endpoint", new() { Exact = true })).ToHaveValueAsync("late");
        await dialog.GetByLabel("Why").FillAsync("first " + Hostile);
        await page.IsAccessible("the dialog of a deployment");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Deploy", Exact = true }).ClickAsync();
        await Expect(page.Heading("late")).ToBeVisibleAsync();
        await Expect(page.Page.GetByLabel("Routes", new() { Exact = true })).ToContainTextAsync("ready", new() { Timeout = 60_000 });

        // The form is made of the signature and filled with the model's own example.
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Try it" }).ClickAsync();
        await page.Sees("Filled with the input example");
        await page.Page.GetByLabel("delay float").FillAsync("0.25");
        await page.Button("Send").ClickAsync();
        await Expect(page.Page.GetByLabel("The answer", new() { Exact = true })).ToContainTextAsync("0.25");
        await page.Page.GetByLabel("Protocol").SelectOptionAsync("mlflow");
        await page.Button("Send").ClickAsync();
        await Expect(page.Page.GetByLabel("The answer", new() { Exact = true })).ToContainTextAsync("predictions");
        Assert.Contains("as=mlflow", page.Page.Url, StringComparison.Ordinal);
        await page.Pictures("endpoint-try");

        await page.Page.SetViewportSizeAsync(1440, 900);
        await Logged("late", 2);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Predictions" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Table, new() { Name = "Predictions" }).GetByRole(AriaRole.Link).First.ClickAsync();
        dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByLabel("Asked", new() { Exact = true })).ToContainTextAsync("0.25");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Replay" }).ClickAsync();
        await Expect(dialog.GetByLabel("Replay", new() { Exact = true })).ToContainTextAsync("the same");
        Assert.Contains("prediction=", page.Page.Url, StringComparison.Ordinal);
        await page.IsAccessible("a prediction");
        await page.Page.Keyboard.PressAsync("Escape");

        await page.Button("Deploy...").ClickAsync();
        dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Number" }).FillAsync("2");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Deploy", Exact = true }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "Overview" }).ClickAsync();
        await Expect(page.Page.GetByLabel("Routes", new() { Exact = true })).ToContainTextAsync("late v2");
        await page.Button("Roll back...").ClickAsync();
        dialog = page.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Roll back", Exact = true })).ToBeDisabledAsync();
        await dialog.GetByLabel("Why").FillAsync("too many late flights");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Roll back", Exact = true }).ClickAsync();
        await Expect(page.Page.GetByLabel("Routes", new() { Exact = true })).ToContainTextAsync("late v1");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "History", Exact = true }).ClickAsync();
        await page.Sees("too many late flights");
        await page.Sees("first " + Hostile);
        await page.Pictures("endpoint-history");
        await page.Go("/models/late/versions/1");
        await page.Page.GetByLabel("Serves at").GetByRole(AriaRole.Link, new() { Name = "late" }).ClickAsync();
        await Expect(page.Heading("late")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_canary_is_watched_held_and_aborted_and_home_tells_of_it()
    {
        await Model("climbing", 2);
        await Deployed("climbing");
        await server.Post("/api/slipway/v1/endpoints/climbing/deploy", new JsonObject { ["model"] = "climbing", ["version"] = "2", ["canary"] = new JsonObject { ["steps"] = new JsonArray(5, 100) }, ["reason"] = Hostile });
        await using var page = await server.Open("/");
        await page.Sees("Endpoints to look at");
        await page.Page.Locator("a[href='/endpoints/climbing']").ClickAsync();
        var canary = page.Page.GetByLabel("Canary", new() { Exact = true });
        await Expect(canary).ToContainTextAsync("5%");
        await page.Button("Hold").ClickAsync();
        await page.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Hold", Exact = true }).ClickAsync();
        await Expect(canary).ToContainTextAsync("canary held");
        await page.Pictures("endpoint-canary");

        // Somebody else ends it: the page is not loaded anew.
        await page.Page.SetViewportSizeAsync(1440, 900);
        await server.Post("/api/slipway/v1/endpoints/climbing/canary", new JsonObject { ["action"] = "abort", ["reason"] = "by a program" });
        await Expect(canary).ToContainTextAsync("aborted");
        await Expect(page.Page.GetByLabel("Routes", new() { Exact = true })).Not.ToContainTextAsync("climbing v2");
    }

    [Fact]
    public async Task Weights_are_changed_and_an_endpoint_deleted_with_the_keyboard_alone_on_a_phone()
    {
        await Model("keys", 2);
        await Deployed("keys");
        await server.Post("/api/slipway/v1/endpoints/keys/deploy", new JsonObject { ["model"] = "keys", ["version"] = "2", ["weight"] = 10 });
        await using var page = await server.Open("/endpoints?q=keys", 390);
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "keys", Exact = true }).FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Button("Change weights...").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.GetByLabel("Weight of v1").FocusAsync();
        await page.Page.Keyboard.PressAsync("Control+A");
        await page.Page.Keyboard.TypeAsync("0");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Img, new() { Name = "v2 100%" })).ToBeVisibleAsync();
        // A dialog that closes gives the focus back to its button: only then is the next one asked.
        await Expect(page.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await page.Button("More").PressAsync("Enter");
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Delete" }).PressAsync("Enter");
        await Expect(page.Button("Delete for good")).ToBeDisabledAsync();
        await page.Page.Keyboard.TypeAsync("keys");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Heading("Endpoints")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_is_not_there_and_what_is_empty_say_what_one_can_do()
    {
        await using var page = await server.Open("/endpoints/nothing-of-this-name");
        page.Allow("404");
        await page.Sees("There is no such thing");
        await page.Go("/endpoints");
        await Expect(page.Heading("Endpoints")).ToBeVisibleAsync();
        await page.Pictures("endpoints");
    }

    private async Task Model(string name, int versions)
    {
        await server.Mlflow("registered-models/create", new JsonObject { ["name"] = name, ["description"] = Hostile });
        for (var version = 1; version <= versions; version++)
        {
            var graph = new OnnxGraph("late") { Version = version }.Input("delay", OnnxType.Tensor(OnnxElement.Float, "batch", 1)).Output("probability", OnnxType.Tensor(OnnxElement.Float, "batch", 1)).Node("Identity", ["delay"], ["probability"]);
            var experiment = await server.Experiment($"{name} {Guid.NewGuid():N}");
            var run = await server.Run(experiment, name, ends: "FINISHED");
            await server.Artifact(experiment, run, "model/MLmodel", Encoding.UTF8.GetBytes(Mlmodel));
            await server.Artifact(experiment, run, "model/input_example.json", """{"columns": ["delay"], "data": [[0.5]]}"""u8.ToArray());
            await server.Artifact(experiment, run, "model/model.onnx", graph.ToArray());
            await server.Mlflow("model-versions/create", new JsonObject { ["name"] = name, ["source"] = $"runs:/{run}/model", ["run_id"] = run });
        }
    }

    private Task<JsonNode> Deployed(string name) => server.Post("/api/slipway/v1/endpoints", new JsonObject
    {
        ["name"] = name,
        ["description"] = Hostile,
        ["arms"] = new JsonArray(new JsonObject { ["model"] = name, ["version"] = "1", ["weight"] = 1 }),
    });

    /// <summary>Records are in memory for a moment: waits until so many are in the log.</summary>
    private async Task Logged(string endpoint, int least)
    {
        for (var looks = 0; looks < 600; looks++)
        {
            var page = JsonNode.Parse(await server.Server.Http.GetStringAsync($"/api/slipway/v1/endpoints/{endpoint}/predictions"))!;
            if ((page["predictions"]?.AsArray().Count ?? 0) >= least) return;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        Assert.Fail("The predictions are not in the log.");
    }
}

public sealed class EndpointPagesOnSqlite(PagesOnSqlite server) : EndpointPagesTests(server), IClassFixture<PagesOnSqlite>;

public sealed class EndpointPagesOnPostgres(PagesOnPostgres server) : EndpointPagesTests(server), IClassFixture<PagesOnPostgres>;
