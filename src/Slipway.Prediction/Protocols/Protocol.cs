using Microsoft.AspNetCore.Http;

namespace Slipway.Prediction.Protocols;

/// <summary>A way of asking for predictions: how a body becomes tensors, and tensors an answer.</summary>
internal abstract class Protocol
{
    /// <summary>The name in logs.</summary>
    public abstract string Name { get; }

    /// <summary>Reads the body into the call's inputs.</summary>
    /// <returns>Null, or what is wrong with it.</returns>
    public abstract Problem? Read(Exchange exchange);

    /// <summary>Writes the call's outputs.</summary>
    /// <returns>The answer's content type.</returns>
    public abstract string Write(Exchange exchange, AnswerBuffer answer);

    /// <summary>Writes a problem in the protocol's words.</summary>
    public abstract void WriteProblem(Problem problem, AnswerBuffer answer);

    /// <summary>The status of a problem: the problem's own unless the protocol has another.</summary>
    public virtual int Status(Problem problem) => problem.Status;

    /// <summary>Answers a problem; nothing was written before.</summary>
    public virtual Task Refuse(HttpContext http, Problem problem, Exchange? exchange)
    {
        var response = http.Response;
        response.StatusCode = Status(problem);
        if (problem.RetryAfter is { } wait) response.Headers.RetryAfter = ((long)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (exchange is not null) PredictionHeaders.WriteId(response.Headers, exchange.Call.Id);
        var answer = AnswerBuffer.Rent();
        WriteProblem(problem, answer);
        return PredictionHost.Send(response, answer, "application/json");
    }
}
