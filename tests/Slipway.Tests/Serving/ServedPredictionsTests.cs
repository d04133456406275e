using System.Net;
using System.Text;
using Slipway.Tests.Server;

namespace Slipway.Tests.Serving;

public sealed class ServedPredictionsOnSqlite(ServingOnSqlite server) : ServedPredictionsTests(server), IClassFixture<ServingOnSqlite>;

/// <summary>From a deploy to an answer, over HTTP.</summary>
public abstract class ServedPredictionsTests(ServingServer server)
{
    private async Task<string> Deployed(string model, string more = "")
    {
        var name = server.Name("answers");
        await server.Endpoint("POST", "", $$"""{"name":"{{name}}","arms":[{"model":"{{model}}","version":"1"}]{{more}}}""");
        await server.Ready(name);
        return name;
    }

    private Task<Answer> Ask(string path, string body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        return server.Server.Send(request);
    }

    private const string Row = """{"inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[41]}]}""";

    [Fact]
    public async Task Deployed_version_answers_on_every_protocol_and_a_paused_endpoint_on_none()
    {
        var name = await Deployed(await server.Served(1));
        foreach (var (path, body) in ((string, string)[])[($"/v2/models/{name}/infer", Row), ($"/endpoints/{name}/invocations", """{"inputs":[[41]]}"""), ($"/v1/models/{name}:predict", """{"instances":[[41]]}"""), ($"/predictions/{name}", "[[41]]")])
        {
            var answer = await Ask(path, body);
            Assert.True(answer.Status == HttpStatusCode.OK && answer.Body.Contains("42", StringComparison.Ordinal), $"{path}: {(int)answer.Status} {answer.Body}");
            Assert.Equal("1", answer.Response.Headers.GetValues("X-Slipway-Version").Single());
        }
        await server.Endpoint("POST", $"/{name}/pause", """{"reason":"repairs"}""");
        await server.When(name, _ => server.Server.Parts.Serving.Table.Find(0, name)!.Paused is not null);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Ask($"/v2/models/{name}/infer", Row)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Ask("/v2/models/nowhere/infer", Row)).Status);
    }

    [Fact]
    public async Task Swap_under_load_fails_no_request()
    {
        var model = await server.Served(2);
        var name = await Deployed(model);
        using var stop = new CancellationTokenSource();
        var askers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var seen = new List<string>();
            while (!stop.IsCancellationRequested)
            {
                var answer = await Ask($"/v2/models/{name}/infer", Row);
                seen.Add(answer.Status == HttpStatusCode.OK ? answer.Response.Headers.GetValues("X-Slipway-Version").Single() : $"{(int)answer.Status} {answer.Body}");
            }
            return seen;
        })).ToList();
        for (var i = 0; i < 4; i++)
        {
            var next = i % 2 == 0 ? "2" : "1";
            await server.Endpoint("POST", $"/{name}/deploy", $$"""{"model":"{{model}}","version":"{{next}}"}""");
            await server.When(name, one => (string)one["arms"]![0]!["state"]! == "ready" && server.Server.Parts.Serving.Table.Find(0, name)!.Arms[0].Model.Version == next);
        }
        await stop.CancelAsync();
        var all = (await Task.WhenAll(askers)).SelectMany(static seen => seen).ToList();
        Assert.All(all, static one => Assert.Contains(one, (string[])["1", "2"]));
        Assert.Equal(["1", "2"], all.Distinct().Order());
    }

    [Fact]
    public async Task Key_of_header_or_body_chooses_the_same_version_each_time()
    {
        var model = await server.Served(2);
        foreach (var (sticky, ask) in ((string, Func<string, int, Task<Answer>>)[])
        [
            ("""{"header":"x-user"}""", (name, user) => Ask($"/v2/models/{name}/infer", Row, ("x-user", "u" + user))),
            ("""{"json":"/parameters/user"}""", (name, user) => Ask($"/v2/models/{name}/infer", $$$"""{"parameters":{"user":"u{{{user}}}"},{{{Row[1..]}}}""")),
        ])
        {
            var name = server.Name("sticky");
            await server.Endpoint("POST", "", $$"""{"name":"{{name}}","sticky":{{sticky}},"arms":[{"model":"{{model}}","version":"1","weight":50},{"model":"{{model}}","version":"2","weight":50}]}""");
            await server.Ready(name);
            var versions = new HashSet<string>();
            for (var user = 0; user < 12; user++)
            {
                var own = new HashSet<string>();
                for (var i = 0; i < 4; i++) own.Add((await ask(name, user)).Response.Headers.GetValues("X-Slipway-Version").Single());
                versions.Add(Assert.Single(own));
            }
            Assert.Equal(2, versions.Count);
        }
    }

    [Fact]
    public async Task Rules_of_an_endpoint_hold_for_its_requests()
    {
        var name = await Deployed(await server.Served(1), ""","input_rules":[{"column":"x","max":10,"action":"reject"}]""");
        Assert.Equal(HttpStatusCode.BadRequest, (await Ask($"/v2/models/{name}/infer", Row)).Status);
        Assert.Equal(HttpStatusCode.OK, (await Ask($"/v2/models/{name}/infer", Row.Replace("41", "4", StringComparison.Ordinal))).Status);
    }
}
