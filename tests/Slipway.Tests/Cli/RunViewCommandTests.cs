using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Tests.Server;

namespace Slipway.Tests.Cli;

/// <summary>Commands that compare, export and draw runs, against a real server.</summary>
public sealed class RunViewCommandTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-cli-").FullName;
    private TestServer server = null!;
    private string first = "", second = "";

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.Start();
        await Ok("experiments", "create", "flights", "--tag", "team=ops");
        first = (await Ok("runs", "create", "flights", "--name", "first, of \"two\"")).Output.Trim();
        second = (await Ok("runs", "create", "flights", "--name", "second")).Output.Trim();
        await Log(first, """[{"key":"loss","value":0.5,"timestamp":1000,"step":1},{"key":"loss","value":0.25,"timestamp":2000,"step":2},{"key":"gone","value":"NaN","timestamp":2000,"step":2}]""", """[{"key":"lr","value":"0.1"},{"key":"same","value":"x"},{"key":"text","value":"a,\"b\"\nc"}]""");
        await Log(second, """[{"key":"loss","value":0.5,"timestamp":1000,"step":1}]""", """[{"key":"lr","value":"0.2"},{"key":"same","value":"x"}]""");
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Compare_shows_what_differs_and_what_changed()
    {
        var shown = JsonNode.Parse((await Ok("runs", "compare", first, second, "--json")).Output)!;
        var rows = shown["rows"]!.AsArray().ToDictionary(row => (string)row!["field"]!, row => row!);
        Assert.Equal(("0.25", "0.5", "+0.25 (+100 %)"), ((string)rows["metrics.loss"]["values"]![0]!, (string)rows["metrics.loss"]["values"]![1]!, (string)rows["metrics.loss"]["change"]!));
        Assert.Equal(["0.1", "0.2"], rows["params.lr"]["values"]!.AsArray().Select(value => (string)value!));
        Assert.DoesNotContain("params.same", rows.Keys);
        Assert.Contains("params.same", (await Ok("runs", "compare", first, second, "--all")).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await Run("runs", "compare", first, new string('0', 32))).Code);
        Assert.Equal(ExitCode.Usage, (await Run("runs", "compare", first)).Code);
    }

    [Fact]
    public async Task Export_of_runs_reads_back_as_what_was_logged()
    {
        var file = Path.Combine(folder, "runs.csv");
        await Ok("runs", "export", "flights", "--output", file);
        var lines = Csv(await File.ReadAllTextAsync(file));
        var row = lines.Single(line => line[0] == first);
        string Cell(string column) => row[Array.IndexOf(lines[0], column)];
        Assert.Equal(("first, of \"two\"", "a,\"b\"\nc", "0.25", "NaN", "RUNNING"), (Cell("name"), Cell("params.text"), Cell("metrics.loss"), Cell("metrics.gone"), Cell("status")));
        Assert.Equal("", lines.Single(line => line[0] == second)[Array.IndexOf(lines[0], "metrics.gone")]);
        Assert.Equal(ExitCode.Refused, (await Run("runs", "export", "flights", "--output", file)).Code);

        var json = JsonNode.Parse((await Ok("runs", "export", "flights", "--format", "json", "--filter", "params.lr = '0.2'")).Output)!.AsArray();
        Assert.Equal([second], json.Select(run => (string)run!["id"]!));
        Assert.Equal("[]", (await Ok("runs", "export", "flights", "--format", "json", "--filter", "params.lr = 'none'")).Output.ReplaceLineEndings(""));
        Assert.Equal(2, (await Ok("runs", "export", "flights", "--format", "jsonl")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)).Count());
    }

    [Fact]
    public async Task Export_of_points_has_every_point()
    {
        var lines = Csv((await Ok("runs", "export", "flights", "--points", "--metric", "loss")).Output);
        Assert.Equal(["run_id,metric,step,at,value", $"{first},loss,1,1970-01-01T00:00:01.0000000+00:00,0.5", $"{first},loss,2,1970-01-01T00:00:02.0000000+00:00,0.25", $"{second},loss,1,1970-01-01T00:00:01.0000000+00:00,0.5"],
            lines.Select(line => string.Join(',', line)).Order(StringComparer.Ordinal).OrderBy(line => line[0] is 'r' ? 0 : 1).ThenBy(line => line.StartsWith(first, StringComparison.Ordinal) ? 0 : 1));
        Assert.Equal(4, JsonNode.Parse((await Ok("runs", "export", "flights", "--points", "--format", "json")).Output)!.AsArray().Count);
    }

    [Fact]
    public async Task Export_of_experiments_has_their_tags()
    {
        var lines = Csv((await Ok("experiments", "export")).Output);
        Assert.Equal("ops", lines.Single(line => line[1] == "flights")[Array.IndexOf(lines[0], "tags.team")]);
        Assert.Equal(2, JsonNode.Parse((await Ok("experiments", "export", "--format", "json")).Output)!.AsArray().Count);
    }

    [Fact]
    public async Task Metrics_are_drawn_with_their_ends_and_extremes()
    {
        var drawn = (await Ok("metrics", first, "loss", "--height", "3", "--width", "40")).Output;
        Assert.Contains("loss: 2 points, min 0.25, max 0.5, last 0.25 at step 2", drawn, StringComparison.Ordinal);
        Assert.Contains(drawn.Split('\n'), line => line.StartsWith(" 0.5 ┤", StringComparison.Ordinal));
        Assert.Contains("step 1", drawn, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', drawn);
        var both = (await Ok("metrics", first, "loss", "--with", second)).Output;
        Assert.Contains(second, both, StringComparison.Ordinal);
        Assert.Contains("1 NaN", (await Ok("metrics", first, "gone")).Output, StringComparison.Ordinal);
        var json = JsonNode.Parse((await Ok("metrics", first, "loss", "--axis", "time", "--from", "1500", "--json")).Output)!.AsArray().Single()!;
        Assert.Equal((first, "time", 0.25), ((string)json["run_id"]!, (string)json["axis"]!, (double)json["buckets"]![0]!["max"]!));
        var missing = await Run("metrics", first, "none");
        Assert.Equal(ExitCode.NotFound, missing.Code);
        Assert.Contains("loss", missing.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await Run("metrics", first, "--width", "7")).Code);
    }

    [Fact]
    public async Task Curves_in_one_chart_have_colours_where_there_are_some()
    {
        var output = new StringWriter();
        Assert.Equal(ExitCode.Ok, await CommandLine.Run(["metrics", first, "loss", "--with", second, "--width", "60", "--url", server.Http.BaseAddress!.AbsoluteUri], new Terminal(output, TextWriter.Null, interactive: true, colour: true)));
        Assert.Contains("\e[36m", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("\e[33m", output.ToString(), StringComparison.Ordinal);
        Assert.Single(output.ToString().Split('\n'), line => line.Contains('└', StringComparison.Ordinal));
    }

    private Task Log(string run, string metrics, string logged) => server.Post("/api/2.0/mlflow/runs/log-batch", $$"""{"run_id":"{{run}}","metrics":{{metrics}},"params":{{logged}}}""");

    /// <summary>CSV as RFC 4180 has it.</summary>
    private static List<string[]> Csv(string text)
    {
        var (rows, row, cell, quoted) = (new List<string[]>(), new List<string>(), new System.Text.StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            if (quoted && text[i] == '"' && i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[++i]);
            else if (text[i] == '"') quoted = !quoted;
            else if (!quoted && text[i] is ',' or '\n')
            {
                row.Add(cell.ToString());
                cell.Clear();
                if (text[i] == ',') continue;
                rows.Add([.. row]);
                row.Clear();
            }
            else if (quoted || text[i] != '\r') cell.Append(text[i]);
        }
        return rows;
    }

    private Task<Said> Run(params string[] args) => Shell.Run([.. args, "--url", server.Http.BaseAddress!.AbsoluteUri]);

    private async Task<Said> Ok(params string[] args)
    {
        var said = await Run(args);
        Assert.True(said.Code == ExitCode.Ok, $"{string.Join(' ', args)}: {said.Code} {said.Error}");
        return said;
    }
}
