namespace Slipway.Storage;

/// <summary>A text holds the NUL character (U+0000), which PostgreSQL cannot hold and SQLite would cut the text at. It came from a request: the request is refused.</summary>
public sealed class NulTextException() : ArgumentException("A text holds the NUL character (U+0000), which texts may not.");
