using System.Text.Json.Serialization;

namespace Slipway;

/// <summary>The error codes of MLflow's REST API that Slipway answers with. Names are the wire's.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ErrorCode>))]
public enum ErrorCode
{
    /// <summary>500: a fault of the server, not of the request.</summary>
    INTERNAL_ERROR,
    /// <summary>503: try again after a while.</summary>
    TEMPORARILY_UNAVAILABLE,
    /// <summary>400: a value of the request is missing or wrong.</summary>
    INVALID_PARAMETER_VALUE,
    /// <summary>400: the request as a whole is not understood.</summary>
    BAD_REQUEST,
    /// <summary>404: the named thing does not exist.</summary>
    RESOURCE_DOES_NOT_EXIST,
    /// <summary>404: no such route; clients fall back as from an older server.</summary>
    ENDPOINT_NOT_FOUND,
    /// <summary>400, as MLflow has it: the name is taken.</summary>
    RESOURCE_ALREADY_EXISTS,
    /// <summary>409: the thing changed meanwhile.</summary>
    RESOURCE_CONFLICT,
    /// <summary>401: who are you.</summary>
    UNAUTHENTICATED,
    /// <summary>403: you may not.</summary>
    PERMISSION_DENIED,
    /// <summary>429: a limit of rate or amount.</summary>
    REQUEST_LIMIT_EXCEEDED,
    /// <summary>403: the workspace has used what it may; waiting does not help.</summary>
    QUOTA_EXCEEDED,
    /// <summary>500: the thing is in no state for this.</summary>
    INVALID_STATE,
    /// <summary>500: stored data is damaged.</summary>
    DATA_LOSS,
    /// <summary>501: known, and not offered.</summary>
    NOT_IMPLEMENTED,
}

/// <summary>An expected failure, as a value: what was wrong, where, what was expected and what to do.</summary>
/// <param name="Code">The wire's error code.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Status">The HTTP status it is answered with.</param>
public sealed record Problem(ErrorCode Code, string Message, int Status)
{
    /// <summary>How long the caller should wait before trying again, if that helps.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What gates said of a move that they refused.</summary>
    public Registry.GateEvaluation? Gates { get; init; }

    /// <summary>400 INVALID_PARAMETER_VALUE.</summary>
    public static Problem Invalid(string message) => new(ErrorCode.INVALID_PARAMETER_VALUE, message, 400);

    /// <summary>400 INVALID_PARAMETER_VALUE with the reference's sentence for an absent field.</summary>
    public static Problem Missing(string parameter) =>
        Invalid($"Missing value for required parameter '{parameter}'. See the API docs for more information about request parameters.");

    /// <summary>404 RESOURCE_DOES_NOT_EXIST.</summary>
    public static Problem NotFound(string message) => new(ErrorCode.RESOURCE_DOES_NOT_EXIST, message, 404);

    /// <summary>400 RESOURCE_ALREADY_EXISTS (not 409: clients of the reference expect 400).</summary>
    public static Problem Exists(string message) => new(ErrorCode.RESOURCE_ALREADY_EXISTS, message, 400);

    /// <summary>403 PERMISSION_DENIED.</summary>
    public static Problem Denied(string message) => new(ErrorCode.PERMISSION_DENIED, message, 403);

    /// <summary>403 QUOTA_EXCEEDED: not 429, on which the reference's client waits and sends the same again for minutes.</summary>
    public static Problem Quota(string message) => new(ErrorCode.QUOTA_EXCEEDED, message, 403);

    /// <summary>409 RESOURCE_CONFLICT.</summary>
    public static Problem Conflict(string message) => new(ErrorCode.RESOURCE_CONFLICT, message, 409);

    /// <summary>503 TEMPORARILY_UNAVAILABLE with a Retry-After.</summary>
    public static Problem Busy(string message, TimeSpan? retryAfter = null) =>
        new(ErrorCode.TEMPORARILY_UNAVAILABLE, message, 503) { RetryAfter = retryAfter ?? TimeSpan.FromSeconds(1) };

    /// <summary>413: the request is larger than its stated limit.</summary>
    public static Problem TooLarge(string message) => new(ErrorCode.INVALID_PARAMETER_VALUE, message, 413);

    /// <summary>507: the disk under the data folder is full; nothing was changed.</summary>
    public static Problem DiskFull(string message) => new(ErrorCode.INTERNAL_ERROR, message, 507);

    /// <summary>500 DATA_LOSS: stored data failed its checksum.</summary>
    public static Problem Damaged(string message) => new(ErrorCode.DATA_LOSS, message, 500);

    /// <summary>500 INTERNAL_ERROR.</summary>
    public static Problem Internal(string message) => new(ErrorCode.INTERNAL_ERROR, message, 500);
}
