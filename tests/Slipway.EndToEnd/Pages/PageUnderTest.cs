using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;
using Slipway.Tests;

namespace Slipway.EndToEnd.Pages;

/// <summary>
/// A page in a real browser. Whatever no page may do fails the test at its end: an error in the console, a breach of its policy, a dialog, a request to
/// anybody but its server.
/// </summary>
public sealed class PageUnderTest : IAsyncDisposable
{
    private readonly IBrowserContext context;
    private readonly Uri server;
    private readonly ConcurrentQueue<string> faults = new();
    private readonly List<string> allowed = [];

    internal PageUnderTest(IBrowserContext context, IPage page, Uri server)
    {
        (this.context, Page, this.server) = (context, page, server);
        page.SetDefaultTimeout(20_000);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") faults.Enqueue($"console {message.Type}: {message.Text}");
        };
        page.PageError += (_, error) => faults.Enqueue("exception: " + error);
        page.Dialog += async (_, dialog) =>
        {
            faults.Enqueue($"a dialog said '{dialog.Message}'");
            await dialog.DismissAsync();
        };
        context.Request += (_, request) =>
        {
            var to = new Uri(request.Url);
            if (to.Scheme is not ("data" or "blob") && to.Authority != server.Authority) faults.Enqueue("a request left for " + request.Url);
        };
    }

    /// <summary>What Playwright offers.</summary>
    public IPage Page { get; }

    /// <summary>Goes to an address of the server.</summary>
    public async Task Go(string path) => await Page.GotoAsync(new Uri(server, path).ToString());

    /// <summary>Faults that hold this text are the point of the test: a refusal that the browser logs too.</summary>
    public void Allow(string text) => allowed.Add(text);

    /// <summary>Waits until a text is seen.</summary>
    public Task Sees(string text) => Assertions.Expect(Page.GetByText(text).First).ToBeVisibleAsync(new() { Timeout = 20_000 });

    /// <summary>What a person would call it: `Button("Create")`.</summary>
    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>The first heading of the page.</summary>
    public ILocator Heading(string name) => Page.GetByRole(AriaRole.Heading, new() { Name = name }).First;

    /// <summary>Takes its picture, kept with the results of the tests for people to look at.</summary>
    public async Task Picture(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "pages"));
        await Page.ScreenshotAsync(new() { Path = Path.Combine(folder.FullName, name + ".png"), FullPage = true });
    }

    /// <summary>Wide and narrow, light and dark, without a scroll bar to the side.</summary>
    public async Task Pictures(string name)
    {
        foreach (var (width, height) in new[] { (1440, 900), (390, 844) })
        {
            await Page.SetViewportSizeAsync(width, height);
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
                await Picture($"{name}-{width}-{scheme.ToString().ToLowerInvariant()}");
                await IsAccessible($"{name} at {width} px, {scheme}");
            }
            var wide = await Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            Assert.True(wide <= 0, $"{name} at {width} px is {wide} px wider than the window.");
        }
    }

    /// <summary>Checks what a machine can check of WCAG 2 A and AA.</summary>
    public async Task IsAccessible(string where)
    {
        await Page.EvaluateAsync(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "web", "node_modules", "axe-core", "axe.min.js")) + "; true");
        var found = await Page.EvaluateAsync<JsonElement>("""
            async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] })).violations
              .map(one => one.id + ': ' + one.help + ' at ' + one.nodes.slice(0, 4).map(node => node.target.join(' ') + ' (' + (node.any[0]?.message ?? '') + ')').join('; '))
            """);
        Assert.True(found.GetArrayLength() == 0, where + ":\n" + string.Join('\n', found.EnumerateArray()));
    }

    /// <summary>Closes it, and fails the test for what it should not have done.</summary>
    public async ValueTask DisposeAsync()
    {
        await context.CloseAsync();
        var unexpected = faults.Where(fault => !allowed.Exists(text => fault.Contains(text, StringComparison.Ordinal))).ToList();
        Assert.True(unexpected.Count == 0, string.Join('\n', unexpected));
    }
}
