namespace Slipway.Webhooks;

/// <summary>The rules for webhooks, in the reference's sentences where it has them.</summary>
internal sealed record WebhookCheck(bool AllowPrivate)
{
    /// <summary>Null for a name that may be.</summary>
    public static Problem? Name(string? name)
    {
        if (string.IsNullOrEmpty(name)) return Problem.Missing("name");
        return name.Length <= Webhook.NameCharsMax && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? null
            : Problem.Invalid($"Webhook name '{Shown(name)}' is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).");
    }

    /// <summary>Null for an address that may be told; what its name leads to is looked at again whenever it is called.</summary>
    public Problem? Url(string? url)
    {
        if (string.IsNullOrEmpty(url)) return Problem.Missing("url");
        if (string.IsNullOrWhiteSpace(url)) return Problem.Invalid($"Webhook URL cannot be empty or just whitespace: '{Shown(url)}'");
        if (url.Length > Webhook.UrlCharsMax) return Problem.Invalid($"'url' exceeds the maximum length of {Webhook.UrlCharsMax} characters");
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri)) return Problem.Invalid($"Invalid webhook URL '{Shown(url)}': expected an absolute https:// URL.");
        if (uri.Scheme != Uri.UriSchemeHttps && !(AllowPrivate && uri.Scheme == Uri.UriSchemeHttp))
            return Problem.Invalid($"Invalid webhook URL scheme: '{Shown(uri.Scheme)}'. Allowed schemes are: {(AllowPrivate ? "https, http" : "https")}.");
        if (uri.Host.Length == 0) return Problem.Invalid($"Webhook URL must include a hostname: '{Shown(url)}'");
        if (AllowPrivate) return null;
        // Where it is plain that it leads inside, in the words that clients of the reference know.
        if (Outbound.IsPrivate(uri.Host)) return Problem.Invalid($"Webhook URL must not resolve to a non-public IP address. '{Shown(uri.Host)}' is one. The operator can allow it with outbound.allowPrivate.");
        return HostSpelling.Wrong(uri) is { } wrong ? Problem.Invalid($"Webhook URL: the host of '{Shown(url)}' is not written plainly: {wrong}.") : null;
    }

    /// <summary>The kinds of a request, sorted, each once.</summary>
    public static Problem? Events(IReadOnlyList<WebhookEvent?>? sent, out List<string> kinds)
    {
        kinds = [];
        if (sent is null or []) return Problem.Missing("events");
        if (sent.Count > 100) return Problem.Invalid($"'events' holds at most 100 entries, got {sent.Count}.");
        for (var i = 0; i < sent.Count; i++)
            if (WebhookKind.Of(sent[i]) is { } kind) kinds.Add(kind);
            else return Problem.Invalid($"events[{i}]: there is no '{Shown($"{sent[i]?.Entity}.{sent[i]?.Action}")}'. Known are, in capitals, {WebhookKind.Known}.");
        kinds = [.. kinds.Distinct().Order(StringComparer.Ordinal)];
        return null;
    }

    /// <summary>True for ACTIVE, which is also meant by nothing.</summary>
    public static Problem? Status(string? status, out bool? active)
    {
        active = status switch { "ACTIVE" => true, "DISABLED" => false, _ => null };
        return string.IsNullOrEmpty(status) || active is not null ? null : Problem.Invalid($"status: expected ACTIVE or DISABLED, got '{Shown(status)}'.");
    }

    /// <summary>Null for text that is not too long and that both databases hold.</summary>
    public static Problem? Text(string? text, string field, int charsMax) =>
        text?.Length > charsMax ? Problem.Invalid($"'{field}' exceeds the maximum length of {charsMax} characters")
        : text?.Contains('\0', StringComparison.Ordinal) is true ? Problem.Invalid($"'{field}' holds the NUL character (U+0000), which text may not.") : null;

    private static string Shown(string text) => text.Length > 100 ? text[..100] + "..." : text;
}
