namespace Slipway.Lineage;

/// <summary>
/// Names one thing: its kind, what names it among its kind, and its workspace when that is not the caller's. As a text each part is percent-encoded, so
/// that names may hold anything.
/// </summary>
internal sealed class LineageId : IEquatable<LineageId>
{
    private LineageId(string? workspace, string kind, string[] parts) =>
        (Workspace, Kind, Parts, Text) = (workspace, kind, parts, (workspace is null ? "" : $"@{Uri.EscapeDataString(workspace)}/") + kind + "/" + string.Join('/', parts.Select(Uri.EscapeDataString)));

    /// <summary>The name of its workspace; null: the caller's.</summary>
    public string? Workspace { get; }

    /// <summary>The kind, such as `run`.</summary>
    public string Kind { get; }

    /// <summary>What names it, decoded.</summary>
    public string[] Parts { get; }

    /// <summary>Both, as the wire has them.</summary>
    public string Text { get; }

    /// <summary>Names a thing.</summary>
    public static LineageId Of(string kind, params string[] parts) => new(null, kind, parts);

    /// <summary>The same in another workspace, or with null in the caller's.</summary>
    public LineageId In(string? workspace) => workspace == Workspace ? this : new(workspace, Kind, Parts);

    /// <summary>Reads a text that somebody sent; one thing has one text, however it was encoded.</summary>
    public static Outcome<LineageId> Parse(string? text, IReadOnlyDictionary<string, int> partsByKind)
    {
        if (string.IsNullOrEmpty(text)) return Problem.Missing("of");
        if (text.Length > GetLineage.OfCharsMax) return Problem.Invalid($"'of' exceeds the maximum length of {GetLineage.OfCharsMax} characters");
        var pieces = text.Split('/');
        string? workspace = null;
        if (text[0] == '@')
        {
            workspace = Uri.UnescapeDataString(pieces[0][1..]);
            if (workspace.Length == 0 || workspace.Contains('\0', StringComparison.Ordinal) || pieces.Length < 2) return Problem.Invalid($"of: after '@' expected a workspace, a slash and what is meant there, as in @dev/run/0123; got '{Shown(text)}'.");
            pieces = pieces[1..];
        }
        if (!partsByKind.TryGetValue(pieces[0], out var count)) return Problem.Invalid($"of: expected one of {string.Join(", ", partsByKind.Keys.Order(StringComparer.Ordinal))}, a slash and a name, as in run/0123; got '{Shown(text)}'.");
        var parts = pieces[1..].Select(Uri.UnescapeDataString).ToArray();
        if (parts.Length != count || parts.Any(static part => part.Length == 0 || part.Contains('\0', StringComparison.Ordinal)))
            return Problem.Invalid($"of: after '{pieces[0]}/' expected {(count == 1 ? "a name" : $"{count} names with a slash between them")}, each percent-encoded where it holds a slash; got '{Shown(text)}'.");
        return new LineageId(workspace, pieces[0], parts);
    }

    /// <inheritdoc/>
    public bool Equals(LineageId? other) => other is not null && other.Text == Text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LineageId);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    private static string Shown(string text) => text.Length > 100 ? text[..100] + "..." : text;
}
