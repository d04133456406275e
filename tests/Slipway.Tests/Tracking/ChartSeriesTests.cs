using System.Buffers.Binary;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class ChartSeriesOnSqlite(TrackingOnSqlite server) : ChartSeriesTests(server), IClassFixture<TrackingOnSqlite>;

public sealed class ChartSeriesOnPostgres(TrackingOnPostgres server) : ChartSeriesTests(server), IClassFixture<TrackingOnPostgres>;

/// <summary>metrics/series as a page reads it: byte by byte. What charts hold is tested beside the series themselves.</summary>
public abstract class ChartSeriesTests(TrackingServer server)
{
    private const string Path = "/api/slipway/v1/metrics/series";

    [Fact]
    public async Task Few_points_come_as_they_are()
    {
        var run = await server.Run();
        await Log(run, "loss", (100, 2, "0.5"), (90, 1, "\"NaN\""), (110, 3, "\"-Infinity\""));
        var (blocks, flags) = await Ask($$"""{"series":[{"run_id":"{{run}}","key":"loss"}]}""");
        Assert.Equal(0u, flags);
        var block = Assert.Single(blocks);
        Assert.Equal((SeriesFormat.Raw, 3, 1.0, 3.0, 3.0), (block.Flags, block.Count, block.From, block.To, block.Total));
        Assert.Equal([[1, 2, 3], [double.NaN, 0.5, double.NegativeInfinity], [90, 100, 110]], block.Doubles);
        (blocks, flags) = await Ask($$"""{"series":[{"run_id":"{{run}}","key":"loss"}],"x":"time","from":95,"to":100}""");
        Assert.Equal(SeriesFormat.ByTime, flags);
        Assert.Equal([[100], [0.5], [2]], blocks[0].Doubles);
        Assert.Equal((95, 100), (blocks[0].From, blocks[0].To));
    }

    [Fact]
    public async Task Many_points_come_in_buckets_that_hide_nothing()
    {
        var run = await server.Run();
        await Log(run, "loss", [.. Enumerable.Range(0, 900).Select(i => ((long)i, (long)i, i == 450 ? "1e9" : i == 700 ? "\"NaN\"" : i == 701 ? "\"Infinity\"" : "1"))]);
        var (blocks, _) = await Ask($$"""{"series":[{"run_id":"{{run}}","key":"loss"}],"buckets":9}""");
        var block = blocks[0];
        Assert.Equal((SeriesFormat.Gaps | SeriesFormat.Means, 9, 0.0, 899.0, 900.0), (block.Flags, block.Count, block.From, block.To, block.Total));
        Assert.Equal([.. Enumerable.Range(0, 9).Select(i => 100.0 * i)], block.Doubles[0]);
        Assert.Equal([.. Enumerable.Range(0, 9).Select(i => 100.0 * i + 99)], block.Doubles[1]);
        Assert.Equal((double.NaN, 1.0), (block.Doubles[2][7], block.Doubles[3][7]));
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 1, 1], block.Doubles[4]);
        Assert.Equal([1, 1, 1, 1, 1e9, 1, 1, 1, 1], block.Doubles[5]);
        Assert.Equal([1, 1, 1, 1, (1e9 + 99) / 100, 1, 1, 1, 1], block.Doubles[6]);
        Assert.Equal([100, 100, 100, 100, 100, 100, 100, 100, 100], block.Counts[0]);
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 1, 0], block.Counts[1]);
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 1, 0], block.Counts[2]);
        Assert.Equal(new int[9], block.Counts[3]);
    }

    [Fact]
    public async Task Every_series_asked_for_has_a_block_in_its_place()
    {
        var (run, other, nobody) = (await server.Run(), await server.Run(), Guid.NewGuid().ToString("N"));
        for (var k = 0; k < 5; k++)
        {
            await Log(run, "m" + k, (1, 1, $"{k}"));
            await Log(other, "m" + k, (1, 1, $"1{k}"));
        }
        var names = new List<(string Run, string Key)>();
        for (var i = 0; i < 200; i++) names.Add((i % 3) switch { 0 => (run, "m" + i % 7), 1 => (nobody, "m1"), _ => (other, "m" + i % 5) });
        var (blocks, _) = await Ask(new JsonObject { ["series"] = new JsonArray([.. names.Select(static one => new JsonObject { ["run_id"] = one.Run, ["key"] = one.Key })]) }.ToJsonString());
        Assert.Equal(200, blocks.Count);
        for (var i = 0; i < 200; i++)
        {
            var expected = (i % 3) switch { 0 when i % 7 < 5 => [i % 7], 2 => [10 + i % 5], _ => Array.Empty<double>() };
            Assert.Equal(expected, blocks[i].Doubles[1]);
            Assert.Equal(i % 3 == 1, (blocks[i].Flags & SeriesFormat.Missing) != 0);
        }
        Assert.Empty((await Ask("""{"series":[]}""")).Blocks);
    }

    [Theory]
    [InlineData("""{"series":[{"run_id":"a","key":"k"}],"buckets":0}""", "Invalid value 0 for parameter 'buckets' supplied: it must be from 1 to 4096.")]
    [InlineData("""{"series":[{"run_id":"a","key":"k"}],"buckets":4097}""", "it must be from 1 to 4096")]
    [InlineData("""{"series":[{"run_id":"a","key":"k"}],"x":"wall"}""", "must be step or time")]
    [InlineData("""{"series":[{"run_id":"a","key":"k"}],"from":2,"to":1}""", "'from' must not be after 'to', got 2 and 1")]
    [InlineData("""{"series":[{"run_id":"a"}]}""", "series[0].key")]
    [InlineData("""{"series":[{"run_id":"a","key":"k"},null]}""", "series[1].run_id")]
    [InlineData("""{"series":[{"run_id":"../a","key":"k"}]}""", "Invalid run ID")]
    public async Task Wrong_request_is_400_and_says_why(string body, string says)
    {
        var answer = await server.Send("POST", Path, body);
        Assert.Equal((HttpStatusCode.BadRequest, "INVALID_PARAMETER_VALUE"), (answer.Status, answer.ErrorCode));
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_series_than_the_limit_are_refused()
    {
        var answer = await server.Send("POST", Path, $$"""{"series":[{{string.Join(',', Enumerable.Repeat("""{"run_id":"a","key":"k"}""", 5_001))}}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("'series' holds at most 5000 entries in one request, got 5001", answer.Message, StringComparison.Ordinal);
    }

    private Task<JsonNode> Log(string run, string key, params (long Time, long Step, string Value)[] points) =>
        server.Ok("/runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{string.Join(',', points.Select(point => $$"""{"key":"{{key}}","timestamp":{{point.Time}},"step":{{point.Step}},"value":{{point.Value}}}"""))}}]}""");

    private async Task<(List<Block> Blocks, uint Flags)> Ask(string body)
    {
        using var response = await server.Server.Http.PostAsync(Path, new StringContent(body, Encoding.UTF8, "application/json"));
        var bytes = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.StatusCode is HttpStatusCode.OK, Encoding.UTF8.GetString(bytes));
        Assert.Equal(("application/octet-stream", "SMS1", 0u), (response.Content.Headers.ContentType!.MediaType, Encoding.ASCII.GetString(bytes, 0, 4), U32(12)));
        var (blocks, at) = (new List<Block>(), 16);
        for (var left = U32(4); left > 0; left--)
        {
            Assert.Equal(0, at % 8);
            var (flags, n) = (U32(at), (int)U32(at + 4));
            var block = new Block(flags, n, F64(at + 8), F64(at + 16), F64(at + 24), [], []);
            at += 32;
            var raw = (flags & SeriesFormat.Raw) != 0;
            for (var columns = raw ? 3 : (flags & SeriesFormat.Means) != 0 ? 7 : 6; columns > 0; columns--, at += 8 * n) block.Doubles.Add([.. Enumerable.Range(0, n).Select(i => F64(at + 8 * i))]);
            for (var columns = raw ? 0 : (flags & SeriesFormat.Gaps) != 0 ? 4 : 1; columns > 0; columns--, at += (4 * n + 7) / 8 * 8) block.Counts.Add([.. Enumerable.Range(0, n).Select(i => (int)U32(at + 4 * i))]);
            blocks.Add(block);
        }
        Assert.Equal(bytes.Length, at);
        return (blocks, U32(8));

        uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));
        double F64(int offset) => BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(offset));
    }

    private sealed record Block(uint Flags, int Count, double From, double To, double Total, List<double[]> Doubles, List<int[]> Counts);
}
