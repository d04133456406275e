using System.Text.Json.Nodes;

namespace Slipway.Tests.Registry;

public sealed class ModelVersionsOnSqlite(RegistryOnSqlite server) : ModelVersionsTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class ModelVersionsOnPostgres(RegistryOnPostgres server) : ModelVersionsTests(server), IClassFixture<RegistryOnPostgres>;

public abstract class ModelVersionsTests(RegistryServer server)
{
    [Fact]
    public async Task Create_numbers_from_one_and_answers_what_get_answers()
    {
        var name = await server.Model();
        var made = (await server.Ok("/model-versions/create", $$"""{"name":"{{name}}","source":"runs:/r/m","run_id":"r","run_link":"http://x","description":"d","tags":[{"key":"k","value":"v"}]}"""))["model_version"]!;
        Assert.Equal((name, "1", "None", "READY", "runs:/r/m", "r", "http://x", "d"), ((string)made["name"]!, (string)made["version"]!, (string)made["current_stage"]!, (string)made["status"]!,
            (string)made["source"]!, (string)made["run_id"]!, (string)made["run_link"]!, (string)made["description"]!));
        Assert.Equal(made.ToJsonString(), (await server.TheVersion(name, "1")).ToJsonString());
        Assert.Equal(made.ToJsonString(), (await server.TheModel(name))["latest_versions"]!.AsArray().Single()!.ToJsonString());
        Assert.Equal("2", await server.Version(name));
        Assert.Equal("runs:/r/m", (string)(await server.Ok($"/model-versions/get-download-uri?name={name}&version=1"))["artifact_uri"]!);
    }

    [Fact]
    public async Task Numbers_have_no_gaps_and_no_twins_however_many_write()
    {
        var name = await server.Model("race");
        var made = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => i % 4 == 3
            ? server.Post("/model-versions/create", $$"""{"name":"{{name}}","source":"file:///etc/passwd"}""") // refused: takes no number
            : server.Post("/model-versions/create", $$"""{"name":"{{name}}","source":"runs:/r/m"}""")));
        var numbers = made.Where(answer => (int)answer.Status == 200).Select(answer => int.Parse((string)answer.Json["model_version"]!["version"]!, null)).Order().ToList();
        Assert.Equal(Enumerable.Range(1, 30), numbers);
    }

    [Fact]
    public async Task Number_of_a_deleted_version_is_never_given_again()
    {
        var name = await server.Model();
        foreach (var expected in (string[])["1", "2"]) Assert.Equal(expected, await server.Version(name));
        await server.Ok("/registered-models/alias", $$"""{"name":"{{name}}","alias":"a","version":"2"}""");
        await server.Done("DELETE", "/model-versions/delete", $$"""{"name":"{{name}}","version":"2"}""");
        await server.Refused("DELETE", "/model-versions/delete", $$"""{"name":"{{name}}","version":"2"}""", 404, "RESOURCE_DOES_NOT_EXIST", $"Model Version (name={name}, version=2) not found");
        await server.Refused("PATCH", "/model-versions/update", $$"""{"name":"{{name}}","version":"2","description":"x"}""", 404, "RESOURCE_DOES_NOT_EXIST", "not found");
        Assert.Null((await server.TheModel(name))["aliases"]);
        Assert.Equal("3", await server.Version(name));
    }

    [Theory]
    [InlineData("x", 400, "Parameter 'version' must be an integer, got 'x'.")]
    [InlineData("1.5", 400, "must be an integer")]
    [InlineData("99999999999999999999", 400, "must be an integer")]
    [InlineData("0", 404, "not found")]
    [InlineData("-1", 404, "not found")]
    [InlineData("", 400, "Missing value for required parameter 'version'")]
    public async Task Unknown_and_impossible_versions(string version, int status, string says)
    {
        var name = await server.Model();
        foreach (var (method, path) in ((string, string)[])[("DELETE", "/model-versions/delete"), ("PATCH", "/model-versions/update")])
        {
            var answer = await server.Do(method, path, $$"""{"name":"{{name}}","version":"{{version}}"}""");
            Assert.Equal(status, (int)answer.Status);
            Assert.Contains(says, answer.Message, StringComparison.Ordinal);
        }
        Assert.Equal(status, (int)(await server.Get($"/model-versions/get?name={name}&version={version}")).Status);
    }

    [Fact]
    public async Task Version_of_a_model_that_is_not_there()
    {
        await server.Refused("/model-versions/create", """{"name":"nobody","source":"runs:/r/m"}""", 404, "RESOURCE_DOES_NOT_EXIST", "Registered Model with name=nobody not found");
        await server.Invalid("/model-versions/create", $$"""{"name":"{{await server.Model()}}"}""", "Missing value for required parameter 'source'");
    }

    [Fact]
    public async Task Stages_move_and_archive_the_others()
    {
        var name = await server.Model();
        for (var i = 0; i < 4; i++) await server.Version(name);
        async Task<string> Stages() => string.Join(' ', await Task.WhenAll(Enumerable.Range(1, 4).Select(async i => (string)(await server.TheVersion(name, $"{i}"))["current_stage"]!)));
        foreach (var version in (int[])[1, 2]) await server.Ok("/model-versions/transition-stage", $$"""{"name":"{{name}}","version":"{{version}}","stage":"PRODUCTION"}""");
        await server.Ok("/model-versions/transition-stage", $$"""{"name":"{{name}}","version":"3","stage":"Staging","archive_existing_versions":true}""");
        Assert.Equal("Production Production Staging None", await Stages());
        await server.Ok("/model-versions/transition-stage", $$"""{"name":"{{name}}","version":"3","stage":"Production","archive_existing_versions":true}""");
        Assert.Equal("Archived Archived Production None", await Stages());
        Assert.Equal(["4", "3", "2"], (await server.TheModel(name))["latest_versions"]!.AsArray().Select(version => (string)version!["version"]!));
        Assert.Equal(["3"], (await server.Ok("/registered-models/get-latest-versions", $$"""{"name":"{{name}}","stages":["production"]}"""))["model_versions"]!.AsArray().Select(version => (string)version!["version"]!));
        Assert.Equal(["4", "2"], (await server.Ok($"/registered-models/get-latest-versions?name={name}&stages=None&stages=archived"))["model_versions"]!.AsArray().Select(version => (string)version!["version"]!));
        await server.Invalid("/model-versions/transition-stage", $$"""{"name":"{{name}}","version":"3","stage":"Prod"}""", "Invalid Model Version stage: Prod. Value must be one of None, Staging, Production, Archived.");
        await server.Invalid("/model-versions/transition-stage", $$"""{"name":"{{name}}","version":"3","stage":"None","archive_existing_versions":true}""", "is not an Active stage");
        await server.Invalid("/registered-models/get-latest-versions", $$"""{"name":"{{name}}","stages":["x"]}""", "Invalid Model Version stage");
    }

    [Fact]
    public async Task Of_two_that_take_a_stage_for_themselves_one_stays()
    {
        var name = await server.Model();
        for (var i = 0; i < 8; i++) await server.Version(name);
        await Task.WhenAll(Enumerable.Range(1, 8).Select(i => server.Ok("/model-versions/transition-stage", $$"""{"name":"{{name}}","version":"{{i}}","stage":"Production","archive_existing_versions":true}""")));
        Assert.Single(await server.Find("model-versions", $"name = '{name}' AND current_stage = 'production'"));
        Assert.Equal(7, (await server.Find("model-versions", $"name = '{name}' AND stage = 'Archived'")).Count);
    }

    [Fact]
    public async Task Aliases_are_set_moved_and_taken_away()
    {
        var name = await server.Model();
        for (var i = 0; i < 2; i++) await server.Version(name);
        foreach (var version in (string[])["1", "2"]) await server.Ok("/registered-models/alias", $$"""{"name":"{{name}}","alias":"Champion-1_x","version":"{{version}}"}""");
        Assert.Equal("""[{"alias":"Champion-1_x","version":"2"}]""", (await server.TheModel(name))["aliases"]!.ToJsonString());
        Assert.Equal("""["Champion-1_x"]""", (await server.TheVersion(name, "2"))["aliases"]!.ToJsonString());
        Assert.Equal("2", (string)(await server.Ok($"/registered-models/alias?name={name}&alias=Champion-1_x"))["model_version"]!["version"]!);
        for (var i = 0; i < 2; i++) await server.Done("DELETE", "/registered-models/alias", $$"""{"name":"{{name}}","alias":"Champion-1_x"}""");
        var gone = await server.Get($"/registered-models/alias?name={name}&alias=Champion-1_x");
        Assert.Equal((400, "INVALID_PARAMETER_VALUE", "Registered model alias Champion-1_x not found."), ((int)gone.Status, gone.ErrorCode, gone.Message));
        Assert.Equal("2", (string)(await server.Ok($"/registered-models/alias?name={name}&alias=latest"))["model_version"]!["version"]!);
    }

    [Theory]
    [InlineData("latest", "reserved")]
    [InlineData("LATEST", "reserved")]
    [InlineData("v1", "reserved")]
    [InlineData("V22", "reserved")]
    [InlineData("a b", "Invalid alias name")]
    [InlineData("a/b", "Invalid alias name")]
    [InlineData("@", "Invalid alias name")]
    [InlineData("é", "Invalid alias name")]
    [InlineData("", "Missing value")]
    public async Task Aliases_that_cannot_be(string alias, string says)
    {
        var name = await server.Model();
        await server.Version(name);
        await server.Invalid("/registered-models/alias", $$"""{"name":"{{name}}","alias":"{{alias}}","version":"1"}""", says);
    }

    [Fact]
    public async Task Alias_of_a_version_that_is_not_there_is_refused()
    {
        var name = await server.Model();
        await server.Refused("/registered-models/alias", $$"""{"name":"{{name}}","alias":"a","version":"7"}""", 404, "RESOURCE_DOES_NOT_EXIST", "version=7");
        await server.Invalid("/registered-models/alias", $$"""{"name":"{{name}}","alias":"{{new string('a', 256)}}","version":"1"}""", "maximum length of 255");
    }

    [Fact]
    public async Task Alias_that_many_move_stands_for_one_of_theirs()
    {
        var name = await server.Model();
        for (var i = 0; i < 6; i++) await server.Version(name);
        await Task.WhenAll(Enumerable.Range(1, 6).Select(i => server.Ok("/registered-models/alias", $$"""{"name":"{{name}}","alias":"best","version":"{{i}}"}""")));
        var alias = Assert.Single((await server.TheModel(name))["aliases"]!.AsArray())!;
        Assert.InRange(int.Parse((string)alias["version"]!, null), 1, 6);
        Assert.Equal([$"{name}/{alias["version"]}"], await server.Find("model-versions", $"name = '{name}' AND alias = 'best'"));
    }

    [Fact]
    public async Task Copy_of_a_version_leads_to_the_files_of_the_first()
    {
        var (from, to) = (await server.Model("from"), await server.Model("to"));
        await server.Version(from, "s3://bucket/a/model", ""","run_id":"r1" """);
        await server.Ok("/registered-models/alias", $$"""{"name":"{{from}}","alias":"best","version":"1"}""");
        await server.Ok("/model-versions/transition-stage", $$"""{"name":"{{from}}","version":"1","stage":"Production"}""");
        await server.Version(to, $"models:/{from}/1");
        await server.Version(to, $"models:/{to}/1"); // a copy of the copy
        await server.Version(to, $"models:/{from}@best");
        await server.Version(to, $"models:/{from}/Production");
        await server.Version(to, $"models:/{from}/latest");
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal("s3://bucket/a/model", (string)(await server.Ok($"/model-versions/get-download-uri?name={to}&version={i}"))["artifact_uri"]!);
            Assert.Equal("r1", (string)(await server.TheVersion(to, $"{i}"))["run_id"]!);
        }
        Assert.Equal($"models:/{from}/1", (string)(await server.TheVersion(to, "1"))["source"]!);
        foreach (var unknown in (string[])[$"models:/{from}/9", $"models:/{from}@none", $"models:/{from}/Staging", "models:/nobody/1", "models:/m-0123"])
            await server.Refused("/model-versions/create", $$"""{"name":"{{to}}","source":"{{unknown}}"}""", 404, "RESOURCE_DOES_NOT_EXIST", "Unable to fetch model from model URI source artifact location");
        foreach (var malformed in (string[])["models:/", "models:/a", "models:/a/b/c", "models://host/a/1", "models:/a@"])
            await server.Invalid("/model-versions/create", $$"""{"name":"{{to}}","source":"{{malformed}}"}""", "Not a proper models:/ URI");
    }

    [Fact]
    public async Task Version_of_a_logged_model_knows_its_run_and_the_model_knows_its_versions()
    {
        var (name, experiment) = (await server.Model("it's \\u0022q\\u0022"), await server.Experiment());
        var run = await server.Run(experiment);
        var info = (await server.Ok("/logged-models", $$"""{"experiment_id":"{{experiment}}","name":"m","source_run_id":"{{run}}"}"""))["model"]!["info"]!;
        var (id, uri) = ((string)info["model_id"]!, (string)info["artifact_uri"]!);
        await server.Version(name, $"models:/{id}");
        await server.Version(name, uri, $$""","model_id":"{{id}}" """);
        await server.Version(name, uri + "/part", $$""","model_id":"{{id}}" """);
        var real = "it's \"q\"" + name["it's \\u0022q\\u0022".Length..];
        for (var i = 1; i <= 3; i++)
        {
            var version = await server.TheVersion(real, $"{i}");
            Assert.Equal((run, id), ((string)version["run_id"]!, (string)version["model_id"]!));
        }
        var tags = (await server.Ok($"/logged-models/{id}"))["model"]!["info"]!["tags"]!.AsArray().ToDictionary(tag => (string)tag!["key"]!, tag => (string)tag!["value"]!);
        Assert.Equal([2, 3], JsonNode.Parse(tags["mlflow.modelVersions"])!.AsArray().Select(entry => (int)entry!["version"]!));
        Assert.Equal([real, real], JsonNode.Parse(tags["mlflow.modelVersions"])!.AsArray().Select(entry => (string)entry!["name"]!));
        await server.Refused("/model-versions/create", $$"""{"name":"{{name}}","source":"s3://b/x","model_id":"m-none"}""", 404, "RESOURCE_DOES_NOT_EXIST", "m-none");
    }
}
