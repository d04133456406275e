namespace Slipway.Client;

/// <summary>The server refused a request, failed at it, or could not be reached. The message says what was wrong; <see cref="Remedy"/> says what to do.</summary>
public sealed class SlipwayException : Exception
{
    /// <summary>A failure.</summary>
    /// <param name="message">What was wrong, where, and what was expected.</param>
    /// <param name="status">The HTTP status, or null when no answer came.</param>
    /// <param name="code">The server's error code, or null when no answer came or it carried none.</param>
    /// <param name="remedy">What to do next.</param>
    /// <param name="inner">The cause.</param>
    public SlipwayException(string message, int? status = null, ErrorCode? code = null, string? remedy = null, Exception? inner = null) : base(message, inner) =>
        (Status, Code, Remedy) = (status, code, remedy);

    /// <summary>A failure without more to say.</summary>
    public SlipwayException() { }

    /// <summary>A failure that no answer of a server explains.</summary>
    public SlipwayException(string message) : base(message) { }

    /// <summary>A failure with its cause.</summary>
    public SlipwayException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>The HTTP status of the last answer, or null when none came: the server is down, or not there.</summary>
    public int? Status { get; }

    /// <summary>The server's error code, such as RESOURCE_DOES_NOT_EXIST; null when it sent none.</summary>
    public ErrorCode? Code { get; }

    /// <summary>What to do next, when the client knows.</summary>
    public string? Remedy { get; }

    /// <summary>True when no answer came, after every retry.</summary>
    public bool IsUnreachable { get; init; }

    /// <summary>True when the named thing does not exist.</summary>
    public bool IsNotFound => Status is 404;
}
