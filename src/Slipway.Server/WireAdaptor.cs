using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Slipway.Server;

/// <summary>
/// The one place that turns HTTP into a typed call and its outcome back. Fields come from the JSON body or, where there is none, from the
/// query; parameters of the path win over both. Bad input is always a <see cref="Problem"/>, never an exception.
/// </summary>
internal sealed class WireAdaptor : IWireAdaptor
{
    /// <inheritdoc/>
    public async Task<Problem?> Run<TIn, TOut>(HttpContext context, Caller caller, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output,
        Func<Caller, TIn, CancellationToken, Task<Outcome<TOut>>> call)
    {
        var bound = await Bind(context, input);
        if (bound.Problem is { } refused) return refused;
        var outcome = await call(caller, bound.Value, context.RequestAborted);
        if (outcome.Problem is { } problem) return problem;
        await Answers.Json(context.Response, outcome.Value, output);
        return null;
    }

    /// <inheritdoc/>
    public async Task<Problem?> RunBytes<TOut>(HttpContext context, Caller caller, string contentType, JsonTypeInfo<TOut> output,
        Func<Caller, ReadOnlyMemory<byte>, CancellationToken, Task<Outcome<TOut>>> call)
    {
        if (!IsType(context.Request, contentType)) return Problem.Invalid($"Bad Request. Content-Type must be one of ['{contentType}'].");
        if (context.Request.Headers.ContentEncoding.Count > 0) return Problem.Invalid("Bad Request. The body must come without Content-Encoding.");
        var (body, problem) = await RequestBody.Read(context, context.GetEndpoint()!.Metadata.GetMetadata<Route>()!.BodyBytesMax);
        if (problem is not null) return problem;
        using (body)
        {
            var outcome = await call(caller, body.Memory, context.RequestAborted);
            if (outcome.Problem is { } refused) return refused;
            await Answers.Json(context.Response, outcome.Value, output);
            return null;
        }
    }

    /// <inheritdoc/>
    public ValueTask<Outcome<T>> Bind<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        var request = context.Request;
        return ReadsQuery(request)
            ? ValueTask.FromResult(QueryBinding.Bind(request, type))
            : BindBody(context, type);
    }

    // As the reference: GET reads the query, and a body only when there is no query; DELETE reads its body (the Python client sends one) or else the query.
    private static bool ReadsQuery(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method)) return request.QueryString.HasValue || !HasBody(request);
        return HttpMethods.IsHead(request.Method) || (HttpMethods.IsDelete(request.Method) && !HasBody(request));
    }

    private static bool HasBody(HttpRequest request) =>
        request.ContentLength != 0 && (request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true);

    private static async ValueTask<Outcome<T>> BindBody<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        var request = context.Request;
        if (!HasBody(request)) return BodyBinding.Bind([], request, type);
        if (RefuseContentType(request) is { } wrongType) return wrongType;
        var route = context.GetEndpoint()!.Metadata.GetMetadata<Route>()!;
        var (body, problem) = await RequestBody.Read(context, route.BodyBytesMax);
        if (problem is not null) return problem;
        using (body) return BodyBinding.Bind(body.Bytes, request, type);
    }

    // The reference's rule and sentence. It also keeps HTML forms of foreign pages out: a form cannot send JSON's type without asking first.
    private static Problem? RefuseContentType(HttpRequest request)
    {
        if (HttpMethods.IsDelete(request.Method) || HttpMethods.IsGet(request.Method)) return null;
        return IsType(request, "application/json") ? null : Problem.Invalid("Bad Request. Content-Type must be one of ['application/json'].");
    }

    private static bool IsType(HttpRequest request, string expected)
    {
        var type = request.ContentType.AsSpan();
        var end = type.IndexOf(';');
        if (end >= 0) type = type[..end];
        return type.Trim().Equals(expected, StringComparison.OrdinalIgnoreCase);
    }
}
