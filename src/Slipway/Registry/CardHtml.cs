using System.Text;
using System.Text.Encodings.Web;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Slipway.Registry;

/// <summary>
/// A card as one HTML file that loads nothing and runs nothing: it can be kept for years and opened anywhere. What authors wrote is Markdown with HTML
/// switched off, without images, and with links to web pages and mail addresses alone.
/// </summary>
internal static class CardHtml
{
    /// <summary>What the file asks the browser to refuse, should something slip through after all.</summary>
    public const string Policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

    private const string Style = """
        body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#1a1f26;background:#fff}
        h1{font-size:1.8rem}h2{font-size:1.25rem;margin-top:2rem;border-bottom:1px solid #d6dbe1}
        table{border-collapse:collapse;width:100%;display:block;overflow-x:auto}th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #e6e9ed;vertical-align:top;overflow-wrap:anywhere}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.5rem}dt{color:#5a6572}dd{margin:0;overflow-wrap:anywhere}
        pre{background:#f4f6f8;padding:.8rem;overflow-x:auto}.remark{color:#5a6572}
        @media(prefers-color-scheme:dark){body{color:#e4e8ec;background:#14181d}h2,th,td{border-color:#333b44}pre{background:#1e242b}dt,.remark{color:#9aa5b1}a{color:#7ab4ff}}
        """;

    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml().UsePipeTables().UseEmphasisExtras().UseTaskLists().Build();

    /// <summary>The file.</summary>
    public static string Write(ModelCard card)
    {
        var html = new StringBuilder("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"").Append(Text(Policy))
            .Append("\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>").Append(Text($"{card.Name} {card.Version}")).Append("</title><style>").Append(Style).Append("</style></head><body>\n<h1>")
            .Append(Text(card.Name!)).Append(", version ").Append(Text(card.Version!)).Append("</h1>\n");
        foreach (var block in CardBlocks.Of(card))
        {
            html.Append("<section><h2>").Append(Text(block.Title)).Append("</h2>\n");
            if (block.Fields is { Count: > 0 } fields)
            {
                html.Append("<dl>");
                foreach (var (name, value) in fields) html.Append("<dt>").Append(Text(name)).Append("</dt><dd>").Append(Text(value)).Append("</dd>");
                html.Append("</dl>\n");
            }
            if (block.Columns is { } columns)
            {
                html.Append("<table><thead><tr>");
                foreach (var column in columns) html.Append("<th scope=\"col\">").Append(Text(column)).Append("</th>");
                html.Append("</tr></thead><tbody>\n");
                foreach (var row in block.Rows ?? [])
                {
                    html.Append("<tr>");
                    foreach (var cell in row) html.Append("<td>").Append(Text(cell)).Append("</td>");
                    html.Append("</tr>\n");
                }
                html.Append("</tbody></table>\n");
            }
            if (block.Markdown is { } own) html.Append(Render(own));
            if (block.Remark is { } remark) html.Append("<p class=\"remark\">").Append(Text(remark)).Append("</p>\n");
            html.Append("</section>\n");
        }
        return html.Append("</body></html>\n").ToString();
    }

    /// <summary>An author's Markdown as HTML that is no danger to whoever opens it. What is nested beyond reason is shown as it was typed.</summary>
    public static string Render(string markdown)
    {
        try
        {
            var document = Markdown.Parse(markdown, Pipeline);
            foreach (var link in document.Descendants<LinkInline>().ToList())
            {
                // An image would be loaded from elsewhere: its words stay.
                link.IsImage = false;
                if (!Harmless(link.GetDynamicUrl?.Invoke() ?? link.Url)) (link.Url, link.GetDynamicUrl) = ("#", null);
            }
            foreach (var link in document.Descendants<AutolinkInline>().ToList())
                if (!Harmless(link.IsEmail ? "mailto:" + link.Url : link.Url)) link.ReplaceBy(new LiteralInline(link.Url));
            return document.ToHtml(Pipeline);
        }
        catch (Exception nested) when (nested is ArgumentException or InsufficientExecutionStackException)
        {
            return $"<pre>{Text(markdown)}</pre>\n";
        }
    }

    private static bool Harmless(string? url) => url is not null && (url.StartsWith('#') || Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https" or "mailto");

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);
}
