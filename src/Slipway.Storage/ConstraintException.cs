namespace Slipway.Storage;

/// <summary>A unique, check or not-null constraint refused a statement: two writers raced, or the caller did not look first.</summary>
public sealed class ConstraintException(string message, Exception? inner = null) : Exception(message, inner);
