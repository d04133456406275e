using System.Text;

namespace Slipway.Tests.Serving;

public sealed class EndpointProtocolsOnSqlite(ServingOnSqlite server) : EndpointProtocolTests(server), IClassFixture<ServingOnSqlite>;

public sealed class EndpointProtocolsOnPostgres(ServingOnPostgres server) : EndpointProtocolTests(server), IClassFixture<ServingOnPostgres>;

/// <summary>A deployed endpoint of the real server on the protocols that its clients speak.</summary>
public abstract class EndpointProtocolTests(ServingServer server)
{
    private async Task<(int Status, string Body)> Post(string path, string body, string type = "application/json")
    {
        var answer = await server.Server.Send(new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, type) });
        return ((int)answer.Status, answer.Body);
    }

    [Fact]
    public async Task A_deployed_version_answers_on_every_protocol_at_once()
    {
        var model = await server.Served(2);
        var name = server.Name("endpoint");
        await server.Endpoint("POST", "", $$"""{"name":"{{name}}","arms":[{"model":"{{model}}","version":"1","weight":1},{"name":"b","model":"{{model}}","version":"2","weight":0}]}""");
        await server.Ready(name);
        Assert.Equal((200, $$"""{"model_name":"{{name}}","model_version":"1","outputs":[{"name":"y","datatype":"FP32","shape":[2,1],"data":[1.5,3]}]}"""), await Post($"/v2/models/{name}/infer", """{"inputs":[{"name":"x","shape":[2,1],"datatype":"FP32","data":[0.5,2]}]}"""));
        Assert.Equal((200, """{"predictions":[[1.5],[3]]}"""), await Post($"/v1/models/{name}:predict", """{"instances":[[0.5],[2]]}"""));
        Assert.Equal((200, """{"predictions":[[2.5],[4]]}"""), await Post($"/v1/models/{name}/labels/b:predict", """{"instances":[[0.5],[2]]}"""));
        Assert.Equal((200, """{"predictions":[[2.5],[4]]}"""), await Post($"/v1/models/{name}/versions/2:predict", """{"instances":[[0.5],[2]]}"""));
        Assert.Equal((200, """{"predictions":[[1.5],[3]]}"""), await Post($"/endpoints/{name}/invocations", """{"dataframe_split":{"columns":["x"],"data":[[0.5],[2]]}}"""));
        Assert.Equal((200, "{\"prediction\":[1.5]}\n{\"prediction\":[3]}\n"), await Post($"/endpoints/{name}/invocations", "{\"x\":0.5}\n{\"x\":2}\n", "application/x-ndjson"));
        Assert.Equal((200, "[1.5]"), await Post($"/predictions/{name}", "[[0.5]]"));
        Assert.Equal(404, (await Post("/v2/models/nobody/infer", "{}")).Status);
    }
}
