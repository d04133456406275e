using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Slipway.Tracking;

namespace Slipway.Tests.Tracking;

public sealed class IngestModelOnSqlite(TrackingOnSqlite server) : IngestModelTests(server), IClassFixture<TrackingOnSqlite>;

public sealed class IngestModelOnPostgres(TrackingOnPostgres server) : IngestModelTests(server), IClassFixture<TrackingOnPostgres>;

/// <summary>
/// A client's log, sent in random ranges: repeated, reordered, overlapping, cut anew each time, some of them at once. The model is one number, the cursor, and what
/// the records below it say.
/// </summary>
public abstract class IngestModelTests(TrackingServer server)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Any_order_of_any_ranges_leaves_what_the_log_says_up_to_the_cursor(int seed)
    {
        var random = new Random(seed);
        var (log, records) = (Guid.NewGuid(), await Records(random, 60));
        var (writer, cursor) = (new IngestWriter(), 0L);
        for (var delivery = 0; delivery < 60; delivery++)
        {
            var first = Math.Max(0, cursor + random.Next(-12, 8));
            var next = Math.Min(records.Count, first + random.Next(0, 14));
            if (first > next) continue;
            var answer = await Send(Cut(writer, log, records, first, next));
            if (first <= cursor && next > cursor) cursor = next;
            Assert.Equal(cursor, (long)answer["acknowledged"]!);
            if (delivery % 10 == 9) await Check(records, cursor, seed, delivery);
        }
        await Send(Cut(writer, log, records, cursor, records.Count));
        await Check(records, records.Count, seed, 60);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Ranges_sent_at_once_leave_what_the_log_says(int seed)
    {
        var random = new Random(seed);
        var (log, records) = (Guid.NewGuid(), await Records(random, 40));
        for (long cursor = 0; cursor < records.Count;)
        {
            var ranges = Enumerable.Range(0, 6).Select(_ => Math.Max(0, cursor + random.Next(-6, 4))).Select(first => (First: first, Next: Math.Min(records.Count, first + random.Next(1, 10))))
                .Where(static range => range.First < range.Next).ToList();
            var answers = await Task.WhenAll(ranges.Select(range => Send(Cut(new IngestWriter(), log, records, range.First, range.Next))));
            cursor = (long)(await Send(Cut(new IngestWriter(), log, records, 0, 0)))["acknowledged"]!;
            Assert.All(answers, answer => Assert.True((long)answer["acknowledged"]! <= cursor));
        }
        await Check(records, records.Count, seed, 0);
    }

    private sealed record Logged(string Run, string? Key, long Point, string? Tag, string? Param);

    private async Task<List<Logged>> Records(Random random, int count)
    {
        string[] runs = [await server.Run(), await server.Run()];
        return [.. Enumerable.Range(0, count).Select(n => (Run: runs[random.Next(2)], Kind: random.Next(5)) switch
        {
            (var run, 0) => new Logged(run, "tag" + random.Next(2), 0, "v" + n, null),
            (var run, 1) => new Logged(run, "param" + n, 0, null, "v" + n),
            (var run, _) => new Logged(run, "metric" + random.Next(3), random.Next(50), null, null),
        })];
    }

    private static byte[] Cut(IngestWriter writer, Guid log, List<Logged> records, long first, long next)
    {
        writer.Begin(new IngestHeader(log, first, next));
        for (var n = first; n < next; n++)
        {
            var record = records[(int)n];
            writer.Run(record.Run);
            if (record.Tag is not null) writer.AddTag(n, record.Key!, record.Tag);
            else if (record.Param is not null) writer.AddParam(n, record.Key!, record.Param);
            else writer.AddPoints(record.Key!, [record.Point], [record.Point], [record.Point]);
        }
        return writer.End().ToArray();
    }

    private async Task<JsonNode> Send(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(IngestFormat.ContentType);
        var answer = await server.Server.Send(new HttpRequestMessage(HttpMethod.Post, IngestFormat.Path) { Content = content });
        Assert.True((int)answer.Status == 200, answer.Body);
        return answer.Json;
    }

    private async Task Check(List<Logged> records, long cursor, int seed, int delivery)
    {
        foreach (var group in records.GroupBy(static record => record.Run))
        {
            var known = records.Take((int)cursor).Where(record => record.Run == group.Key).ToList();
            var data = (await server.TheRun(group.Key))["data"]!;
            string Pairs(string what, Func<string, bool> wanted) => string.Join(' ', (data[what]?.AsArray() ?? []).Where(pair => wanted((string)pair!["key"]!)).Select(pair => $"{pair!["key"]}={pair["value"]}").Order(StringComparer.Ordinal));
            var tags = known.Where(static record => record.Tag is not null).GroupBy(static record => record.Key!).Select(static tag => $"{tag.Key}={tag.Last().Tag}").Order(StringComparer.Ordinal);
            var logged = known.Where(static record => record.Param is not null).Select(static record => $"{record.Key}={record.Param}").Order(StringComparer.Ordinal);
            Assert.Equal((seed, delivery, string.Join(' ', tags)), (seed, delivery, Pairs("tags", static key => key.StartsWith("tag", StringComparison.Ordinal))));
            Assert.Equal((seed, delivery, string.Join(' ', logged)), (seed, delivery, Pairs("params", static _ => true)));
            foreach (var key in (string[])["metric0", "metric1", "metric2"])
            {
                var expected = known.Where(record => record.Key == key).Select(static record => record.Point).Distinct().Order();
                var found = (await server.Ok($"/metrics/get-history?run_id={group.Key}&metric_key={key}"))["metrics"]?.AsArray().Select(static point => (long)point!["step"]!) ?? [];
                Assert.Equal(expected, found);
            }
        }
    }
}
