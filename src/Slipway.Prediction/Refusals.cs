namespace Slipway.Prediction;

/// <summary>The answers to requests that do not run, made once where they say nothing of the request: under overload they are most of the answers.</summary>
internal static class Refusals
{
    /// <summary>499: whoever asked is gone. Nobody reads it; logs and metrics count it.</summary>
    public static Problem Gone { get; } = new(ErrorCode.TEMPORARILY_UNAVAILABLE, "The request was given up by whoever sent it.", 499);

    /// <summary>504: the deadline passed before there was an answer.</summary>
    public static Problem Expired { get; } = new(ErrorCode.TEMPORARILY_UNAVAILABLE, "The request's deadline passed before the model had answered. Allow more time, or send fewer requests at once.", 504);

    /// <summary>503: it would not be answered before its deadline.</summary>
    public static Problem TooLate(double waitMs, TimeSpan retryAfter) =>
        Problem.Busy($"About {waitMs:N0} ms of work waits before this request, longer than its deadline allows. Allow more time, or send fewer requests at once.", retryAfter);

    /// <summary>429: a bound of the queue.</summary>
    public static Problem Full(string what, TimeSpan retryAfter) =>
        new(ErrorCode.REQUEST_LIMIT_EXCEEDED, $"The model has more requests than it can answer: {what}. Try again after {retryAfter.TotalSeconds:N0} s, or send fewer at once.", 429) { RetryAfter = retryAfter };
}
