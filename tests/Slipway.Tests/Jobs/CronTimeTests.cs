using Slipway.Jobs;

namespace Slipway.Tests.Jobs;

public sealed class CronTimeTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static CronTime Cron(string text) => CronTime.Parse(text) is { Problem: null } parsed ? parsed.Value : throw new ArgumentException(text);

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text + "Z", System.Globalization.CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("* * * * *", "2026-03-01T10:00:00", "2026-03-01T10:01:00")]
    [InlineData("*/15 * * * *", "2026-03-01T10:46:00", "2026-03-01T11:00:00")]
    [InlineData("5/20 * * * *", "2026-03-01T10:26:00", "2026-03-01T10:45:00")]
    [InlineData("0 3 * * *", "2026-03-01T03:00:00", "2026-03-02T03:00:00")]
    [InlineData("30 8 * * mon-fri", "2026-03-06T08:30:00", "2026-03-09T08:30:00")]
    [InlineData("0 0 * * 7", "2026-03-03T00:00:00", "2026-03-08T00:00:00")]
    [InlineData("0 0 13 * fri", "2026-03-14T00:00:00", "2026-03-20T00:00:00")] // either day is enough
    [InlineData("0 0 29 2 *", "2026-03-01T00:00:00", "2028-02-29T00:00:00")]
    [InlineData("0 0 1,15 jan,JUL *", "2026-01-15T00:00:00", "2026-07-01T00:00:00")]
    [InlineData("@monthly", "2026-12-05T00:00:00", "2027-01-01T00:00:00")]
    [InlineData(" 0  12 * * * ", "2026-12-31T12:00:00", "2027-01-01T12:00:00")]
    public void The_next_time_is_the_first_that_fits(string cron, string after, string next) => Assert.Equal(Utc(next), Cron(cron).Next(Utc(after), TimeZoneInfo.Utc));

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("* * * *")]
    [InlineData("* * * * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 8")]
    [InlineData("*/0 * * * *")]
    [InlineData("5-1 * * * *")]
    [InlineData("1--2 * * * *")]
    [InlineData("-1 * * * *")]
    [InlineData("+1 * * * *")]
    [InlineData("1,,2 * * * *")]
    [InlineData("\u0661 * * * *")]
    [InlineData("* * * mon *")]
    [InlineData("@reboot")]
    [InlineData("0 0 30 2 *")]
    [InlineData("0 0 31 4,6,9,11 *")]
    public void What_is_no_time_is_refused(string cron) => Assert.Equal(400, CronTime.Parse(cron).Problem?.Status);

    [Fact]
    public void A_time_that_the_clock_skips_runs_once_at_the_end_of_the_gap()
    {
        // On 29 March 2026 Berlin goes from 02:00 to 03:00.
        Assert.Equal([Utc("2026-03-28T01:30:00"), Utc("2026-03-29T01:00:00"), Utc("2026-03-30T00:30:00")], Times("30 2 * * *", "2026-03-27T12:00:00", 3));
        Assert.Equal([Utc("2026-03-29T00:30:00"), Utc("2026-03-29T01:00:00"), Utc("2026-03-29T01:30:00")], Times("*/30 * * * *", "2026-03-29T00:00:00", 3));
    }

    [Fact]
    public void A_time_that_comes_twice_runs_once_unless_the_expression_is_for_every_hour()
    {
        // On 25 October 2026 Berlin goes from 03:00 back to 02:00: 02:30 is at 00:30 and at 01:30 UTC.
        Assert.Equal([Utc("2026-10-25T00:30:00"), Utc("2026-10-26T01:30:00")], Times("30 2 * * *", "2026-10-24T12:00:00", 2));
        Assert.Equal([Utc("2026-10-25T00:30:00"), Utc("2026-10-25T01:30:00"), Utc("2026-10-25T02:30:00")], Times("30 * * * *", "2026-10-25T00:00:00", 3));
    }

    [Fact]
    public void Times_rise_fit_and_leave_none_out()
    {
        var random = new Random(6);
        for (var round = 0; round < 300; round++)
        {
            var (minutes, hours) = (Some(random, 0, 59), Some(random, 0, 23));
            var (days, months) = (random.Next(3) == 0 ? Some(random, 1, 28) : "*", random.Next(3) == 0 ? Some(random, 1, 12) : "*");
            var weekdays = random.Next(3) == 0 ? Some(random, 0, 6) : "*";
            var (cron, text) = (Cron($"{minutes} {hours} {days} {months} {weekdays}"), $"{minutes} {hours} {days} {months} {weekdays}");
            var after = Utc("2024-01-01T00:00:00") + TimeSpan.FromSeconds(random.NextInt64(4L * 366 * 86_400));
            var next = cron.Next(after, TimeZoneInfo.Utc)!.Value;
            Assert.True(next > after && next is { Second: 0, Millisecond: 0 }, text);
            Assert.True(Fits(next), text);
            // Nothing between: for up to two days, minute by minute.
            var from = after.AddMinutes(1).AddSeconds(-after.Second).AddTicks(-(after.Ticks % TimeSpan.TicksPerSecond));
            for (var (at, looked) = (from, 0); at < next && looked < 2_880; at = at.AddMinutes(1), looked++) Assert.False(Fits(at), $"{text} leaves out {at}");

            bool Fits(DateTimeOffset time)
            {
                var (byDay, byWeekday) = (In(days, time.Day), In(weekdays, (int)time.DayOfWeek));
                return In(minutes, time.Minute) && In(hours, time.Hour) && In(months, time.Month) && (days == "*" || weekdays == "*" ? byDay && byWeekday : byDay || byWeekday);
            }
        }
    }

    [Fact]
    public void No_text_makes_it_fail()
    {
        var random = new Random(7);
        const string Alphabet = "0123456789*/,- @abcdefghijklmnopqrstuvwxyz";
        for (var round = 0; round < 20_000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            var parsed = CronTime.Parse(text);
            if (parsed.Succeeded) Assert.NotNull(parsed.Value.Next(Utc("2026-01-01T00:00:00"), Berlin));
            else Assert.Equal(400, parsed.Problem!.Status);
        }
    }

    [Fact]
    public void An_unknown_time_zone_and_an_interval_of_nothing_are_refused()
    {
        Assert.Contains("Europe/Berlin", JobTimes.At("@daily", "Mars/Olympus").Problem!.Message, StringComparison.Ordinal);
        Assert.Equal(400, JobTimes.Each(TimeSpan.Zero).Problem!.Status);
        Assert.Equal(400, JobTimes.Each(TimeSpan.FromDays(400)).Problem!.Status);
    }

    private static List<DateTimeOffset> Times(string cron, string after, int count)
    {
        var (times, at) = (new List<DateTimeOffset>(), Utc(after));
        while (times.Count < count) times.Add(at = Cron(cron).Next(at, Berlin)!.Value);
        return times;
    }

    private static string Some(Random random, int low, int high) => random.Next(4) == 0 ? "*" : string.Join(',', Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(low, high + 1)));

    private static bool In(string field, int value) => field == "*" || field.Split(',').Contains(value.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
