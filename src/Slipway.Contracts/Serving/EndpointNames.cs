namespace Slipway.Serving;

/// <summary>What endpoints and arms may be called: names become parts of paths, of metrics and of other protocols' model names.</summary>
public static class EndpointNames
{
    // Parts of paths beside endpoints/{name}.
    private static readonly string[] Taken = ["predictions", "prediction-log", "live"];

    /// <summary>Null when a name is one, else what is wrong with it.</summary>
    public static Problem? Check(string? name, string path)
    {
        if (string.IsNullOrEmpty(name)) return Problem.Missing(path);
        var shown = name.Length > 60 ? name[..60] + "..." : name;
        if (name.Length > Endpoint.NameCharsMax) return Problem.Invalid($"{path}: expected at most {Endpoint.NameCharsMax} characters, got {name.Length}.");
        if (!char.IsAsciiLetterOrDigit(name[0])) return Problem.Invalid($"{path}: expected a letter or digit at the beginning, got '{shown}'.");
        foreach (var character in name)
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '_' or '-')) return Problem.Invalid($"{path}: expected letters, digits, '.', '_' and '-', got '{shown}'.");
        return Array.IndexOf(Taken, name) >= 0 ? Problem.Invalid($"{path}: '{name}' is part of another address. Choose another name.") : null;
    }
}
