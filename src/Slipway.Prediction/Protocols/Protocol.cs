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
}
