using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Engines.Onnx;
using Slipway.Prediction;
using Slipway.Prediction.Protocols;

namespace Slipway.Tests.Prediction;

/// <summary>Every protocol over endpoints that a test made, on a real HTTP server.</summary>
internal sealed class PredictionTestHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private PredictionTestHost(WebApplication app, PredictionHost host)
    {
        this.app = app;
        Host = host;
        var urls = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        Client = new HttpClient { BaseAddress = new Uri(urls[0]) };
        GrpcUrl = urls[1];
    }

    public PredictionHost Host { get; }

    public HttpClient Client { get; }

    public string GrpcUrl { get; }

    /// <summary>Two floats in a row, as one tensor.</summary>
    public static TensorSpec Floats(int width = 3, string name = "x") => new(name, OnnxElement.Float, [-1, width]);

    public static ServedEndpoint Endpoint(string name, ModelRuntime runtime, ModelColumns? columns = null, string version = "1") =>
        new(Caller.DefaultWorkspace, name, [new EndpointArm("champion", new ServedModel(name, version, runtime, columns ?? ModelColumns.None), 1)]);

    /// <summary>An endpoint whose signature has a double, a long that may be missing, a text, a boolean and a time.</summary>
    public static ServedEndpoint Mixed(string name = "mixed") => Endpoint(name, new EchoRuntime(
            new("amount", OnnxElement.Double, [-1, 1]), new("items", OnnxElement.Int64, [-1, 1]), new("city", OnnxElement.String, [-1, 1]), new("member", OnnxElement.Bool, [-1, 1]), new("at", OnnxElement.Int64, [-1, 1])),
        new ModelColumns([new("amount", "double"), new("items", "long", Required: false), new("city", "string"), new("member", "boolean"), new("at", "datetime", Required: false)], [], []));

    /// <summary>An endpoint of one tensor with named columns side by side.</summary>
    public static ServedEndpoint Packed(string name = "packed") => Endpoint(name, new EchoRuntime(Floats()), new ModelColumns([new("a", "double"), new("b", "double"), new("c", "double", Required: false)], [], []));

    public static async Task<PredictionTestHost> Start(params ServedEndpoint[] endpoints)
    {
        var table = new EndpointTable();
        table.Swap(endpoints);
        var host = new PredictionHost(table, new Predictor(new Random(1))) { BodyBytesMax = 1 << 20, Version = "test" };
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        app.UseRouting();
        ((IEndpointRouteBuilder)app).DataSources.Add(PredictionEndpoints.Map([.. PredictionRoutes.Of(host)], static (_, _) => ValueTask.FromResult<Outcome<Caller>>(Caller.Local())));
        await app.StartAsync();
        return new PredictionTestHost(app, host);
    }

    public async Task<(HttpStatusCode Status, string Body)> Post(string path, string body, string type = "application/json", params (string Name, string Value)[] headers)
    {
        var (answer, bytes) = await PostBytes(path, Encoding.UTF8.GetBytes(body), type, headers);
        using (answer) return (answer.StatusCode, Encoding.UTF8.GetString(bytes));
    }

    public async Task<(HttpResponseMessage Answer, byte[] Body)> PostBytes(string path, byte[] body, string type, params (string Name, string Value)[] headers)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        var answer = await Client.SendAsync(request);
        return (answer, await answer.Content.ReadAsByteArrayAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
    }
}
