using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Playwright;

namespace Slipway.Benchmarks;

/// <summary>
/// The pages in a real Chromium, which shares the machine's cores with the server: from the click, or from the start of the navigation with an empty
/// cache, until what was asked for is on the screen. The clock is the page's own.
/// </summary>
internal static class Browsing
{
    private const int Times = 7, Compared = 100, Live = 50;

    private const string RowsShown = """
        () => {
          const grid = document.querySelector('[role=grid]');
          const rows = grid?.querySelectorAll('[role=row]') ?? [];
          return rows.length > 15 && grid.getAttribute('aria-busy') !== 'true' && !grid.querySelector('.skeleton') ? performance.now() : false;
        }
        """;

    private const string MetricHeads = "[...document.querySelectorAll('[role=columnheader][aria-sort] .runs-table-sort')].filter(one => /^m\\d/.test(one.textContent))";

    private const string ColumnsShown = $"() => {MetricHeads}.length > 3 && !document.querySelector('[role=grid] .skeleton') ? performance.now() : false";

    private const string ChartDrawn = "() => { const charts = [...document.querySelectorAll('[data-drawn]')]; return charts.length > 0 && charts.every(one => Number(one.dataset.drawn) > 0) && !document.querySelector('main .skeleton') ? performance.now() : false; }";

    public static async Task Measure(ServerUnderTest server, Results results, int runs, long longPoints)
    {
        var executable = new[] { "/usr/bin/chromium", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists) ?? throw new FileNotFoundException("Chromium is missing (Debian: apt-get install chromium).");
        var table = Searching.Seed(server, runs);
        using var http = server.Connect();
        var curves = Load.CreateExperiment(http, "curves");
        var compared = Curves(server, curves, Compared);
        var longRun = Histories.Series(server, curves, longPoints);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = executable, Args = Environment.UserName == "root" ? ["--no-sandbox"] : [] });
        void Row(string what, double ms, double promised) => results.Add(what, $"{Results.N(ms)} ms", "", $"< {Results.N(promised)} ms", ms < promised);

        await Open(browser, server, "/", async page => await page.WaitForSelectorAsync("main h2")); // The server's code for it is compiled by then.
        var runsPage = $"/experiments/{table}";
        Row($"runs page of {Results.N(runs)} runs x 50 metrics usable, empty cache", await Median(() => Opened(browser, server, runsPage, RowsShown)), 800);
        Row("the same, with the metrics and params that vary", await Median(() => Opened(browser, server, runsPage, ColumnsShown)), 1500);
        await Open(browser, server, runsPage, async page =>
        {
            await page.WaitForFunctionAsync(ColumnsShown);
            await page.WaitForTimeoutAsync(1_500); // What is loaded when there is time for it belongs to the weight.
            var weight = await page.EvaluateAsync<double>("() => [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')].filter(one => one.name.includes('/assets/') || one.entryType === 'navigation').reduce((sum, one) => sum + one.transferSize, 0)");
            results.Add("weight of that page, compressed, empty cache", $"{Results.N(weight / 1e6, 2)} MB", "", "< 1.5 MB", weight < 1.5e6);
            var heads = await page.EvaluateAsync<int>($"() => {MetricHeads}.length");
            var head = 0;
            Row("its sort by another metric", await Median(() => Acted(page, $"() => {MetricHeads}[{head++ % heads}].click()", RowsShown)), 300);
        });
        var filter = 0;
        Row("its filter by a metric", await Median(async () =>
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"metrics.m1 < {0.5 + 0.05 * filter++}");
            return await Filtered(browser, server, runsPage, text);
        }), 300);
        var ids = string.Join(',', compared);
        Row($"compare of {Compared} runs x 1,000 buckets drawn", await Median(() => Opened(browser, server, $"/compare?runs={ids}", ChartDrawn)), 1000);
        Row($"chart of {Results.N(longPoints / 1e6)} million points drawn, empty cache", await Median(() => Opened(browser, server, $"/runs/{longRun}?tab=metrics", ChartDrawn)), 500);
        Row("the same chart, from a click on the tab of an open page", await Median(async () =>
        {
            var ms = 0.0;
            await Open(browser, server, $"/runs/{longRun}", async page =>
            {
                var tab = page.Locator("nav.tabs a[href*='tab=metrics']");
                await tab.WaitForAsync();
                await page.WaitForTimeoutAsync(500); // The page has settled, and asks for nothing any more.
                await page.EvaluateAsync("() => { document.querySelector(\"nav.tabs a[href*='tab=metrics']\").click(); window.began = performance.now(); }");
                ms = await (await page.WaitForFunctionAsync(ChartDrawn)).JsonValueAsync<double>() - await page.EvaluateAsync<double>("() => window.began");
            });
            return ms;
        }), 500);
        Row("zoom into a tenth of it, at full resolution", await Zoomed(browser, server, $"/runs/{longRun}?tab=metrics"), 300);
        await LiveCost(browser, server, results);
    }

    private static List<string> Curves(ServerUnderTest server, string experiment, int runs)
    {
        var all = new List<string>();
        Load.Clients(server, 2, TimeSpan.FromHours(1), runs, (http, _) => number =>
        {
            var run = Load.CreateRun(http, experiment, "curve-" + number);
            lock (all) all.Add(run);
            var random = new Random((int)number);
            for (var batch = 0; batch < 2; batch++)
            {
                var body = new StringBuilder($$"""{"run_id":"{{run}}","metrics":[""");
                for (var step = 1_000 * batch; step < 1_000 * (batch + 1); step++)
                    body.Append(CultureInfo.InvariantCulture, $$"""{{(step % 1_000 > 0 ? "," : "")}}{"key":"loss","value":{{Math.Exp(-0.003 * step) + 0.02 * random.NextDouble():R}},"timestamp":{{1_700_000_000_000 + step * 1_000}},"step":{{step}}}""");
                Load.Must(http.Post("/api/2.0/mlflow/runs/log-batch", body.Append("]}").ToString()), http);
            }
        });
        Ingest.WaitForCompaction(server, Stopwatch.GetTimestamp());
        return all;
    }

    private static async Task<double> Median(Func<Task<double>> one)
    {
        var times = new List<double>();
        for (var i = 0; i < Times; i++) times.Add(await one());
        times.Sort();
        return times[Times / 2];
    }

    /// <summary>In a browser that never saw the server.</summary>
    private static async Task Open(IBrowser browser, ServerUnderTest server, string path, Func<IPage, Task> use)
    {
        await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1440, Height = 900 } });
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(server.Url, path).ToString(), new() { WaitUntil = WaitUntilState.Commit });
        await use(page);
    }

    private static async Task<double> Opened(IBrowser browser, ServerUnderTest server, string path, string isThere)
    {
        var ms = 0.0;
        await Open(browser, server, path, async page => ms = await (await page.WaitForFunctionAsync(isThere)).JsonValueAsync<double>());
        return ms;
    }

    /// <summary>From an act until the page is done with it; what it shows must have changed by then.</summary>
    private static async Task<double> Acted(IPage page, string act, string isDone)
    {
        const string First = "document.querySelector('[role=grid] [role=rowgroup]:last-of-type [role=row] [role=rowheader]')?.textContent";
        await page.EvaluateAsync($"() => {{ window.before = {First}; window.began = performance.now(); ({act})(); }}");
        var done = await page.WaitForFunctionAsync($"() => {First} && {First} !== window.before && ({isDone})()");
        return await done.JsonValueAsync<double>() - await page.EvaluateAsync<double>("() => window.began");
    }

    private static async Task<double> Filtered(IBrowser browser, ServerUnderTest server, string path, string text)
    {
        var ms = 0.0;
        await Open(browser, server, path, async page =>
        {
            await page.WaitForFunctionAsync(RowsShown);
            await page.ClickAsync(".cm-content");
            await page.Keyboard.TypeAsync(text);
            await page.Keyboard.PressAsync("Escape"); // no completion is meant
            await page.EvaluateAsync("() => { window.rows = document.querySelector('[role=grid]').ariaRowCount; addEventListener('keydown', () => (window.began ??= performance.now()), { capture: true }); }");
            await page.Keyboard.PressAsync("Enter");
            var done = await page.WaitForFunctionAsync($"() => document.querySelector('[role=grid]')?.ariaRowCount !== window.rows && ({RowsShown})()");
            ms = await done.JsonValueAsync<double>() - await page.EvaluateAsync<double>("() => window.began");
        });
        return ms;
    }

    private static async Task<double> Zoomed(IBrowser browser, ServerUnderTest server, string path)
    {
        var times = new List<double>();
        for (var i = 0; i < Times; i++)
            await Open(browser, server, path, async page =>
            {
                await page.WaitForFunctionAsync(ChartDrawn);
                var box = (await page.Locator("[data-drawn]").First.BoundingBoxAsync())!;
                var y = box.Y + box.Height / 2;
                await page.Mouse.MoveAsync(box.X + box.Width * 0.5f, y);
                await page.Mouse.DownAsync();
                await page.Mouse.MoveAsync(box.X + box.Width * 0.6f, y, new() { Steps = 4 });
                await page.EvaluateAsync("() => { const chart = document.querySelector('[data-drawn]'); window.drawn = chart.dataset.drawn; addEventListener('mouseup', () => (window.began = performance.now()), { capture: true, once: true }); }");
                var answered = page.WaitForResponseAsync(response => response.Url.EndsWith("/metrics/series", StringComparison.Ordinal));
                await page.Mouse.UpAsync();
                await answered;
                var done = await page.WaitForFunctionAsync("() => document.querySelector('[data-drawn]').dataset.drawn !== window.drawn && performance.now()");
                times.Add(await done.JsonValueAsync<double>() - await page.EvaluateAsync<double>("() => window.began"));
            });
        times.Sort();
        return times[Times / 2];
    }

    /// <summary>What the server spends more while somebody looks at runs that log ten metrics a second each.</summary>
    private static async Task LiveCost(IBrowser browser, ServerUnderTest server, Results results)
    {
        using var http = server.Connect();
        var experiment = Load.CreateExperiment(http, "live");
        var runs = Enumerable.Range(0, Live).Select(n => Load.CreateRun(http, experiment, "live-" + n)).ToList();
        using var stop = new CancellationTokenSource();
        var logging = Task.Run(() =>
        {
            using var own = server.Connect();
            for (var step = 0; !stop.IsCancellationRequested; step++)
            {
                var began = Stopwatch.GetTimestamp();
                foreach (var run in runs)
                {
                    var points = string.Join(',', Enumerable.Range(0, 10).Select(key => string.Create(CultureInfo.InvariantCulture, $$"""{"key":"m{{key}}","value":{{Math.Exp(-0.01 * step):R}},"timestamp":{{Load.Now()}},"step":{{step}}}""")));
                    Load.Must(own.Post("/api/2.0/mlflow/runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{points}}]}"""), own);
                }
                var left = TimeSpan.FromSeconds(1) - Stopwatch.GetElapsedTime(began);
                if (left > TimeSpan.Zero) stop.Token.WaitHandle.WaitOne(left);
            }
        }, CancellationToken.None);
        async Task<double> Share(int seconds)
        {
            var (cpu, began) = (server.CpuSeconds(), Stopwatch.GetTimestamp());
            await Task.Delay(TimeSpan.FromSeconds(seconds), CancellationToken.None);
            return (server.CpuSeconds() - cpu) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
        await Share(5);
        var (without, with) = (await Share(15), 0.0);
        await Open(browser, server, $"/experiments/{experiment}", async page =>
        {
            await page.WaitForFunctionAsync(RowsShown);
            await Share(5);
            with = await Share(15);
        });
        await stop.CancelAsync();
        await logging;
        results.Add($"a page with {Live} live runs of 10 metrics a second: what it costs the server", $"{Results.N(100 * (with - without), 1)} % of a core", $"logging itself, {Results.N(100 * without, 1)} %", "< 5 %", with - without < 0.05);
    }
}
