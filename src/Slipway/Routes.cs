using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Slipway;

/// <summary>One route, as data: the server maps it through one adaptor and describes it in the OpenAPI document.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path with `{name}` or `{**name}` parameters.</param>
/// <param name="Right">What the caller needs.</param>
/// <param name="Summary">One sentence for the OpenAPI document.</param>
public sealed record Route(string Method, string Path, Right Right, string Summary)
{
    /// <summary>The type of the request (JSON body, query and path parameters), or null when the route reads the body itself.</summary>
    public JsonTypeInfo? In { get => field ?? InType?.Invoke(); init; }

    /// <summary>The type of the answer, or null when the route writes it itself.</summary>
    public JsonTypeInfo? Out { get => field ?? OutType?.Invoke(); init; }

    // Made on the first use of a route, not at the start: the metadata of all types together costs it a noticeable time.
    internal Func<JsonTypeInfo>? InType { get; init; }

    internal Func<JsonTypeInfo>? OutType { get; init; }

    /// <summary>The content type of an answer that is not JSON, or null.</summary>
    public string? AnswerType { get; init; }

    /// <summary>The largest body in bytes; larger ones are answered 413.</summary>
    public long BodyBytesMax { get; init; } = Routes.BodyBytesDefault;

    /// <summary>False for what is no HTTP API, such as calls of gRPC: it stays out of the OpenAPI document.</summary>
    public bool Documented { get; init; } = true;

    /// <summary>Answers a problem in the words of another protocol; null for the wire's error body.</summary>
    public Func<HttpContext, Problem, Task>? Refuse { get; init; }

    /// <summary>Reads, calls and writes. A returned problem is answered as the wire's error body.</summary>
    public required Func<HttpContext, Caller, Task<Problem?>> Handle { get; init; }
}

/// <summary>The table of contents of the API. Capabilities add to it; typed routes bind and call in one expression.</summary>
public sealed class Routes(IWireAdaptor adaptor)
{
    /// <summary>The largest JSON body unless a route says otherwise: 1 MB on log-batch as the reference, more elsewhere for schemas and profiles.</summary>
    public const long BodyBytesDefault = 32 * 1024 * 1024;

    private readonly List<Route> all = [];

    /// <summary>Every route added so far.</summary>
    public IReadOnlyList<Route> All => all;

    /// <summary>
    /// Adds a JSON route: fields come from the body, from the query (GET) and from the path. A request or answer that is read or written in a
    /// form of its own (a batch in columns, JSON written straight from rows) is described by the wire record it looks like.
    /// </summary>
    public void Add<TIn, TOut>(string method, string path, Right right, string summary, Func<Caller, TIn, CancellationToken, Task<Outcome<TOut>>> call,
        long bodyBytesMax = BodyBytesDefault, JsonTypeInfo? looksIn = null, JsonTypeInfo? looksOut = null)
    {
        all.Add(new Route(method, path, right, summary)
        {
            In = looksIn,
            Out = looksOut,
            InType = Wire.Type<TIn>,
            OutType = Wire.Type<TOut>,
            BodyBytesMax = bodyBytesMax,
            Handle = (context, caller) => adaptor.Run(context, caller, Wire.Type<TIn>(), Wire.Type<TOut>(), call),
        });
    }

    /// <summary>Adds a route whose body is not JSON but bytes of one content type, read whole; the answer is JSON.</summary>
    public void AddBytes<TOut>(string method, string path, Right right, string summary, string contentType, Func<Caller, ReadOnlyMemory<byte>, CancellationToken, Task<Outcome<TOut>>> call,
        long bodyBytesMax = BodyBytesDefault)
    {
        all.Add(new Route(method, path, right, summary)
        {
            OutType = Wire.Type<TOut>,
            BodyBytesMax = bodyBytesMax,
            Handle = (context, caller) => adaptor.RunBytes(context, caller, contentType, Wire.Type<TOut>(), call),
        });
    }

    /// <summary>Adds a route whose request is JSON and whose answer the call writes itself: bytes, or more of them than memory should hold. Nothing may be written before a problem is returned.</summary>
    public void AddStream<TIn>(string method, string path, Right right, string summary, string contentType, Func<HttpContext, Caller, TIn, Task<Problem?>> write,
        long bodyBytesMax = BodyBytesDefault)
    {
        all.Add(new Route(method, path, right, summary)
        {
            InType = Wire.Type<TIn>,
            AnswerType = contentType,
            BodyBytesMax = bodyBytesMax,
            Handle = async (context, caller) =>
            {
                var bound = await adaptor.Bind(context, Wire.Type<TIn>());
                return bound.Problem ?? await write(context, caller, bound.Value);
            },
        });
    }

    /// <summary>Adds a route of another protocol.</summary>
    public void Add(Route route) => all.Add(route);

    /// <summary>Adds a route that reads or writes the bodies itself: streams, large answers.</summary>
    public void Raw(string method, string path, Right right, string summary, Func<HttpContext, Caller, Task<Problem?>> handle,
        long bodyBytesMax = BodyBytesDefault, JsonTypeInfo? input = null, JsonTypeInfo? output = null) =>
        all.Add(new Route(method, path, right, summary) { Handle = handle, BodyBytesMax = bodyBytesMax, In = input, Out = output });

    /// <summary>
    /// The same routes under several prefixes: MLflow serves each call for clients (`/api/2.0/mlflow`) and for pages (`/ajax-api/2.0/mlflow`).
    /// </summary>
    public RouteGroup Under(params string[] prefixes) => new(this, prefixes);
}

/// <summary>Routes added under each of several prefixes.</summary>
public readonly struct RouteGroup(Routes routes, string[] prefixes)
{
    /// <summary>GET with query parameters.</summary>
    public void Get<TIn, TOut>(string path, Right right, string summary, Func<Caller, TIn, CancellationToken, Task<Outcome<TOut>>> call) => Add("GET", path, right, summary, call);

    /// <summary>POST with a JSON body.</summary>
    public void Post<TIn, TOut>(string path, Right right, string summary, Func<Caller, TIn, CancellationToken, Task<Outcome<TOut>>> call) => Add("POST", path, right, summary, call);

    /// <summary>PATCH with a JSON body.</summary>
    public void Patch<TIn, TOut>(string path, Right right, string summary, Func<Caller, TIn, CancellationToken, Task<Outcome<TOut>>> call) => Add("PATCH", path, right, summary, call);

    /// <summary>DELETE; the Python client sends its fields as a JSON body.</summary>
    public void Delete<TIn, TOut>(string path, Right right, string summary, Func<Caller, TIn, CancellationToken, Task<Outcome<TOut>>> call) => Add("DELETE", path, right, summary, call);

    /// <summary>A route that reads or writes the bodies itself.</summary>
    public void Raw(string method, string path, Right right, string summary, Func<HttpContext, Caller, Task<Problem?>> handle,
        long bodyBytesMax = Routes.BodyBytesDefault, JsonTypeInfo? input = null, JsonTypeInfo? output = null)
    {
        foreach (var prefix in prefixes) routes.Raw(method, prefix + path, right, summary, handle, bodyBytesMax, input, output);
    }

    /// <summary>A JSON route of any method; see <see cref="Routes.Add"/>.</summary>
    public void Add<TIn, TOut>(string method, string path, Right right, string summary, Func<Caller, TIn, CancellationToken, Task<Outcome<TOut>>> call,
        long bodyBytesMax = Routes.BodyBytesDefault, JsonTypeInfo? looksIn = null, JsonTypeInfo? looksOut = null)
    {
        foreach (var prefix in prefixes) routes.Add(method, prefix + path, right, summary, call, bodyBytesMax, looksIn, looksOut);
    }
}

/// <summary>The one place that turns HTTP into a typed call and its outcome back; lives in the server.</summary>
public interface IWireAdaptor
{
    /// <summary>Binds <typeparamref name="TIn"/> from the request.</summary>
    ValueTask<Outcome<TIn>> Bind<TIn>(HttpContext context, JsonTypeInfo<TIn> input);

    /// <summary>Binds <typeparamref name="TIn"/>, calls, writes <typeparamref name="TOut"/>; returns the problem, if any, unwritten.</summary>
    Task<Problem?> Run<TIn, TOut>(HttpContext context, Caller caller, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output,
        Func<Caller, TIn, CancellationToken, Task<Outcome<TOut>>> call);

    /// <summary>Reads a body of <paramref name="contentType"/> whole, calls, writes <typeparamref name="TOut"/>; the bytes are valid until the call ends.</summary>
    Task<Problem?> RunBytes<TOut>(HttpContext context, Caller caller, string contentType, JsonTypeInfo<TOut> output,
        Func<Caller, ReadOnlyMemory<byte>, CancellationToken, Task<Outcome<TOut>>> call);
}
