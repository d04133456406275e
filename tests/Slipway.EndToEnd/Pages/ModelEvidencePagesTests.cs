using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Slipway.Engines.Onnx;
using Slipway.Registry;
using static Microsoft.Playwright.Assertions;

namespace Slipway.EndToEnd.Pages;

/// <summary>What is known about a version because the server looked itself: what it measured, what it found in the files, whose signature they bear, where they came from.</summary>
public abstract class ModelEvidencePagesTests(PagesServer server)
{
    /// <summary>A pickle as an attacker writes it: loading it calls posix.system.</summary>
    private static readonly byte[] Hostile = "cposix\nsystem\n(S'echo <img src=x onerror=alert(1)>'\ntR."u8.ToArray();

    private static byte[] Model() => new OnnxGraph("late") { Producer = "<b>tests</b>", Version = 7 }
        .Input("delay", OnnxType.Tensor(OnnxElement.Float, "batch", 1)).Output("probability", OnnxType.Tensor(OnnxElement.Float, "batch", 1)).Node("Identity", ["delay"], ["probability"]).Note("classes", "on time,late").ToArray();

    [Fact]
    public async Task What_the_server_measured_found_and_verified_is_shown_and_a_version_is_promoted_with_it()
    {
        await Register("late", ("MLmodel", "flavors:\n  onnx:\n    data: model.onnx\n"u8.ToArray()), ("model.onnx", Model()));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await Sign("late", key);
        await Measure("late");
        await using var page = await server.Open("/models/late/versions/1?tab=evaluations");
        await Expect(page.Page.GetByRole(AriaRole.Row, new() { Name = "roc_auc" }).First).ToContainTextAsync("1", new() { Timeout = 60_000 });
        await page.Sees("computed");
        await page.Pictures("evidence-evaluations");

        await page.Go("/models/late/versions/1?tab=files");
        await Expect(page.Page.GetByLabel("Signatures")).ToContainTextAsync("release");
        await Expect(page.Page.GetByLabel("Signatures")).ToContainTextAsync("valid");
        await Expect(page.Page.GetByLabel("ONNX model model.onnx")).ToContainTextAsync("batch × 1");
        await page.Sees("<b>tests</b>");
        await page.Pictures("evidence-files");

        // The signature is read from the model itself: nobody wrote one down.
        await page.Page.SetViewportSizeAsync(1440, 900);
        await page.Go("/models/late/versions/1");
        await page.Sees("Read from the ONNX model");
        await Promote(page, "late");
    }

    private async Task Promote(PageUnderTest page, string name)
    {
        var target = "prod-" + Guid.NewGuid().ToString("N")[..6];
        await server.Post("/api/3.0/mlflow/workspaces", new JsonObject { ["name"] = target });
        await page.Go($"/models/{name}/versions/1");
        await page.Button("More").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Promote to workspace..." }).ClickAsync();
        await page.Page.GetByLabel("Workspace", new() { Exact = true }).SelectOptionAsync(target);
        await Expect(page.Button("Promote")).ToBeDisabledAsync();
        await page.Page.GetByLabel("Why").FillAsync("good in dev </p><script>alert(1)</script>");
        await page.IsAccessible("the dialog of a promotion");
        await page.Button("Promote").ClickAsync();
        // Nobody loads the page anew: the copy's end comes by itself.
        await Expect(page.Page.GetByLabel("Promoted to")).ToContainTextAsync("as late version 1", new() { Timeout = 60_000 });
        await page.Sees("good in dev </p><script>alert(1)</script>");
        await page.Page.EvaluateAsync("name => localStorage.setItem('slipway.workspace', name)", target);
        await page.Go($"/models/{name}/versions/1");
        await Expect(page.Page.GetByLabel("Origin")).ToContainTextAsync("of the workspace default");
        await Expect(page.Page.GetByLabel("Measured there")).ToContainTextAsync("roc_auc");
        await page.Pictures("evidence-origin");
    }

    [Fact]
    public async Task A_pickle_that_runs_code_is_shown_with_what_it_calls_and_where()
    {
        await Register("pickled", ("MLmodel", "flavors:\n  sklearn:\n    pickled_model: model.pkl\n"u8.ToArray()), ("model.pkl", Hostile));
        await using var page = await server.Open("/models/pickled/versions/1?tab=files", 390);
        await Expect(page.Page.GetByLabel("Scan")).ToContainTextAsync("unsafe", new() { Timeout = 60_000 });
        await Expect(page.Page.GetByLabel("Findings")).ToContainTextAsync("posix.system");
        await Expect(page.Page.GetByLabel("Findings")).ToContainTextAsync("model.pkl");
        await page.Pictures("evidence-unsafe");
        await page.Go("/models/pickled/versions/1");
        await page.Sees("unsafe");
        // The list says it too, beside who answers for the model: one request for all of its rows.
        await page.Go("/models");
        await page.Page.GetByRole(AriaRole.Link, new() { Name = "v1 unsafe" }).ClickAsync();
        await Expect(page.Page.GetByLabel("Findings")).ToContainTextAsync("posix.system");
    }

    [Fact]
    public async Task A_policy_is_tried_while_it_is_written_and_nothing_is_saved()
    {
        await Register("drafted", ("MLmodel", "flavors:\n  onnx:\n    data: model.onnx\n"u8.ToArray()), ("model.onnx", Model()));
        await using var page = await server.Open("/settings/policies");
        await page.Button("New policy").ClickAsync();
        var dialog = page.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Policy, as YAML" }).ClickAsync();
        await page.Page.Keyboard.PressAsync("Control+A");
        await page.Page.Keyboard.InsertTextAsync("checks:\n  - check: tags\n    required: [ticket]\n");
        await dialog.GetByText("Try it on a version before saving").ClickAsync();
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "Model" }).FillAsync("drafted");
        await page.Page.GetByRole(AriaRole.Option, new() { Name = "drafted" }).ClickAsync();
        await dialog.GetByLabel("Version", new() { Exact = true }).FillAsync("1");
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Sees("1 missing");
        await Expect(dialog.GetByRole(AriaRole.List, new() { Name = "Checks" })).ToContainTextAsync("ticket");
        await page.IsAccessible("a draft of a policy that is tried");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        Assert.DoesNotContain("ticket", await server.Server.Http.GetStringAsync("/api/slipway/v1/gates/policies"), StringComparison.Ordinal);
    }

    private async Task Register(string name, params (string Path, byte[] Content)[] files)
    {
        var experiment = await server.Experiment($"{name} {Guid.NewGuid():N}");
        var run = await server.Run(experiment, name, [("roc_auc", 0.7)], ends: "FINISHED");
        foreach (var (path, content) in files) await server.Artifact(experiment, run, "model/" + path, content);
        await server.Mlflow("registered-models/create", new JsonObject { ["name"] = name });
        await server.Mlflow("model-versions/create", new JsonObject { ["name"] = name, ["source"] = $"runs:/{run}/model", ["run_id"] = run });
    }

    private async Task Sign(string name, ECDsa key)
    {
        await server.Post("/api/slipway/v1/model-keys", new JsonObject { ["name"] = "release", ["public_key"] = key.ExportSubjectPublicKeyInfoPem() });
        var package = JsonNode.Parse(await server.Server.Http.GetStringAsync($"/api/slipway/v1/models/{name}/versions/1/package"))!;
        ModelFile[] files = [.. package["files"]!.AsArray().Select(static file => new ModelFile((string)file!["path"]!, (long)file["size"]!, (string)file["sha256"]!))];
        await server.Post($"/api/slipway/v1/models/{name}/versions/1/signatures", new JsonObject { ["envelope"] = ModelSigning.Sign(ModelSigning.Statement(name, files), key) });
    }

    private async Task Measure(string name)
    {
        var rows = new StringBuilder("delay,late\n");
        for (var i = 0; i < 40; i++) rows.Append(CultureInfo.InvariantCulture, $"{(i + 0.5) / 40},{(i >= 20 ? 1 : 0)}\n");
        using var answer = await server.Server.Http.PutAsync("/api/slipway/v1/eval-datasets/holdout/upload?file=test.csv", new ByteArrayContent(Encoding.UTF8.GetBytes(rows.ToString())));
        var uploaded = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        await server.Post("/api/slipway/v1/eval-datasets/holdout/versions", new JsonObject { ["source"] = (string)uploaded["source"]!, ["target"] = "late" });
        await server.Post($"/api/slipway/v1/models/{name}/versions/1/evaluations", new JsonObject { ["dataset"] = "holdout" });
    }
}

public sealed class ModelEvidencePagesOnSqlite(PagesOnSqlite server) : ModelEvidencePagesTests(server), IClassFixture<PagesOnSqlite>;

public sealed class ModelEvidencePagesOnPostgres(PagesOnPostgres server) : ModelEvidencePagesTests(server), IClassFixture<PagesOnPostgres>;
