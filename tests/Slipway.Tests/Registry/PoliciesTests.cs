using System.Text.Json;

namespace Slipway.Tests.Registry;

public sealed class PoliciesOnSqlite(RegistryOnSqlite server) : PoliciesTests(server), IClassFixture<RegistryOnSqlite>;

public sealed class PoliciesOnPostgres(RegistryOnPostgres server) : PoliciesTests(server), IClassFixture<RegistryOnPostgres>;

public abstract class PoliciesTests(RegistryServer server)
{
    private static string Includes(params string[] names) => "checks:\n- check: run\n" + string.Concat(names.Select(name => $"- {{check: policy, policy: {name}}}\n"));

    [Fact]
    public async Task Every_change_is_a_version_and_old_ones_stay_readable()
    {
        var name = server.Name("policy");
        Assert.Equal(1, (long)(await server.Save(name, "checks: [{check: scan}]")).Json["version"]!);
        Assert.Equal(1, (long)(await server.Save(name, "checks: [{check: scan}]")).Json["version"]!); // the same text
        Assert.Equal(2, (long)(await server.Save(name, "checks: [{check: run}]", ""","note":"no scans yet","from_version":1""")).Json["version"]!);
        var stale = await server.Save(name, "checks: [{check: signed}]", ""","from_version":1""");
        Assert.Equal((409, true), ((int)stale.Status, stale.Message.Contains("at version 2 by now, not 1", StringComparison.Ordinal)));
        var old = await server.Own200("GET", $"/gates/policies/{name}?version=1");
        Assert.Equal(("checks: [{check: scan}]", "scan-1", 2), ((string)old["yaml"]!, (string)old["checks"]![0]!["id"]!, (long)old["newest_version"]!));
        var now = await server.Own200("GET", $"/gates/policies/{name}");
        Assert.Equal(["2 no scans yet", "1 "], now["versions"]!.AsArray().Select(version => $"{version!["version"]} {version["note"]}"));
        await server.Own400(404, "has no version 3", "GET", $"/gates/policies/{name}?version=3");
        await server.Own400(404, "No policy is called 'nobody'", "GET", "/gates/policies/nobody");
        await server.Own400(400, "name: expected 1 to 100", "PUT", "/gates/policies/" + Uri.EscapeDataString("../x"), """{"yaml":"checks: [{check: run}]"}""");
        Assert.Contains(name, (await server.Own200("GET", "/gates/policies")).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policy_that_nothing_can_meet_is_not_saved_and_says_where()
    {
        var name = server.Name("policy");
        foreach (var (yaml, line, says) in ((string, int, string)[])
        [
            ("checks:\n- check: nothing", 2, "'nothing' is no check"), ("waivers: wizard\nchecks: [{check: scan}]", 1, "There is no role 'wizard'"), ($"checks:\n- check: run\n- check: policy\n  policy: {name}", 4, "cannot include itself"),
            ("checks:\n- check: policy\n  policy: absent", 3, "There is no policy 'absent'"), ("checks:\n- {check: approvals, count: 1}", 2, "Start it with --access-mode people"),
        ])
        {
            var refused = await server.Save(name, yaml);
            Assert.Equal((400, "INVALID_PARAMETER_VALUE"), ((int)refused.Status, refused.ErrorCode));
            Assert.Contains($"Line {line}, ", refused.Message, StringComparison.Ordinal);
            Assert.Contains(says, refused.Message, StringComparison.Ordinal);
            var said = await server.Own200("POST", "/gates/policies/check", $$"""{"yaml":{{JsonSerializer.Serialize(yaml)}},"name":"{{name}}"}""");
            Assert.False((bool)said["valid"]!);
            Assert.Equal(line, (int)said["errors"]![0]!["line"]!);
        }
        await server.Own400(404, "No policy", "GET", $"/gates/policies/{name}");
        Assert.Equal("""{"valid":true,"checks":[{"id":"scan-1","check":"scan","title":"Scanned, and clean","waivable":true}]}""", (await server.Own200("POST", "/gates/policies/check", """{"yaml":"checks: [{check: scan}]"}""")).ToJsonString());
    }

    [Fact]
    public async Task Policies_do_not_include_themselves_by_way_of_others_nor_grow_without_end()
    {
        var names = Enumerable.Range(0, 6).Select(_ => server.Name("chain")).ToArray();
        await server.Save(names[0], "checks: [{check: run}]");
        for (var i = 1; i < 5; i++) Assert.Equal(200, (int)(await server.Save(names[i], Includes(names[i - 1]))).Status);
        var deep = await server.Save(names[5], Includes(names[4]));
        Assert.Contains("at most 5 deep", deep.Message, StringComparison.Ordinal);
        var cycle = await server.Save(names[0], Includes(names[3]));
        Assert.Equal(400, (int)cycle.Status);
        Assert.Contains($"{names[0]} includes {names[3]} includes {names[2]}", cycle.Message, StringComparison.Ordinal);
        await server.Own400(409, $"is included by '{names[1]}'", "DELETE", $"/gates/policies/{names[0]}");
        // The one below grows: what includes it would have too much.
        var many = "checks:\n" + string.Concat(Enumerable.Repeat("- check: run\n", 50));
        var (wide, top) = (server.Name("wide"), server.Name("top"));
        var others = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            others.Add(server.Name("wide"));
            await server.Save(others[i], i == 0 ? many : "checks: [{check: run}]");
        }
        Assert.Equal(200, (int)(await server.Save(top, Includes([.. others]))).Status);
        Assert.Contains($"at most 100 checks together; '{top}' would have 101", (await server.Save(others[1], many)).Message, StringComparison.Ordinal);
        Assert.Equal(200, (int)(await server.Save(wide, many)).Status);
    }

    [Fact]
    public async Task Two_who_include_each_other_at_once_do_not_both_succeed()
    {
        for (var round = 0; round < 5; round++)
        {
            var (a, b) = (server.Name("left"), server.Name("right"));
            await server.Save(a, "checks: [{check: run}]");
            await server.Save(b, "checks: [{check: run}]");
            var answers = await Task.WhenAll(server.Save(a, Includes(b)), server.Save(b, Includes(a)));
            Assert.Single(answers, answer => (int)answer.Status == 200);
        }
    }

    [Fact]
    public async Task Attachments_are_listed_for_who_they_count_and_hold_their_policy()
    {
        var (model, other) = (await server.Model(), await server.Model());
        var policy = await server.Policy(model, "checks: [{check: run}]", ""","alias":"champion" """);
        await server.Own200("POST", "/gates/attachments", $$"""{"policy":"{{policy}}","model":"{{model}}","alias":"champion"}"""); // again
        await server.Own200("POST", "/gates/attachments", $$"""{"policy":"{{policy}}","model":"{{model}}","stage":"production"}""");
        var listed = (await server.Own200("GET", "/gates/attachments?model=" + model))["attachments"]!.AsArray();
        Assert.Equal(["Production ", " champion"], listed.Select(one => $"{one!["stage"]} {one["alias"]}"));
        Assert.Empty((await server.Own200("GET", "/gates/attachments?model=" + other))["attachments"]!.AsArray());
        await server.Own400(409, "is attached in 2 places", "DELETE", $"/gates/policies/{policy}");
        await server.Own400(404, "is not attached there", "DELETE", "/gates/attachments", $$"""{"policy":"{{policy}}","model":"{{other}}"}""");
        foreach (var (json, status, says) in ((string, int, string)[])
        [
            ("{}", 400, "'policy'"), ("""{"policy":"nobody"}""", 404, "No policy"), ($$"""{"policy":"{{policy}}","model":"nobody"}""", 404, "not found"), ($$"""{"policy":"{{policy}}","stage":"Production","alias":"a"}""", 400, "not both"),
            ($$"""{"policy":"{{policy}}","model":"{{model}}","stage":"Canary"}""", 400, "Invalid Model Version stage"), ($$"""{"policy":"{{policy}}","alias":"latest"}""", 400, "reserved"), ($$"""{"policy":"{{policy}}","stage":"a/b"}""", 400, "stage: expected"),
        ])
            await server.Own400(status, says, "POST", "/gates/attachments", json);
        foreach (var slot in (string[])[""","alias":"champion" """, ""","stage":"Production" """]) await server.Own200("DELETE", "/gates/attachments", $$"""{"policy":"{{policy}}","model":"{{model}}"{{slot}}}""");
        await server.Own200("DELETE", $"/gates/policies/{policy}");
        await server.Own400(404, "No policy", "GET", $"/gates/policies/{policy}");
        // Its numbers go on.
        Assert.Equal(2, (long)(await server.Save(policy, "checks: [{check: run}]")).Json["version"]!);
    }
}
