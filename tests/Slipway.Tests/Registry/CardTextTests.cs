using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Registry;
using Slipway.Tracking;

namespace Slipway.Tests.Registry;

/// <summary>Cards as Markdown and as HTML: whatever somebody wrote, the first stays readable by machines and the second harmless.</summary>
public sealed partial class CardTextTests
{
    private static readonly string[] Hostile =
    [
        "<script>alert(1)</script>", "</style><img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>", "[x](javascript:alert(1))", "![x](https://e.example/p.png)", "<javascript:alert(1)>", "a\n---\nlicense: mine",
        "a: b # c", "'\"\\", "| x |", "\u0000\u0007\u001b[31m", "\ud800", "😀 \u2028", "[a]: javascript:alert(1)\n\n[a]", "[x](data:text/html;base64,PHNjcmlwdD4=)", "<a href='javascript:x'>y</a>", "[x](//evil.example)", "<!-- -->", "&lt;script&gt;",
        "[x](JaVaScRiPt:alert(1))", "[x](java\nscript:alert(1))", "![a][b]\n\n[b]: https://e.example/p.png \"onload=x\"", "`<b>`", "```html\n<script>\n```", "- [ ] <input>", "$x$",
    ];

    private static ModelCard Card(Func<string> text) => new()
    {
        Name = "flights",
        Version = "3",
        Stage = "Production",
        Aliases = [text()],
        Description = text(),
        RegisteredMs = 1_790_000_000_000,
        RegisteredBy = text(),
        Source = text(),
        Tags = [new ModelVersionTag("task", text())],
        Profile = new ModelProfile { Owner = text(), Team = text(), Contact = text(), Purpose = text(), IntendedUse = text(), Limitations = text(), License = text() },
        Run = new CardRun(text(), text(), "1", text(), "FINISHED", text(), 1, null, text(), text(), text(), true, text()),
        Params = [new Param(text(), text())],
        ParamsTotal = 3,
        Metrics = [new CardMetric(text(), 1e-7, 1, 1, CardMetric.Claimed, text(), text()), new CardMetric("b", double.NaN, 1, 1, CardMetric.Computed), new CardMetric("c", -12.25, 1, 1, CardMetric.Claimed)],
        MetricsTotal = 3,
        Datasets = [new CardDataset(text(), text(), text(), text(), text())],
        DatasetsTotal = 1,
        Package = new CardPackage(1, 2, "ab", ["python_function", text()], text(), text(), [new ModelColumnInfo(text(), text(), text(), true)], null, text()),
        Checks = [new CardCheck(text(), "metric", "passed", text(), text(), 1)],
        Approvals = [new CardApproval(text(), "approved", text(), 1)],
        Sections = [new CardSection(text(), text(), true)],
    };

    [Fact]
    public void Markdown_begins_with_what_the_hub_reads()
    {
        var card = Card(static () => "x") with
        {
            Profile = new ModelProfile { License = "Apache-2.0" },
            Tags = [new ModelVersionTag("task", "tabular-regression")],
            Package = new CardPackage(1, 2, "ab", ["python_function", "onnx"], null, null, null, null, null),
            Metrics = [new CardMetric("rmse", 11.25, 1, 1, CardMetric.Computed, "flights-2026", "9f"), new CardMetric("mae", 1e-7, 1, 1, CardMetric.Claimed, "flights-2026", "9f"), new CardMetric("bad", double.NaN, 1, 1, CardMetric.Claimed)],
        };
        var yaml = Front(CardMarkdown.Write(card));
        Assert.Equal(("apache-2.0", "onnx"), ((string?)yaml["license"], (string?)yaml["library_name"]));
        Assert.Equal(["slipway", "onnx"], yaml["tags"]!.AsArray().Select(one => (string?)one));
        var result = yaml["model-index"]![0]!["results"]![0]!;
        Assert.Equal(("tabular-regression", "flights-2026", "9f"), ((string?)result["task"]!["type"], (string?)result["dataset"]!["name"], (string?)result["dataset"]!["revision"]));
        Assert.Equal(["rmse 11.25", "mae 1E-07"], result["metrics"]!.AsArray().Select(one => FormattableString.Invariant($"{one!["type"]} {(double)one["value"]!}")));
        Assert.Single(yaml["model-index"]![0]!["results"]!.AsArray());
    }

    [Fact]
    public void Whatever_is_written_the_front_matter_means_the_same()
    {
        var random = new Random(7);
        for (var i = 0; i < 400; i++)
        {
            var said = new List<string>();
            var card = Card(() =>
            {
                said.Add(string.Concat(Enumerable.Range(0, random.Next(1, 3)).Select(_ => Hostile[random.Next(Hostile.Length)])));
                return said[^1];
            });
            var yaml = Front(CardMarkdown.Write(card));
            Assert.Equal("flights", (string?)yaml["model-index"]![0]!["name"]);
            Assert.Equal(Whole(card.Metrics![0].DatasetName!), (string?)yaml["model-index"]![0]!["results"]![0]!["dataset"]!["name"]);
            Assert.Equal("other", (string?)yaml["license"]);
            Assert.All(yaml.AsObject(), static pair => Assert.Contains(pair.Key, (string[])["license", "license_name", "library_name", "tags", "datasets", "metrics", "model-index"]));
        }
    }

    [Fact]
    public void Whatever_is_written_the_page_runs_and_loads_nothing()
    {
        var random = new Random(9);
        for (var i = 0; i < 400; i++)
        {
            var html = CardHtml.Write(Card(() => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Hostile[random.Next(Hostile.Length)] + (random.Next(2) == 0 ? "\n\n" : "")))));
            foreach (Match tag in Tags().Matches(html))
            {
                var name = tag.Groups[1].Value.ToLowerInvariant();
                Assert.Contains(name, (string[])["!doctype", "html", "head", "meta", "title", "style", "body", "section", "h1", "h2", "h3", "p", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td", "em", "strong", "code", "pre", "ul", "ol", "li", "a", "hr", "br", "blockquote", "input", "del", "sub", "sup", "ins", "mark"]);
                Assert.DoesNotMatch(Handlers(), tag.Value);
                if (name == "input") Assert.Contains("disabled", tag.Value, StringComparison.Ordinal);
            }
            foreach (Match link in Links().Matches(html)) Assert.Matches("^(https?:|mailto:|#)", link.Groups[1].Value);
        }
    }

    [Theory]
    [InlineData("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>\n")]
    [InlineData("[x](https://e.example/?a=1&b=2)", "<p><a href=\"https://e.example/?a=1&amp;b=2\">x</a></p>\n")]
    [InlineData("[x](javascript:alert(1))", "<p><a href=\"#\">x</a></p>\n")]
    [InlineData("![words](https://e.example/p.png)", "<p><a href=\"https://e.example/p.png\">words</a></p>\n")]
    [InlineData("<javascript:alert(1)>", "<p>javascript:alert(1)</p>\n")]
    [InlineData("<ada@example.org>", "<p><a href=\"mailto:ada@example.org\">ada@example.org</a></p>\n")]
    [InlineData("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n")]
    public void Markdown_of_authors_is_rendered_without_html(string markdown, string html) => Assert.Equal(html, CardHtml.Render(markdown));

    [Fact]
    public void Text_that_is_nested_beyond_reason_is_shown_all_the_same()
    {
        foreach (var text in (string[])[new string('[', 20_000), new string('>', 20_000), string.Concat(Enumerable.Repeat("- ", 10_000)), new string('*', 20_000), string.Concat(Enumerable.Repeat("![", 10_000)), new string('`', 19_999) + "x"])
            Assert.NotEmpty(CardHtml.Render(text));
    }

    private static JsonNode Front(string markdown)
    {
        Assert.StartsWith("---\n", markdown, StringComparison.Ordinal);
        var end = markdown.IndexOf("\n---\n", StringComparison.Ordinal);
        var read = YamlText.Parse(markdown[4..(end + 1)]);
        Assert.True(read.Succeeded, read.Problem?.Message);
        return read.Value!;
    }

    // Half a character is none: it comes out as the mark of something that could not be read.
    private static string Whole(string text) => string.Concat(text.EnumerateRunes().Select(static rune => rune.ToString()));

    [GeneratedRegex(@"<([a-zA-Z!][^\s/>]*)[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex(@"\son\w+\s*=|srcset|\ssrc\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex Handlers();

    [GeneratedRegex("href=\"([^\"]*)\"")]
    private static partial Regex Links();
}
