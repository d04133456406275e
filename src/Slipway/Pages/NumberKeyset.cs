using Slipway.Tracking;

namespace Slipway.Pages;

/// <summary>A page of a list in the order of one number.</summary>
internal sealed class NumberKeyset
{
    private readonly ulong fingerprint;

    /// <summary>Reads the token. <paramref name="query"/>: all that must stay the same from page to page.</summary>
    public NumberKeyset(string list, string query, string? token)
    {
        fingerprint = PageToken.Fingerprint(list, query);
        var read = PageToken.Read(token, fingerprint);
        if (!read.Succeeded) Problem = read.Problem;
        else if (read.Value is [{ Kind: 'n' } last]) After = last.Number;
        else if (read.Value is not null) Problem = Problem.Invalid("Invalid page token: its content is not understood. Send the next_page_token of the last answer unchanged.");
    }

    /// <summary>Why the token is none.</summary>
    public Problem? Problem { get; }

    /// <summary>The last page's last number; null for the first page.</summary>
    public long? After { get; }

    /// <summary>The token of the page after this number.</summary>
    public string Next(long last) => PageToken.Write(fingerprint, TokenValue.Of(last));
}
