using System.Text.Json;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class HistoryOnSqlite(TrackingOnSqlite server) : HistoryTests(server), IClassFixture<TrackingOnSqlite>;

public sealed class HistoryOnPostgres(TrackingOnPostgres server) : HistoryTests(server), IClassFixture<TrackingOnPostgres>;

public abstract class HistoryTests(TrackingServer server)
{
    [Fact]
    public async Task History_without_max_results_answers_the_points()
    {
        var id = await server.Run();
        await server.Ok("/runs/log-metric", $$"""{"run_id":"{{id}}","key":"loss","value":0.5,"timestamp":"2","step":"7"}""");
        await server.Ok("/runs/log-metric", $$"""{"run_uuid":"{{id}}","key":"loss","value":"0.25","timestamp":1}""");
        var answer = await server.Get($"/metrics/get-history?run_id={id}&metric_key=loss");
        Assert.Equal("""{"metrics":[{"key":"loss","value":0.25,"timestamp":1,"step":0},{"key":"loss","value":0.5,"timestamp":2,"step":7}]}""", answer.Body);
        Assert.Equal(answer.Body, (await server.Get($"/metrics/get-history?run_uuid={id}&metric_key=loss&max_results=0")).Body);
        Assert.Equal("{}", (await server.Get($"/metrics/get-history?run_id={id}&metric_key=none")).Body);
    }

    [Fact]
    public async Task Values_that_json_cannot_write_come_back_as_clients_expect()
    {
        var id = await server.Run();
        await server.Ok("/runs/log-batch", $$"""{"run_id":"{{id}}","metrics":[{"key":"m","value":"NaN","timestamp":1},{"key":"m","value":"Infinity","timestamp":2},{"key":"m","value":"-Infinity","timestamp":3},{"key":"m","value":1e-320,"timestamp":4},{"key":"n","value":"NaN","timestamp":1}]}""");
        var values = (await server.Ok($"/metrics/get-history?run_id={id}&metric_key=m"))["metrics"]!.AsArray().Select(point => point!["value"]!.ToJsonString());
        Assert.Equal(["\"NaN\"", "1.7976931348623157E+308", "-1.7976931348623157E+308", "1E-320"], values);
        Assert.Equal("\"NaN\"", (await server.TheRun(id))["data"]!["metrics"]!.AsArray().Single(metric => (string)metric!["key"]! == "n")!["value"]!.ToJsonString());
    }

    [Fact]
    public async Task Repeats_are_one_point_and_latest_is_the_greatest_step_timestamp_value()
    {
        var id = await server.Run();
        const string points = """{"key":"m","value":9,"timestamp":5,"step":1},{"key":"m","value":1,"timestamp":9,"step":0},{"key":"m","value":3,"timestamp":5,"step":1}""";
        for (var again = 0; again < 3; again++) await server.Ok("/runs/log-batch", $$"""{"run_id":"{{id}}","metrics":[{{points}}]}""");
        Assert.Equal(3, (await server.Ok($"/metrics/get-history?run_id={id}&metric_key=m"))["metrics"]!.AsArray().Count);
        Assert.Equal("""[{"key":"m","value":9,"timestamp":5,"step":1}]""", (await server.TheRun(id))["data"]!["metrics"]!.ToJsonString());
    }

    [Fact]
    public async Task Pages_join_to_the_whole_history()
    {
        var id = await server.Run();
        for (var batch = 0; batch < 3; batch++)
            await server.Ok("/runs/log-batch", $$"""{"run_id":"{{id}}","metrics":[{{string.Join(',', Enumerable.Range(0, 500).Select(n => $$"""{"key":"m","value":{{n}},"timestamp":{{(n * 7919 + batch) % 997}},"step":{{n}}}"""))}}]}""");
        var whole = (await server.Ok($"/metrics/get-history?run_id={id}&metric_key=m"))["metrics"]!.AsArray().Select(point => point!.ToJsonString()).ToList();
        var paged = new List<string>();
        string? token = null;
        do
        {
            var page = await server.Ok($"/metrics/get-history?run_id={id}&metric_key=m&max_results=333" + (token is null ? "" : "&page_token=" + token));
            paged.AddRange(page["metrics"]!.AsArray().Select(point => point!.ToJsonString()));
            token = (string?)page["next_page_token"];
        }
        while (token is not null);
        Assert.Equal((1500, 1500), (whole.Count, whole.Distinct().Count()));
        Assert.Equal(whole, paged);
    }

    [Theory]
    [InlineData("metric_key=m", "run_id")]
    [InlineData("run_id=RUN", "metric_key")]
    [InlineData("run_id=RUN&metric_key=m&max_results=200001", "max_results")]
    [InlineData("run_id=RUN&metric_key=m&max_results=-1", "max_results")]
    [InlineData("run_id=RUN&metric_key=m&max_results=x", "max_results")]
    [InlineData("run_id=RUN&metric_key=m&page_token=garbage", "page token")]
    public async Task Wrong_question_is_400(string query, string says)
    {
        var answer = await server.Get("/metrics/get-history?" + query.Replace("RUN", await server.Run(), StringComparison.Ordinal));
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), ((int)answer.Status, answer.ErrorCode));
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bulk?metric_key=key", "GetMetricHistoryBulk request must specify at least one run_id.")]
    [InlineData("bulk?run_id=RUN", "GetMetricHistoryBulk request must specify a metric_key.")]
    [InlineData("bulk?metric_key=key&TOO_MANY", "GetMetricHistoryBulk request cannot specify more than 100 run_ids. Received 101 run_ids.")]
    [InlineData("bulk-interval?metric_key=key", "Missing value for required parameter 'run_ids'. See the API docs for more information about request parameters.")]
    [InlineData("bulk-interval?run_ids=RUN&max_results=5", "Missing value for required parameter 'metric_key'. See the API docs for more information about request parameters.")]
    [InlineData("bulk-interval?metric_key=key&TOO_MANY", "GetMetricHistoryBulkInterval request must specify at most 100 run_ids. Received 101 run_ids.")]
    [InlineData("bulk-interval?run_ids=RUN&metric_key=key&max_results=0", "Invalid value 0 for parameter 'max_results' supplied: max_results must be between 1 and 2500.")]
    [InlineData("bulk-interval?run_ids=RUN&metric_key=key&start_step=1", "If either start step or end step are specified, both must be specified.")]
    [InlineData("bulk-interval?run_ids=RUN&metric_key=key&start_step=1&end_step=0", "end_step must be greater than start_step. Found start_step=1 and end_step=0.")]
    public async Task Wrong_question_about_several_runs_is_refused_in_the_words_clients_look_for(string query, string message)
    {
        var tooMany = string.Join('&', Enumerable.Range(0, 101).Select(n => $"run_id=r{n}&run_ids=r{n}"));
        var answer = await server.Server.Get("/ajax-api/2.0/mlflow/metrics/get-history-" + query.Replace("TOO_MANY", tooMany, StringComparison.Ordinal).Replace("RUN", await server.Run(), StringComparison.Ordinal));
        Assert.Equal((400, "INVALID_PARAMETER_VALUE", message), ((int)answer.Status, answer.ErrorCode, answer.Message));
    }

    [Fact]
    public async Task Bulk_answers_run_after_run_up_to_the_limit()
    {
        var runs = new List<string>();
        for (var n = 0; n < 3; n++)
        {
            runs.Add(await server.Run());
            await server.Ok("/runs/log-batch", $$"""{"run_id":"{{runs[n]}}","metrics":[{"key":"m","value":{{n}},"timestamp":1},{"key":"m","value":{{n}},"timestamp":2}]}""");
        }
        var query = "/metrics/get-history-bulk?metric_key=m&" + string.Join('&', runs.Select(run => "run_id=" + run));
        var points = (await server.Ok(query))["metrics"]!.AsArray();
        Assert.Equal(runs.Order().SelectMany(run => new[] { run, run }), points.Select(point => (string)point!["run_id"]!));
        Assert.Equal(3, (await server.Ok(query + "&max_results=3"))["metrics"]!.AsArray().Count);
        Assert.Equal(404, (int)(await server.Get(query + "&run_id=0123456789abcdef0123456789abcdef")).Status);
        Assert.Equal(400, (int)(await server.Get("/metrics/get-history-bulk?metric_key=m&" + string.Join('&', Enumerable.Repeat("run_id=" + runs[0], 101)))).Status);
        Assert.Equal("""{"metrics":[]}""", (await server.Get(query.Replace("metric_key=m", "metric_key=q", StringComparison.Ordinal))).Body);
    }

    [Fact]
    public async Task Interval_answers_spaced_steps_and_both_ends_of_each_run()
    {
        var runs = new[] { await server.Run(), await server.Run() };
        await server.Ok("/runs/log-batch", $$"""{"run_id":"{{runs[0]}}","metrics":[{{string.Join(',', Enumerable.Range(0, 100).Select(n => $$"""{"key":"m","value":{{n}},"timestamp":{{n}},"step":{{n}}}"""))}}]}""");
        await server.Ok("/runs/log-batch", $$"""{"run_id":"{{runs[1]}}","metrics":[{"key":"m","value":"Infinity","timestamp":1,"step":-7},{"key":"m","value":2,"timestamp":2,"step":55}]}""");
        var query = $"/metrics/get-history-bulk-interval?metric_key=m&run_ids={runs[0]}&run_ids={runs[1]}";
        var points = (await server.Ok(query + "&max_results=5"))["metrics"]!.AsArray();
        var first = points.Where(point => (string)point!["run_id"]! == runs[0]).Select(point => (long)point!["step"]!).ToList();
        Assert.True(first is [0, .., 99] && first.Count is >= 4 and <= 8, string.Join(' ', first));
        Assert.Equal($$"""{"key":"m","value":1.7976931348623157E+308,"timestamp":1,"step":-7,"run_id":"{{runs[1]}}"}""", points.First(point => (string)point!["run_id"]! == runs[1])!.ToJsonString());
        Assert.Equal(102, (await server.Ok(query))["metrics"]!.AsArray().Count);
        Assert.Equal(11, (await server.Ok(query + "&start_step=10&end_step=20"))["metrics"]!.AsArray().Count);
        foreach (var (wrong, says) in new[] { ("&start_step=1", "both must be specified"), ("&start_step=2&end_step=1", "must be greater"), ("&max_results=2501", "max_results"), ("&max_results=0", "max_results"), ("&run_ids=..", "run ID") })
        {
            var answer = await server.Get(query + wrong);
            Assert.Equal(400, (int)answer.Status);
            Assert.Contains(says, answer.Message);
        }
        Assert.Equal(404, (int)(await server.Get(query + "&run_ids=0123456789abcdef0123456789abcdef")).Status);
        Assert.Equal(200, (int)(await server.Server.Get("/ajax-api/2.0/mlflow" + query)).Status);
    }

    [Fact]
    public async Task Own_series_is_in_buckets_with_exact_ranges_and_infinities()
    {
        var run = await server.Run();
        await server.Ok("/runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{string.Join(',', Enumerable.Range(0, 10).Select(n => $$"""{"key":"m","value":{{n}},"timestamp":{{100 + n}},"step":{{n}}}"""))}},{"key":"m","value":"Infinity","timestamp":200,"step":7},{"key":"m","value":"NaN","timestamp":201,"step":2}]}""");
        var answer = await server.Server.Get($"/api/slipway/v1/runs/{run}/metrics/series?key=m&buckets=2");
        Assert.Equal("""
            {"key":"m","axis":"step","from":0,"to":9,"start":[0,5],"count":[6,6],"nans":[1,0],"min":[0,5],"max":[4,"Infinity"],"first":[0,5],"first_step":[0,5],"first_time":[100,105],"last":[4,9],"last_step":[4,9],"last_time":[104,109]}
            """, answer.Body);
        var byTime = (await server.Server.Get($"/api/slipway/v1/runs/{run}/metrics/series?key=m&buckets=1&axis=time&from=105&to=106")).Json;
        Assert.Equal((2, 5.0, 6.0), ((int)byTime["count"]![0]!, (double)byTime["first"]![0]!, (double)byTime["last"]![0]!));
        foreach (var wrong in (string[])["key=m&buckets=0", "key=m&axis=depth", "key=m&from=2&to=1", "buckets=1"])
            Assert.Equal(400, (int)(await server.Server.Get($"/api/slipway/v1/runs/{run}/metrics/series?{wrong}")).Status);
        Assert.Equal("[]", (await server.Server.Get($"/api/slipway/v1/runs/{run}/metrics/series?key=none")).Json["start"]!.ToJsonString());
    }
}

public sealed class LoggedBatchTests
{
    static LoggedBatchTests()
    {
        Wire.Add(TrackingTexts.Default);
    }

    [Fact]
    public void A_refused_batch_leaves_no_key_behind_for_the_next_one()
    {
        const string bad = """{"run_id":"r","metrics":[{"key":"a?","value":1,"timestamp":1}]}""";
        for (var again = 0; again < 3; again++) Assert.Contains("Names may only contain", Read(bad).Problem!.Message);
        var good = Read("""{"run_id":"r","metrics":[{"key":"b","value":1,"timestamp":1}]}""");
        Assert.Null(good.Problem);
        Assert.Equal(["b"], good.Metrics!.Keys);
    }

    [Fact]
    public void A_batch_cut_short_leaves_nothing_behind_for_the_next_one()
    {
        Assert.ThrowsAny<JsonException>(() => Read("""{"run_id":"r","metrics":[{"key":"a","value":1,"timestamp":1},{"key":"""));
        Assert.Equal(1, Read("""{"metrics":[{"key":"b","value":1,"timestamp":1}]}""").Metrics!.Points);
    }

    [Theory]
    [InlineData("""{"metrics":[{"timestamp":1e3,"value":"1e2","key":"k","step":-5.0,"unknown":[{"key":1}]}],"unknown":{"metrics":[1]}}""", 1000, -5, 100)]
    [InlineData("""{"metrics":[{"key":"\u006b","value":"-Infinity","timestamp":"9223372036854775807","step":"-9223372036854775808"}],"tags":null,"params":null}""", long.MaxValue, long.MinValue, double.NegativeInfinity)]
    public void Numbers_come_in_every_spelling_that_clients_use(string body, long time, long step, double value)
    {
        var batch = Read(body);
        Assert.Null(batch.Problem);
        var expected = MetricBatch.Of("k", time, step, value);
        Assert.Equal((expected.Keys[0], Convert.ToHexString(expected.Payload)), (batch.Metrics!.Keys[0], Convert.ToHexString(batch.Metrics.Payload)));
    }

    private static LoggedBatch Read(string body) => JsonSerializer.Deserialize(body, Wire.Type<LoggedBatch>())!;
}
