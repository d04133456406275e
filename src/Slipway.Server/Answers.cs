using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Slipway.Tracking;

namespace Slipway.Server;

/// <summary>Writes answers: typed JSON with its length known, problems as the wire's error body, plain text.</summary>
internal static class Answers
{
    private const string JsonType = "application/json";

    /// <summary>200 with the value as JSON.</summary>
    public static Task Json<T>(HttpResponse response, T value, JsonTypeInfo<T> type)
    {
        if (value is WrittenJson written) return Send(response, written.Take());
        var buffer = AnswerBuffer.Rent();
        try
        {
            JsonSerializer.Serialize(buffer.Json, value, type);
            buffer.Json.Flush();
        }
        catch
        {
            AnswerBuffer.Return(buffer);
            throw;
        }
        return Send(response, buffer);
    }

    private static Task Send(HttpResponse response, AnswerBuffer buffer)
    {
        response.ContentType = JsonType;
        response.ContentLength = buffer.Length;
        return buffer.WriteTo(response);
    }

    /// <summary>The problem's status with <c>{"error_code", "message"}</c>, and Retry-After where waiting helps.</summary>
    public static Task Problem(HttpContext context, Problem problem)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            // Half an answer with a good status must not look whole.
            context.Abort();
            return Task.CompletedTask;
        }
        response.StatusCode = problem.Status;
        if (problem.RetryAfter is { } wait) response.Headers.RetryAfter = ((long)Math.Ceiling(wait.TotalSeconds)).ToString();
        // A page asks by script and shows its own way in; told this, a browser would open a window of its own.
        if (problem.Status == StatusCodes.Status401Unauthorized && context.Request.Headers.XRequestedWith.Count == 0) response.Headers.WWWAuthenticate = "Basic realm=\"mlflow\"";
        response.Headers.Remove("Content-Disposition");
        return Json(response, new ErrorBody(problem.Code, problem.Message, problem.Gates), Wire.Type<ErrorBody>());
    }

    /// <summary>200 with plain text.</summary>
    public static Task Text(HttpResponse response, ReadOnlyMemory<byte> utf8, string contentType = "text/plain; charset=utf-8")
    {
        response.ContentType = contentType;
        response.ContentLength = utf8.Length;
        return response.BodyWriter.WriteAsync(utf8).AsTask();
    }
}
