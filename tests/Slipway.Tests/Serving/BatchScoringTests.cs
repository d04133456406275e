using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Engines.Duck;
using Slipway.Engines.Onnx;
using Slipway.Tests.Cli;
using static Slipway.Engines.Onnx.OnnxType;

namespace Slipway.Tests.Serving;

/// <summary>`slipway score` with models that say what goes in, and files of every kind.</summary>
public sealed class BatchScoringTests : IDisposable
{
    // Not below /tmp: a job of the sandbox sees its own.
    private readonly string folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "score-" + Guid.NewGuid().ToString("N"))).FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string At(string name) => Path.Combine(folder, name);

    /// <summary>Adds two columns.</summary>
    private string Sum(OnnxElement element = OnnxElement.Float)
    {
        File.WriteAllBytes(At("sum.onnx"), new OnnxGraph("sum").Input("a", Tensor(element, "batch", 1)).Input("b", Tensor(element, "batch", 1)).Output("total", Tensor(element, "batch", 1)).Node("Add", ["a", "b"], ["total"]).ToArray());
        return At("sum.onnx");
    }

    /// <summary>Answers what it is asked, of a tensor of columns.</summary>
    private string Through(int width, OnnxElement element = OnnxElement.Float)
    {
        File.WriteAllBytes(At("through.onnx"), new OnnxGraph("through").Input("x", Tensor(element, "batch", width)).Output("y", Tensor(element, "batch", width)).Node("Identity", ["x"], ["y"]).ToArray());
        return At("through.onnx");
    }

    private async Task<JsonObject> Score(string model, string input, string output, params string[] more)
    {
        var said = await Shell.Run(["score", model, "--input", At(input), "--output", At(output), "--json", .. more]);
        Assert.True(said.Code == ExitCode.Ok, said.Error);
        Assert.False(Directory.Exists(At(output) + ".work"));
        return JsonNode.Parse(said.Output)!.AsObject();
    }

    private void Duck(string sql)
    {
        using var database = DuckDatabase.InMemory(new DuckOptions { Threads = 1 });
        using var connection = database.Connect();
        connection.Execute(sql);
    }

    private List<string> Query(string sql)
    {
        using var database = DuckDatabase.InMemory(new DuckOptions { Threads = 1 });
        using var connection = database.Connect();
        using var rows = connection.Query(sql);
        return rows.ToList(static (chunk, row) => chunk[0].Text(row) ?? "NULL");
    }

    [Theory]
    [InlineData("csv", "parquet")]
    [InlineData("parquet", "jsonl")]
    [InlineData("jsonl", "csv")]
    [InlineData("csv.gz", "csv")]
    public async Task Every_format_becomes_every_other(string from, string to)
    {
        Duck($"COPY (SELECT i AS id, i * 0.5 AS a, i + 1 AS b, 'row ' || i AS name FROM range(5000) t(i)) TO '{At("in." + from)}' ({(from.StartsWith("csv", StringComparison.Ordinal) ? "FORMAT csv, HEADER true" + (from.EndsWith("gz", StringComparison.Ordinal) ? ", COMPRESSION gzip" : "") : from == "jsonl" ? "FORMAT json" : "FORMAT parquet")})");
        var said = await Score(Sum(), "in." + from, "out." + to, "--batch-rows", "700");
        Assert.Equal((5000, 5000, 0), ((int)said["rows"]!, (int)said["scored"]!, (int)said["failed"]!));
        Assert.Equal("5000 12497500 0 row 0 row 4999", Query($"SELECT count(*) || ' ' || CAST(sum(id) AS BIGINT) || ' ' || CAST(sum(CASE WHEN abs(total - (a + b)) > 0.001 THEN 1 ELSE 0 END) AS BIGINT) || ' ' || first(name) || ' ' || last(name) FROM '{At("out." + to)}'")[0]);
    }

    [Fact]
    public async Task Rows_that_fail_are_named_and_the_others_are_scored()
    {
        await File.WriteAllTextAsync(At("in.csv"), "a,b,who\n1,2,x\nn/a,2,y\n,5,z\n3.5,1,u\n4,99999999999999999999,v\n");
        var said = await Score(Sum(OnnxElement.Int64), "in.csv", "out.csv", "--keep", "who");
        Assert.Equal((1, 4), ((int)said["scored"]!, (int)said["failed"]!));
        Assert.Equal(["who,total", "x,3"], await File.ReadAllLinesAsync(At("out.csv")));
        var failed = (await File.ReadAllLinesAsync(At("out.csv.failed.jsonl"))).Select(static line => JsonNode.Parse(line)!).ToList();
        Assert.Equal([2, 3, 4, 5], failed.Select(static one => (int)one["row"]!));
        Assert.Equal("'a' holds what is no BIGINT: n/a", (string)failed[0]["reason"]!);
        Assert.Equal("'a' is empty, and the model takes whole numbers there.", (string)failed[1]["reason"]!);
        Assert.Equal("'a' is no whole number: 3.5", (string)failed[2]["reason"]!);
        Assert.StartsWith("'b' holds what is no BIGINT", (string)failed[3]["reason"]!, StringComparison.Ordinal);
        Assert.Equal("v", (string)failed[3]["values"]!["who"]!);
    }

    [Fact]
    public async Task Values_of_a_tensor_become_columns_and_names_do_not_clash()
    {
        await File.WriteAllTextAsync(At("in.csv"), "y_0,p,q\n7,1.5,NaN\n8,-2,1e30\n");
        await Score(Through(2), "in.csv", "out.csv", "--columns", "p,q");
        Assert.Equal(["y_0,p,q,y_0_,y_1", "7,1.5,nan,1.5,nan", "8,-2.0,1e+30,-2.0,1e+30"], await File.ReadAllLinesAsync(At("out.csv")));
    }

    [Fact]
    public async Task Texts_go_through_as_they_are()
    {
        await File.WriteAllLinesAsync(At("in.jsonl"), ["""{"x": "späť", "n": 1}""", """{"x": "", "n": 2}""", """{"x": "a \"quoted\" line\nand another", "n": 3}"""]);
        await Score(Through(1, OnnxElement.String), "in.jsonl", "out.jsonl");
        Assert.Equal(["späť", "", "a \"quoted\" line\nand another"], (await File.ReadAllLinesAsync(At("out.jsonl"))).Select(static line => (string)JsonNode.Parse(line)!["y"]!));
    }

    [Fact]
    public async Task What_does_not_fit_is_said_before_the_first_row()
    {
        await File.WriteAllTextAsync(At("in.csv"), "A_,b,c\n1,2,3\n");
        var missing = await Shell.Run("score", Sum(), "--input", At("in.csv"), "--output", At("out.csv"));
        Assert.Equal(ExitCode.Failed, missing.Code);
        Assert.Contains("takes a column 'a', and the file has none of that name. It has A_, b, c. Did you mean 'A_'?", missing.Error, StringComparison.Ordinal);
        Assert.Contains("2 wide", (await Shell.Run("score", Through(2), "--input", At("in.csv"), "--output", At("out.csv"))).Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await Shell.Run("score", At("none"), "--input", At("in.csv"), "--output", At("out.csv"))).Code);
        Assert.Equal(ExitCode.NotFound, (await Shell.Run("score", Sum(), "--input", At("none.csv"), "--output", At("out.csv"))).Code);
        Assert.Equal(ExitCode.Usage, (await Shell.Run("score", Sum(), "--input", At("in.csv"), "--output", At("out.xlsx"))).Code);
        Assert.Equal(ExitCode.Usage, (await Shell.Run("score", Sum(), "--input", At("in.csv"), "--output", At("out.csv"), "--keep", "zz")).Code);
        Assert.Equal(ExitCode.Usage, (await Shell.Run("score", "models:/x", "--input", At("in.csv"), "--output", At("out.csv"))).Code);
        await File.WriteAllTextAsync(At("empty.csv"), "a,b\n");
        Assert.Contains("has no rows", (await Shell.Run("score", Sum(), "--input", At("empty.csv"), "--output", At("out.csv"))).Error, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(At("odd.parquet"), [0xff, 0xfe, 0, 1]);
        Assert.StartsWith("error: DuckDB: ", (await Shell.Run("score", Sum(), "--input", At("odd.parquet"), "--output", At("out.csv"))).Error.Split('\n').First(static line => line.StartsWith("error", StringComparison.Ordinal)), StringComparison.Ordinal);
        await File.WriteAllTextAsync(At("broken.onnx"), "no model");
        Assert.Contains("ONNX Runtime", (await Shell.Run("score", At("broken.onnx"), "--input", At("in.csv"), "--output", At("out.csv"))).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(At("out.csv")));
    }

    [Fact]
    public async Task An_output_that_is_there_stays()
    {
        await File.WriteAllTextAsync(At("in.csv"), "a,b\n1,2\n");
        await File.WriteAllTextAsync(At("out.csv"), "precious");
        Assert.Equal(ExitCode.Refused, (await Shell.Run("score", Sum(), "--input", At("in.csv"), "--output", At("out.csv"))).Code);
        Assert.Equal("precious", await File.ReadAllTextAsync(At("out.csv")));
        await Score(Sum(), "in.csv", "out.csv", "--overwrite");
        Assert.Equal(["a,b,total", "1,2,3.0"], await File.ReadAllLinesAsync(At("out.csv")));
    }

    [Fact]
    public async Task Python_models_score_by_column_and_their_bad_rows_are_found_one_by_one()
    {
        PythonFolder.NeedScikitLearn();
        using var model = new PythonFolder();
        model.Code("""
            class Model:
                def predict(self, frame):
                    if (frame.x == 13).any(): raise ValueError("13 brings bad luck")
                    return frame.x * 2
            def _load_pyfunc(path): return Model()
            """);
        Duck($"COPY (SELECT i AS x FROM range(300) t(i)) TO '{At("in.parquet")}' (FORMAT parquet)");
        var said = await Score(model.Path, "in.parquet", "out.jsonl", "--batch-rows", "64");
        Assert.Equal((299, 1), ((int)said["scored"]!, (int)said["failed"]!));
        var failed = JsonNode.Parse(Assert.Single(await File.ReadAllLinesAsync(At("out.jsonl.failed.jsonl"))))!;
        Assert.Equal((14, "The model refused the values: ValueError: 13 brings bad luck"), ((int)failed["row"]!, (string)failed["reason"]!));
    }

    /// <summary>The process is killed again and again at any moment; in the end every row stands there once, in order.</summary>
    [Fact]
    public async Task Killed_scoring_goes_on_where_it_was()
    {
        PythonFolder.NeedScikitLearn();
        using var model = new PythonFolder();
        model.Code("""
            import time
            class Model:
                def predict(self, frame):
                    time.sleep(0.01)
                    if (frame.x == 777).any(): raise ValueError("no")
                    return frame.x + 0.5
            def _load_pyfunc(path): return Model()
            """);
        const int Rows = 60_000;
        Duck($"COPY (SELECT i AS x FROM range({Rows}) t(i)) TO '{At("in.parquet")}' (FORMAT parquet)");
        string[] command = ["score", model.Path, "--input", At("in.parquet"), "--output", At("out.csv"), "--batch-rows", "128"];
        var resumed = 0;
        for (var attempt = 0; !File.Exists(At("out.csv")); attempt++)
        {
            Assert.True(attempt < 12, "It does not get on.");
            using var process = Shell.Start(command);
            process.StandardInput.Close();
            var said = process.StandardError.ReadToEndAsync();
            if (attempt < 3) _ = process.WaitForExit(3_500);
            else await process.WaitForExitAsync();
            if (!process.HasExited) process.Kill(entireProcessTree: false);
            await process.WaitForExitAsync();
            if ((await said).Contains("rows were done before", StringComparison.Ordinal)) resumed++;
        }
        Assert.True(resumed > 0);
        var lines = await File.ReadAllLinesAsync(At("out.csv"));
        Assert.Equal(Rows - 1, lines.Length - 1);
        Assert.Equal("x,predictions", lines[0]);
        var x = 0;
        foreach (var line in lines.Skip(1))
        {
            if (x == 777) x++;
            Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{x},{x}.5"), line);
            x++;
        }
        Assert.Equal(778, (int)JsonNode.Parse(Assert.Single(await File.ReadAllLinesAsync(At("out.csv.failed.jsonl"))))!["row"]!);
    }

    [Fact]
    public async Task Another_input_begins_anew()
    {
        await File.WriteAllTextAsync(At("in.csv"), "a,b\n1,2\nx,y\n");
        Assert.Equal(ExitCode.Failed, (await Shell.Run("score", Sum(OnnxElement.Int64), "--input", At("in.csv"), "--output", At("out.csv"), "--failed-max", "0")).Code);
        Assert.True(Directory.Exists(At("out.csv.work")));
        await File.WriteAllTextAsync(At("in.csv"), "a,b\n5,6\n");
        Assert.Equal(0, (int)(await Score(Sum(OnnxElement.Int64), "in.csv", "out.csv"))["resumed"]!);
        Assert.Equal(["a,b,total", "5,6,11"], await File.ReadAllLinesAsync(At("out.csv")));
    }
}
