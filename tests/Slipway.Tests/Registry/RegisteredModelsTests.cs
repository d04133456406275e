using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Tests.Registry;

public sealed class RegisteredModelsOnSqlite(RegistryOnSqlite server) : RegisteredModelsTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class RegisteredModelsOnPostgres(RegistryOnPostgres server) : RegisteredModelsTests(server), IClassFixture<RegistryOnPostgres>;

public abstract class RegisteredModelsTests(RegistryServer server)
{
    [Fact]
    public async Task Create_answers_what_get_answers()
    {
        var name = server.Name("naïve 日本");
        var made = (await server.Ok("/registered-models/create", $$"""{"name":"{{name}}","description":"d","tags":[{"key":"b","value":"2"},{"key":"a"},{"key":"b","value":"3"}]}"""))["registered_model"]!;
        Assert.Equal((name, "d", """[{"key":"a","value":""},{"key":"b","value":"3"}]"""), ((string)made["name"]!, (string)made["description"]!, made["tags"]!.ToJsonString()));
        Assert.Equal((long)made["creation_timestamp"]!, (long)made["last_updated_timestamp"]!);
        Assert.Equal(made.ToJsonString(), (await server.TheModel(name)).ToJsonString());
        Assert.Null(made["latest_versions"]);
    }

    [Theory]
    [InlineData("{}", "Missing value for required parameter 'name'")]
    [InlineData("""{"name":" "}""", "Missing value for required parameter 'name'")]
    [InlineData("""{"name":"a/b"}""", "Names cannot contain '/' or ':'")]
    [InlineData("""{"name":"a:b"}""", "Names cannot contain '/' or ':'")]
    [InlineData("""{"name":".."}""", "it reads as a directory")]
    [InlineData("""{"name":"."}""", "it reads as a directory")]
    [InlineData("""{"name":"..\\x"}""", "it holds '\\'")]
    [InlineData("""{"name":"%2e%2e"}""", "it reads as a directory")]
    [InlineData("""{"name":"a%252fb"}""", "decoded 2 times, it holds '/'")]
    [InlineData("""{"name":"a\u0000b"}""", "NUL")]
    [InlineData("""{"name":"a\nb"}""", "control character")]
    [InlineData("""{"name":"x","tags":[{"value":"v"}]}""", "tags[0].key")]
    [InlineData("""{"name":"x","tags":[null]}""", "tags[0].key")]
    [InlineData("""{"name":"x","tags":[{"key":"../k"}]}""", "tags[0].key")]
    public async Task Create_says_what_is_wrong(string body, string says) => await server.Invalid("/registered-models/create", body, says);

    [Theory]
    [InlineData("100%")]
    [InlineData("a.b-c_d e")]
    [InlineData("...")]
    [InlineData("it's \\u0022quoted\\u0022")]
    public async Task Odd_names_that_are_no_paths_are_names(string name)
    {
        var own = server.Name() + name;
        await server.Ok("/registered-models/create", $$"""{"name":"{{own}}"}""");
        Assert.NotNull(await server.TheModel(JsonSerializer.Deserialize<string>($"\"{own}\"")!));
    }

    [Fact]
    public async Task Limits_hold_to_the_character()
    {
        var name = server.Name("n").PadRight(256, 'x');
        await server.Ok("/registered-models/create", $$"""{"name":"{{name}}","description":"{{new string('d', 5000)}}"}""");
        await server.Invalid("/registered-models/create", $$"""{"name":"{{name}}x"}""", "'name' exceeds the maximum length of 256 characters");
        await server.Invalid("/registered-models/create", $$"""{"name":"{{server.Name()}}","description":"{{new string('d', 5001)}}"}""", "maximum length of 5000");
        await server.Ok("/registered-models/set-tag", $$"""{"name":"{{name}}","key":"{{new string('k', 250)}}","value":"{{new string('v', 100_000)}}"}""");
        await server.Invalid("/registered-models/set-tag", $$"""{"name":"{{name}}","key":"{{new string('k', 251)}}","value":"v"}""", "maximum length of 250");
        await server.Invalid("/registered-models/set-tag", $$"""{"name":"{{name}}","key":"k","value":"{{new string('v', 100_001)}}"}""", "maximum length of 100000");
        for (var i = 0; i < 9; i++) await server.Ok("/registered-models/set-tag", $$"""{"name":"{{name}}","key":"k{{i}}","value":"{{new string('v', 100_000)}}"}""");
        await server.Invalid("/registered-models/set-tag", $$"""{"name":"{{name}}","key":"k","value":"v"}""", "1,000,000 characters together");
        await server.Ok("/registered-models/set-tag", $$"""{"name":"{{name}}","key":"k0","value":"{{new string('w', 100_000)}}"}""");
    }

    [Fact]
    public async Task Models_and_prompts_are_found_by_their_names()
    {
        var model = await server.Model("Flüge");
        var prompt = await server.Model("prompt", """[{"key":"mlflow.prompt.is_prompt","value":"true"}]""");
        Assert.Equal(["registered_model " + model], await Found(model.ToUpperInvariant()));
        Assert.Equal(["registered_model " + model], await Found(model[2..]));
        Assert.Equal(["prompt " + prompt], await Found(prompt));
        await server.Done("DELETE", "/registered-models/delete", $$"""{"name":"{{model}}"}""");
        Assert.Empty(await Found(model));

        async Task<List<string>> Found(string text) =>
            [.. (await server.Send("GET", "/api/slipway/v1/find?q=" + Uri.EscapeDataString(text))).Json["results"]!.AsArray().Select(static one => $"{one!["kind"]} {one["id"]}")];
    }

    [Fact]
    public async Task Name_is_taken_once_and_free_after_a_deletion()
    {
        var name = await server.Model();
        await server.Refused("/registered-models/create", $$"""{"name":"{{name}}"}""", 400, "RESOURCE_ALREADY_EXISTS", $"Registered Model (name={name}) already exists.");
        await server.Version(name);
        await server.Done("DELETE", "/registered-models/delete", $$"""{"name":"{{name}}"}""");
        var gone = await server.Get("/registered-models/get?name=" + name);
        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST", $"Registered Model with name={name} not found"), ((int)gone.Status, gone.ErrorCode, gone.Message));
        await server.Refused("DELETE", "/registered-models/delete", $$"""{"name":"{{name}}"}""", 404, "RESOURCE_DOES_NOT_EXIST", name);
        await server.Ok("/registered-models/create", $$"""{"name":"{{name}}"}""");
        Assert.Equal("1", await server.Version(name)); // another model, that nothing is left to of the first
    }

    [Fact]
    public async Task Prompts_and_models_share_their_names_and_the_message_says_what_is_there()
    {
        const string Tags = """[{"key":"mlflow.prompt.is_prompt","value":"true"}]""";
        var (model, prompt) = (await server.Model(), await server.Model("prompt", Tags));
        await server.Refused("/registered-models/create", $$"""{"name":"{{prompt}}"}""", 400, "RESOURCE_ALREADY_EXISTS", "already taken by a prompt");
        await server.Refused("/registered-models/create", $$"""{"name":"{{model}}","tags":{{Tags}}}""", 400, "RESOURCE_ALREADY_EXISTS", "already taken by a registered model");
        await server.Refused("/registered-models/create", $$"""{"name":"{{prompt}}","tags":{{Tags}}}""", 400, "RESOURCE_ALREADY_EXISTS", $"Prompt (name={prompt}) already exists.");
    }

    [Fact]
    public async Task Rename_takes_versions_and_aliases_along()
    {
        var (name, to) = (await server.Model(), server.Name("renamed"));
        var version = await server.Version(name);
        await server.Ok("/registered-models/alias", $$"""{"name":"{{name}}","alias":"best","version":"{{version}}"}""");
        var renamed = (await server.Ok("/registered-models/rename", $$"""{"name":"{{name}}","new_name":"{{to}}"}"""))["registered_model"]!;
        Assert.Equal((to, to), ((string)renamed["name"]!, (string)renamed["latest_versions"]![0]!["name"]!));
        Assert.Equal([$"{to}/1"], await server.Find("model-versions", $"name = '{to}'"));
        Assert.Empty(await server.Find("model-versions", $"name = '{name}'"));
        Assert.Equal(to, (string)(await server.Ok($"/registered-models/alias?name={to}&alias=best"))["model_version"]!["name"]!);
        var taken = await server.Model();
        await server.Refused("/registered-models/rename", $$"""{"name":"{{to}}","new_name":"{{taken}}"}""", 400, "RESOURCE_ALREADY_EXISTS", taken);
        await server.Invalid("/registered-models/rename", $$"""{"name":"{{to}}"}""", "Missing value for required parameter 'new_name'");
        await server.Invalid("/registered-models/rename", $$"""{"name":"{{to}}","new_name":"a/b"}""", "cannot contain");
        await server.Refused("/registered-models/rename", $$"""{"name":"{{name}}","new_name":"{{server.Name()}}"}""", 404, "RESOURCE_DOES_NOT_EXIST", name);
    }

    [Fact]
    public async Task Update_changes_the_description_and_an_absent_one_empties_it()
    {
        var name = await server.Model();
        Assert.Equal("new", (string)(await server.Done("PATCH", "/registered-models/update", $$"""{"name":"{{name}}","description":"new"}"""))["registered_model"]!["description"]!);
        Assert.Null((await server.Done("PATCH", "/registered-models/update", $$"""{"name":"{{name}}"}"""))["registered_model"]!["description"]);
    }

    [Fact]
    public async Task Tags_are_set_overwritten_and_deleted_and_deleting_none_is_no_error()
    {
        var name = await server.Model();
        foreach (var value in (string[])["one", "two"]) await server.Ok("/registered-models/set-tag", $$"""{"name":"{{name}}","key":"k","value":"{{value}}"}""");
        Assert.Equal("""[{"key":"k","value":"two"}]""", (await server.TheModel(name))["tags"]!.ToJsonString());
        for (var i = 0; i < 2; i++) await server.Done("DELETE", "/registered-models/delete-tag", $$"""{"name":"{{name}}","key":"k"}""");
        Assert.Null((await server.TheModel(name))["tags"]);
        await server.Refused("/registered-models/set-tag", $$"""{"name":"no-{{name}}","key":"k","value":""}""", 404, "RESOURCE_DOES_NOT_EXIST", "not found");
    }

    [Fact]
    public async Task One_of_many_that_create_the_same_name_wins()
    {
        var name = server.Name("race");
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => server.Post("/registered-models/create", $$"""{"name":"{{name}}"}""")));
        Assert.Single(answers, answer => (int)answer.Status == 200);
        Assert.All(answers.Where(answer => (int)answer.Status != 200), answer => Assert.Equal("RESOURCE_ALREADY_EXISTS", answer.ErrorCode));
    }

    [Fact]
    public async Task Rename_and_create_that_race_for_a_name_leave_one_owner()
    {
        for (var round = 0; round < 5; round++)
        {
            var (model, name) = (await server.Model(), server.Name("wanted"));
            var answers = await Task.WhenAll(
                server.Post("/registered-models/rename", $$"""{"name":"{{model}}","new_name":"{{name}}"}"""),
                server.Post("/registered-models/create", $$"""{"name":"{{name}}"}"""));
            Assert.Single(answers, answer => (int)answer.Status == 200);
            Assert.Single(answers, answer => answer.Body.Contains("RESOURCE_ALREADY_EXISTS", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Every_change_is_an_event_with_before_and_after()
    {
        var name = await server.Model();
        await server.Ok("/registered-models/set-tag", $$"""{"name":"{{name}}","key":"k","value":"1"}""");
        await server.Ok("/registered-models/set-tag", $$"""{"name":"{{name}}","key":"k","value":"2"}""");
        await server.Version(name);
        await server.Ok("/model-versions/transition-stage", $$"""{"name":"{{name}}","version":"1","stage":"production","reason":"it won"}""");
        await server.Ok("/registered-models/alias", $$"""{"name":"{{name}}","alias":"best","version":"1"}""");
        await server.Done("DELETE", "/registered-models/delete", $$"""{"name":"{{name}}"}""");
        // Events are listed once they are sealed, which is a moment after the change.
        var events = await Events();
        for (var waited = Stopwatch.StartNew(); !events.Contains(("registered_model.deleted", null, null)) && waited.Elapsed < TimeSpan.FromSeconds(30);) events = await Events();
        Assert.Contains(("registered_model.tagged", "1", "2"), events);
        Assert.Contains(("model_version.transitioned", "None", "Production"), events);
        Assert.Contains(("model_alias.set", null, "1"), events);
        Assert.Contains(("registered_model.deleted", null, null), events);

        async Task<List<(string, string?, string?)>> Events()
        {
            var sent = await server.Server.Get("/api/slipway/v1/events?max_results=1000");
            Assert.Equal(200, (int)sent.Status);
            return [.. sent.Json["events"]!.AsArray().Select(one => one!["data"] is { } data && JsonNode.Parse(data.GetValueKind() is JsonValueKind.String ? (string)data! : data.ToJsonString()) is JsonObject said && (string?)said["name"] == name
                ? ((string)one["kind"]!, (string?)said["before"], (string?)said["after"]) : ("", null, null))];
        }
    }
}
