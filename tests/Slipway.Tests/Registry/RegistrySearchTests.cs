using System.Text.Json;

namespace Slipway.Tests.Registry;

public sealed class RegistrySearchOnSqlite(RegistryOnSqlite server) : RegistrySearchTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class RegistrySearchOnPostgres(RegistryOnPostgres server) : RegistrySearchTests(server), IClassFixture<RegistryOnPostgres>;

public abstract class RegistrySearchTests(RegistryServer server)
{
    private const string Prompt = "mlflow.prompt.is_prompt";

    [Fact]
    public async Task Filters_say_what_fits()
    {
        var own = server.Name("Filters");
        async Task<string> Make(string suffix, string tags = "[]")
        {
            await server.Ok("/registered-models/create", $$"""{"name":"{{own}}{{suffix}}","tags":{{tags}}}""");
            return own + suffix;
        }
        var (a, b, c) = (await Make("-a", """[{"key":"team","value":"red"},{"key":"note","value":"x y"}]"""), await Make("-B", """[{"key":"team","value":"blue"}]"""), await Make("-c_%"));
        var long1 = new string('l', 100) + "1";
        await server.Version(a, "s3://b/a1", ""","run_id":"r1","tags":[{"key":"q","value":"1"}]""");
        await server.Version(a, "s3://b/a2", $$""","run_id":"r2","tags":[{"key":"q","value":"2"},{"key":"long","value":"{{long1}}"}]""");
        await server.Version(b, "s3://b/b1", ""","run_id":"r1" """);
        await server.Ok("/registered-models/alias", $$"""{"name":"{{a}}","alias":"best","version":"2"}""");
        await server.Ok("/model-versions/transition-stage", $$"""{"name":"{{b}}","version":"1","stage":"Production"}""");

        foreach (var (filter, expected) in ((string, string[])[])
        [
            ($"name LIKE '{own}%'", [a, b, c]), ($"name ILIKE '{own.ToUpperInvariant()}-b'", [b]), ($"name LIKE '{own.ToUpperInvariant()}%'", []),
            ($"name = '{a}'", [a]), ($"name = '{a}' OR name = '{b}'", [a, b]), ($"name IN ('{a}', '{c}', 'x')", [a, c]), ($"name LIKE '{own}%' AND name != '{a}'", [b, c]),
            ($"name LIKE '{own}%' AND tags.team = 'red'", [a]), ($"name LIKE '{own}%' AND tags.team != 'red'", [b]), ($"name LIKE '{own}%' AND tags.team IS NULL", [c]),
            ($"name LIKE '{own}%' AND NOT tags.team = 'red'", [b, c]), ($"name LIKE '{own}%' AND tags.team ILIKE 'BL%'", [b]), ($"name LIKE '{own}%' AND tags.team IN ('red', 'blue')", [a, b]),
            ($"name LIKE '{own}%' AND alias = 'best'", [a]), ($"name LIKE '{own}%' AND creation_timestamp > 0 AND last_updated_timestamp < 1e18", [a, b, c]),
            ($"name LIKE '{own}%' AND tags.`{Prompt}` != 'true'", [a, b, c]), ($"name LIKE '{own}%' AND tags.`{Prompt}` = 'false'", [a, b, c]), ($"name LIKE '{own}%' AND tags.`{Prompt}` = 'true'", []),
        ])
            Assert.Equal(expected.Order(StringComparer.Ordinal), await server.Find("registered-models", filter));

        foreach (var (filter, expected) in ((string, string[])[])
        [
            ($"name = '{a}'", [a + "/1", a + "/2"]), ($"name LIKE '{own}%' AND run_id = 'r1'", [a + "/1", b + "/1"]), ($"name LIKE '{own}%' AND run_id IN ('r2')", [a + "/2"]),
            ($"name LIKE '{own}%' AND source_path = 's3://b/b1'", [b + "/1"]), ($"name LIKE '{own}%' AND version_number > 1", [a + "/2"]), ($"name LIKE '{own}%' AND version_number = 1.5", []),
            ($"name LIKE '{own}%' AND tags.q = '1'", [a + "/1"]), ($"name LIKE '{own}%' AND tags.q LIKE '_'", [a + "/1", a + "/2"]), ($"name LIKE '{own}%' AND tags.q IS NULL", [b + "/1"]),
            ($"name LIKE '{own}%' AND tags.long = '{long1}'", [a + "/2"]), ($"name LIKE '{own}%' AND tags.long = '{long1[..^1]}2'", []),
            ($"name LIKE '{own}%' AND alias = 'best'", [a + "/2"]), ($"name LIKE '{own}%' AND current_stage = 'production'", [b + "/1"]), ($"name LIKE '{own}%' AND stage IN ('none')", [a + "/1", a + "/2"]),
            ($"name = '{a}' AND (run_id = 'r2' OR tags.q = '1')", [a + "/1", a + "/2"]), ($"name LIKE '{own}%' AND model_id IS NULL", [a + "/1", a + "/2", b + "/1"]),
        ])
            Assert.Equal(expected.Order(StringComparer.Ordinal), (await server.Find("model-versions", filter)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Prompts_are_found_only_when_they_are_asked_for()
    {
        var own = server.Name("kinds");
        await server.Ok("/registered-models/create", $$"""{"name":"{{own}}-m"}""");
        await server.Ok("/registered-models/create", $$"""{"name":"{{own}}-p","tags":[{"key":"{{Prompt}}","value":"true"}]}""");
        await server.Version(own + "-m");
        await server.Version(own + "-p", "prompt-template", $$""","tags":[{"key":"{{Prompt}}","value":"true"}]""");
        Assert.Equal([own + "-m"], await server.Find("registered-models", $"name LIKE '{own}%'"));
        Assert.Equal([own + "-p"], await server.Find("registered-models", $"name LIKE '{own}%' AND tags.`{Prompt}` = 'true'"));
        Assert.Equal([own + "-p"], await server.Find("registered-models", $"name LIKE '{own}%' AND tags.`{Prompt}` != 'false'"));
        Assert.Equal([own + "-m/1"], await server.Find("model-versions", $"name LIKE '{own}%'"));
        Assert.Equal([own + "-p/1"], await server.Find("model-versions", $"name LIKE '{own}%' AND tags.`{Prompt}` = 'true'"));
        // A tag that comes or goes makes a prompt of a model and a model of a prompt, with its versions.
        await server.Ok("/registered-models/set-tag", $$"""{"name":"{{own}}-m","key":"{{Prompt}}","value":"true"}""");
        Assert.Empty(await server.Find("model-versions", $"name LIKE '{own}%'"));
        await server.Done("DELETE", "/registered-models/delete-tag", $$"""{"name":"{{own}}-m","key":"{{Prompt}}"}""");
        Assert.Equal([own + "-m/1"], await server.Find("model-versions", $"name LIKE '{own}%'"));
    }

    [Fact]
    public async Task Pages_of_any_size_and_order_hold_each_row_once()
    {
        var own = server.Name("pages");
        for (var i = 0; i < 12; i++)
        {
            var name = $"{own}-{i % 4:00}";
            if (i < 4) await server.Ok("/registered-models/create", $$"""{"name":"{{name}}"}""");
            await server.Version(name);
        }
        foreach (var order in (string[][])[[], ["name DESC"], ["version_number DESC"], ["creation_timestamp"], ["last_updated_timestamp DESC", "name DESC"], ["name", "version_number"]])
        {
            var whole = await server.Find("model-versions", $"name LIKE '{own}%'", 100, order);
            Assert.Equal(12, whole.Distinct().Count());
            foreach (var size in (int[])[1, 5, 12]) Assert.Equal(whole, await server.Find("model-versions", $"name LIKE '{own}%'", size, order));
        }
        Assert.Equal(Enumerable.Range(0, 4).Select(i => $"{own}-{3 - i:00}/3"), (await server.Find("model-versions", $"name LIKE '{own}%' AND version_number = 3", 3, "name DESC")));
        foreach (var order in (string[][])[[], ["name DESC"], ["timestamp DESC"], ["creation_timestamp", "last_updated_timestamp"]])
        {
            var whole = await server.Find("registered-models", $"name LIKE '{own}%'", 100, order);
            Assert.Equal(4, whole.Distinct().Count());
            Assert.Equal(whole, await server.Find("registered-models", $"name LIKE '{own}%'", 1, order));
        }
    }

    [Fact]
    public async Task Page_that_would_be_too_large_ends_early_and_goes_on()
    {
        var (name, tags) = (await server.Model("heavy"), string.Join(',', Enumerable.Range(0, 9).Select(i => $$"""{"key":"k{{i}}","value":"{{new string('v', 100_000)}}"}""")));
        for (var i = 0; i < 40; i++) await server.Version(name, "runs:/r/m", $",\"tags\":[{tags}]");
        var first = await server.Ok($"/model-versions/search?max_results=200&filter={Uri.EscapeDataString($"name = '{name}'")}");
        Assert.InRange(first["model_versions"]!.AsArray().Count, 1, 39);
        Assert.Equal(40, (await server.Find("model-versions", $"name = '{name}'", 200)).Distinct().Count());
    }

    [Theory]
    [InlineData("registered-models", "max_results=0", "max_results")]
    [InlineData("registered-models", "max_results=1001", "at most 1000")]
    [InlineData("model-versions", "max_results=200001", "at most 200000")]
    [InlineData("model-versions", "max_results=-1", "at least 1")]
    [InlineData("registered-models", "filter=run_id%3D'x'", "Invalid attribute key 'run_id'")]
    [InlineData("registered-models", "filter=name", "comparator")]
    [InlineData("registered-models", "filter=name%3Dx", "Expected a quoted string value")]
    [InlineData("registered-models", "filter=metrics.a%3D'x'", "Invalid entity type 'metrics'")]
    [InlineData("model-versions", "filter=version_number%3D'1'", "Expected numeric value type")]
    [InlineData("model-versions", "filter=name%20RLIKE%20'x'", "Invalid comparator 'RLIKE'")]
    [InlineData("model-versions", "order_by=run_id", "Invalid attribute key 'run_id'")]
    [InlineData("model-versions", "order_by=name&order_by=name%20DESC", "duplicate fields")]
    [InlineData("model-versions", "page_token=!!", "could not base64-decode")]
    public async Task Search_says_what_is_wrong(string what, string query, string says)
    {
        var answer = await server.Get($"/{what}/search?{query}");
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), ((int)answer.Status, answer.ErrorCode));
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_belongs_to_its_query()
    {
        var own = server.Name("token");
        for (var i = 0; i < 2; i++) await server.Ok("/registered-models/create", $$"""{"name":"{{own}}-{{i}}"}""");
        var token = (string)(await server.Ok($"/registered-models/search?max_results=1&filter={Uri.EscapeDataString($"name LIKE '{own}%'")}"))["next_page_token"]!;
        var other = await server.Get($"/registered-models/search?max_results=1&page_token={token}");
        Assert.Contains("belongs to another query", other.Message, StringComparison.Ordinal);
        Assert.Equal(400, (int)(await server.Get($"/model-versions/search?page_token={JsonSerializer.Serialize(token).Trim('"')}")).Status);
    }
}
