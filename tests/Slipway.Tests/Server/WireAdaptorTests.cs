using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Serialization;
using Slipway.Storage;

namespace Slipway.Tests.Server;

internal sealed record Ask(string? Name, long? Count, double? Value, bool? Flag, string[]? Ids, int[]? Sizes, Inner[]? Inner, Kind? Kind, string? Id);

internal sealed record Inner(string? Key, long? Step);

internal enum Kind { ALPHA, BETA }

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals, UseStringEnumConverter = true, MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(Ask))]
internal sealed partial class AskJson : JsonSerializerContext;

/// <summary>A server with routes that answer what they were asked, and some that misbehave.</summary>
public sealed class EchoServer : IAsyncLifetime
{
    public TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await TestServer.Start(Dialect.Sqlite, compose: parts => Map(parts.Routes));

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    internal static void Map(Routes routes)
    {
        Wire.Add(AskJson.Default);
        var mlflow = routes.Under("/api/2.0/mlflow/echo");
        mlflow.Post<Ask, Ask>("/post", Right.WriteExperiments, "Echo.", Echo);
        mlflow.Get<Ask, Ask>("/get", Right.ReadExperiments, "Echo.", Echo);
        mlflow.Delete<Ask, Ask>("/delete", Right.WriteExperiments, "Echo.", Echo);
        mlflow.Patch<Ask, Ask>("/items/{id}", Right.WriteExperiments, "Echo.", Echo);
        mlflow.Get<Ask, Ask>("/items/{id}", Right.ReadExperiments, "Echo.", Echo);
        routes.Under("/api/slipway/v1/echo").Post<Ask, Ask>("", Right.WriteExperiments, "Echo.", Echo);
        routes.Add<Ask, Ask>("POST", "/api/2.0/mlflow/echo/small", Right.WriteExperiments, "Echo.", Echo, bodyBytesMax: 1_000_000);
        mlflow.Post<Ask, Ask>("/bug", Right.WriteExperiments, "Throws.", (_, _, _) => throw new InvalidOperationException("secret detail"));
        mlflow.Post<Ask, Ask>("/busy", Right.WriteExperiments, "Is busy.", (_, _, _) => Task.FromResult<Outcome<Ask>>(Problem.Busy("Later.", TimeSpan.FromSeconds(2.5))));
    }

    private static Task<Outcome<Ask>> Echo(Caller caller, Ask ask, CancellationToken ct) => Task.FromResult<Outcome<Ask>>(ask);
}

public sealed class WireAdaptorTests(EchoServer echo) : IClassFixture<EchoServer>
{
    private const string Post = "/api/2.0/mlflow/echo/post";
    private const string Get = "/api/2.0/mlflow/echo/get";
    private readonly TestServer server = echo.Server;

    [Fact]
    public async Task Health_answers_before_anything_else()
    {
        var answer = await server.Get("/health");
        Assert.Equal((HttpStatusCode.OK, "OK"), (answer.Status, answer.Body));
    }

    [Fact]
    public async Task Body_fields_arrive_and_unknown_ones_are_ignored()
    {
        var answer = await server.Post(Post, """{"name":"é","count":"12","value":"NaN","flag":true,"ids":["a"],"inner":[{"key":"k","step":3}],"kind":"BETA","what":{"is":1}}""");
        Assert.Equal("""{"name":"é","count":12,"value":"NaN","flag":true,"ids":["a"],"inner":[{"key":"k","step":3}],"kind":"BETA"}""", answer.Body);
        Assert.Equal("application/json", answer.Response.Content.Headers.ContentType?.ToString());
        Assert.NotNull(answer.Response.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("""{"\ud800":1,"count":"x"}""")]
    [InlineData("""{"inner":[{"\udfff\ud800":1,"step":[]}]}""")]
    public async Task A_wrong_type_beside_half_a_surrogate_pair_is_refused(string body)
    {
        var answer = await server.Post(Post, body);
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_PARAMETER_VALUE"), (answer.Status, answer.ErrorCode));
    }

    [Theory]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"what":"\udfff"}""")]
    [InlineData("""{"inner":[{"key":"k","what":"\ud800"}]}""")]
    public async Task A_body_with_half_a_surrogate_pair_beside_a_path_parameter_is_refused(string body)
    {
        var answer = await server.Send(new HttpRequestMessage(HttpMethod.Patch, "/api/2.0/mlflow/echo/items/7") { Content = new StringContent(body, Encoding.UTF8, "application/json") });
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_PARAMETER_VALUE"), (answer.Status, answer.ErrorCode));
    }

    [Fact]
    public async Task Query_fields_become_their_types()
    {
        var answer = await server.Get(Get + "?name=a%20b+c&count=5&value=1.5&flag=false&ids=x&ids=y&sizes=1&sizes=2&kind=ALPHA&what=1&name=second");
        Assert.Equal("""{"name":"a b c","count":5,"value":1.5,"flag":false,"ids":["x","y"],"sizes":[1,2],"kind":"ALPHA"}""", answer.Body);
    }

    [Theory]
    [InlineData("count=abc", "count", "\"abc\"")]
    [InlineData("flag=yes", "flag", "\"yes\"")]
    [InlineData("sizes=1&sizes=x", "sizes[1]", "\"x\"")]
    [InlineData("kind=GAMMA", "kind", "\"GAMMA\"")]
    public async Task Query_value_of_the_wrong_type_is_named(string query, string field, string value)
    {
        var answer = await server.Get(Get + "?" + query);
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_PARAMETER_VALUE"), (answer.Status, answer.ErrorCode));
        Assert.StartsWith($"Invalid value {value} for parameter '{field}' supplied: ", answer.Message);
    }

    [Theory]
    [InlineData("""{"count":"x"}""", "Invalid value \"x\" for parameter 'count' supplied: expected a whole number of 64 bits. Hint: Value was of type 'str'.")]
    [InlineData("""{"name":12}""", "Invalid value 12 for parameter 'name' supplied: expected a string. Hint: Value was of type 'int'.")]
    [InlineData("""{"inner":[{"key":"a"},{"step":{}}]}""", "Invalid value {} for parameter 'inner[1].step' supplied: expected a whole number of 64 bits. Hint: Value was of type 'dict'.")]
    [InlineData("""{"ids":"a"}""", "Invalid value \"a\" for parameter 'ids' supplied: expected a list. Hint: Value was of type 'str'.")]
    [InlineData("""{"kind":"GAMMA"}""", "Invalid value \"GAMMA\" for parameter 'kind' supplied: expected one of ALPHA, BETA. Hint: Value was of type 'str'.")]
    [InlineData("""{"flag":1}""", "Invalid value 1 for parameter 'flag' supplied: expected true or false. Hint: Value was of type 'int'.")]
    [InlineData("""{"count":99999999999999999999}""", "Invalid value 99999999999999999999 for parameter 'count' supplied: expected a whole number of 64 bits. Hint: Value was of type 'float'.")]
    [InlineData("""{"value":NaN}""", "The JSON body holds a bare NaN at byte 9, which JSON does not have. Send it as the string \"NaN\".")]
    [InlineData("""{"value":-Infinity}""", "The JSON body holds a bare -Infinity at byte 9")]
    [InlineData("[1]", "The body must be a JSON object, got a list.")]
    [InlineData("3", "The body must be a JSON object, got a number.")]
    [InlineData("""{"name":"\ud800"}""", "Invalid value")]
    public async Task Body_value_that_does_not_fit_is_named(string body, string message)
    {
        var answer = await server.Post(Post, body);
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_PARAMETER_VALUE"), (answer.Status, answer.ErrorCode));
        Assert.StartsWith(message, answer.Message);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"name\":")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("  ")]
    public async Task Body_that_is_not_json_counts_as_empty_for_mlflow(string body)
    {
        var answer = await server.Post(Post, body);
        Assert.Equal((HttpStatusCode.OK, "{}"), (answer.Status, answer.Body));
    }

    [Fact]
    public async Task Body_that_is_not_json_is_refused_by_our_own_api()
    {
        var answer = await server.Post("/api/slipway/v1/echo", "{\"name\":");
        Assert.Equal((HttpStatusCode.BadRequest, "BAD_REQUEST"), (answer.Status, answer.ErrorCode));
    }

    [Fact]
    public async Task Body_encoded_twice_is_read() =>
        Assert.Equal("""{"name":"x"}""", (await server.Post(Post, """ "{\"name\":\"x\"}" """)).Body);

    [Fact]
    public async Task Body_nested_too_deep_is_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 10_000));
        Assert.Contains("nested deeper than 32", (await server.Post(Post, "{\"name\":" + deep)).Message);
        Assert.Contains("nested deeper than 32", (await server.Post(Post, "{\"what\":" + deep + new string(']', 10_000) + "}")).Message);
    }

    [Fact]
    public async Task Body_that_is_not_utf8_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Post) { Content = new ByteArrayContent([.. "{\"name\":\""u8, 0xff, .. "\"}"u8]) };
        request.Content.Headers.ContentType = new("application/json");
        var answer = await server.Send(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("not UTF-8: the byte at offset 9", answer.Message);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Body_of_another_content_type_is_refused(string type)
    {
        var answer = await server.Post(Post, "{}", type);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("Bad Request. Content-Type must be one of ['application/json'].", answer.Message);
    }

    [Theory]
    [InlineData(1_000_001, false)]
    [InlineData(5_000_000, false)]
    [InlineData(1_000_001, true)]
    public async Task Body_over_its_limit_is_answered_413_and_the_connection_lives(int size, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/2.0/mlflow/echo/small") { Content = new StringContent(new string(' ', size), Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = chunked;
        var answer = await server.Send(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Contains("holds at most 1000000 bytes", answer.Message);
        Assert.NotEqual(true, answer.Response.Headers.ConnectionClose);
    }

    [Fact]
    public async Task Body_at_its_limit_is_read_also_in_pieces()
    {
        var body = "{\"name\":\"" + new string('x', 1_000_000 - 11) + "\"}";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/2.0/mlflow/echo/small") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = true;
        Assert.Equal(body, (await server.Send(request)).Body);
    }

    [Fact]
    public async Task Delete_reads_its_body_or_else_the_query()
    {
        using var withBody = new HttpRequestMessage(HttpMethod.Delete, "/api/2.0/mlflow/echo/delete?name=query") { Content = new StringContent("{\"name\":\"body\"}") };
        Assert.Equal("""{"name":"body"}""", (await server.Send(withBody)).Body);
        using var withQuery = new HttpRequestMessage(HttpMethod.Delete, "/api/2.0/mlflow/echo/delete?name=query");
        Assert.Equal("""{"name":"query"}""", (await server.Send(withQuery)).Body);
    }

    [Fact]
    public async Task Path_parameters_win_over_body_and_query()
    {
        using var patch = new HttpRequestMessage(HttpMethod.Patch, "/api/2.0/mlflow/echo/items/m-1") { Content = new StringContent("""{"id":"other","count":2,"inner":[{"key":"k"}]}""", Encoding.UTF8, "application/json") };
        Assert.Equal("""{"count":2,"inner":[{"key":"k"}],"id":"m-1"}""", (await server.Send(patch)).Body);
        Assert.Equal("""{"count":2,"id":"m-1"}""", (await server.Get("/api/2.0/mlflow/echo/items/m-1?id=other&count=2")).Body);
    }

    [Theory]
    [InlineData("/api/2.0/mlflow/nothing")]
    [InlineData("/ajax-api/2.0/mlflow/nothing")]
    [InlineData("/elsewhere")]
    public async Task Unknown_path_is_answered_as_an_older_server_would(string path)
    {
        var answer = await server.Get(path);
        Assert.Equal((HttpStatusCode.NotFound, "ENDPOINT_NOT_FOUND"), (answer.Status, answer.ErrorCode));
    }

    [Fact]
    public async Task Wrong_method_says_which_is_right()
    {
        var answer = await server.Get(Post);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.Status);
        Assert.Equal(["POST"], answer.Response.Content.Headers.Allow);
        Assert.Contains("does not take GET", answer.Message);
    }

    [Fact]
    public async Task Head_answers_like_get_without_a_body()
    {
        using var response = await server.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/health"));
        Assert.Equal((HttpStatusCode.OK, 2L), (response.StatusCode, response.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task Bug_answers_500_without_internals()
    {
        var answer = await server.Post("/api/2.0/mlflow/echo/bug", "{}");
        Assert.Equal((HttpStatusCode.InternalServerError, "INTERNAL_ERROR"), (answer.Status, answer.ErrorCode));
        Assert.DoesNotContain("secret", answer.Body);
        Assert.Contains("trace id", answer.Message);
    }

    [Fact]
    public async Task Problem_with_a_wait_says_how_long()
    {
        var answer = await server.Post("/api/2.0/mlflow/echo/busy", "{}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("3", Assert.Single(answer.Response.Headers.GetValues("Retry-After")));
    }

    [Fact]
    public async Task Client_that_hangs_up_within_its_body_does_no_harm()
    {
        for (var round = 0; round < 20; round++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(server.Address);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"POST {Post} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{\"na"));
            socket.LingerState = new LingerOption(true, 0);
        }
        Assert.Equal(HttpStatusCode.OK, (await server.Get("/health")).Status);
    }

    [Theory]
    [InlineData("POST /api/2.0/mlflow/echo/post HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400)]
    [InlineData("GET /api/2.0/mlflow/../../health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET /api/%2e%2e/health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    [InlineData("GET /%zz%ff%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400)]
    public async Task Raw_request_that_is_broken_is_answered_in_the_400s(string request, int status)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.Address);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        var buffer = new byte[64];
        var count = await socket.ReceiveAsync(buffer);
        Assert.StartsWith($"HTTP/1.1 {status}", Encoding.ASCII.GetString(buffer, 0, count));
    }
}
