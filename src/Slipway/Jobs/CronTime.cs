using System.Globalization;

namespace Slipway.Jobs;

/// <summary>
/// A cron expression: minute, hour, day of month, month, day of week, with `*`, lists, ranges, steps and English names, or `@daily` and its like.
/// When both days are restricted either is enough, as in cron.
/// </summary>
internal sealed class CronTime
{
    /// <summary>The longest expression in characters.</summary>
    public const int CharsMax = 200;

    /// <summary>The 29th of February comes after eight years at the latest (1896 to 1904): what is not met within nine years is never met.</summary>
    private const int DaysAheadMax = 9 * 366;

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly bool[] minutes, hours, days, months, weekdays;
    private readonly bool anyDay, anyWeekday, everyHour;

    private CronTime(bool[] minutes, bool[] hours, bool[] days, bool[] months, bool[] weekdays, bool anyDay, bool anyWeekday, bool everyHour) =>
        (this.minutes, this.hours, this.days, this.months, this.weekdays, this.anyDay, this.anyWeekday, this.everyHour) = (minutes, hours, days, months, weekdays, anyDay, anyWeekday, everyHour);

    /// <summary>Reads an expression; one that no day ever meets is refused too.</summary>
    public static Outcome<CronTime> Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return Problem.Missing("cron");
        if (text.Length > CharsMax) return Problem.Invalid($"cron: at most {CharsMax} characters, got {text.Length}.");
        var spelt = text.Trim().ToLowerInvariant() switch
        {
            "@hourly" => "0 * * * *",
            "@daily" or "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" or "@annually" => "0 0 1 1 *",
            var other => other,
        };
        var fields = spelt.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5) return Problem.Invalid($"cron: expected five fields (minute, hour, day of month, month, day of week), got {fields.Length} in '{text}'.");
        Problem? bad = null;
        bool[] Field(int at, string name, int low, int high, string[]? names = null)
        {
            var set = new bool[high + 1];
            bad ??= Fill(set, fields[at], name, low, high, names);
            return set;
        }
        var (minutes, hours, days, months) = (Field(0, "minute", 0, 59), Field(1, "hour", 0, 23), Field(2, "day of month", 1, 31), Field(3, "month", 1, 12, Months));
        var weekdays = Field(4, "day of week", 0, 7, Weekdays);
        if (bad is not null) return bad;
        weekdays[0] |= weekdays[7]; // Sunday is both
        var cron = new CronTime(minutes, hours, days, months, weekdays, fields[2].StartsWith('*'), fields[4].StartsWith('*'), fields[1].StartsWith('*'));
        return cron.Next(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), TimeZoneInfo.Utc) is null ? Problem.Invalid($"cron: '{text}' names a day that never comes.") : cron;
    }

    /// <summary>
    /// The first time after another one. A time that the zone's clock skips is the end of the gap; one that it shows twice is the first, unless the
    /// expression is for every hour: then both. Null: none within nine years.
    /// </summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        // The day before too: where the clock goes back over midnight, its last hour comes again after it.
        var start = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(after, zone).DateTime);
        for (var ahead = start == DateOnly.MinValue ? 0 : -1; ahead <= DaysAheadMax && start.DayNumber + ahead < DateOnly.MaxValue.DayNumber; ahead++)
        {
            var day = start.AddDays(ahead);
            if (!Meets(day)) continue;
            DateTimeOffset? first = null;
            foreach (var time in TimesOf(day, zone))
                if (time > after && (first is null || time < first)) first = time;
            if (first is not null) return first;
        }
        return null;
    }

    private bool Meets(DateOnly day)
    {
        if (!months[day.Month]) return false;
        var (byDay, byWeekday) = (days[day.Day], weekdays[(int)day.DayOfWeek]);
        return anyDay || anyWeekday ? byDay && byWeekday : byDay || byWeekday;
    }

    private IEnumerable<DateTimeOffset> TimesOf(DateOnly day, TimeZoneInfo zone)
    {
        for (var hour = 0; hour < 24; hour++)
        {
            if (!hours[hour]) continue;
            for (var minute = 0; minute < 60; minute++)
            {
                if (!minutes[minute]) continue;
                var local = day.ToDateTime(new TimeOnly(hour, minute), DateTimeKind.Unspecified);
                if (zone.IsInvalidTime(local)) yield return EndOfGap(local, zone);
                else if (zone.IsAmbiguousTime(local))
                {
                    var offsets = zone.GetAmbiguousTimeOffsets(local);
                    // The larger offset is the earlier moment.
                    yield return new DateTimeOffset(local, offsets.Max()).ToUniversalTime();
                    if (everyHour) yield return new DateTimeOffset(local, offsets.Min()).ToUniversalTime();
                }
                else yield return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
            }
        }
    }

    private static DateTimeOffset EndOfGap(DateTime local, TimeZoneInfo zone)
    {
        do local = local.AddMinutes(1);
        while (zone.IsInvalidTime(local));
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();
    }

    private static Problem? Fill(bool[] set, string field, string name, int low, int high, string[]? names)
    {
        foreach (var part in field.Split(','))
        {
            var (range, step) = (part, 1);
            if (part.IndexOf('/') is var slash and >= 0)
            {
                range = part[..slash];
                if (!int.TryParse(part[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out step) || step < 1 || step > high) return Unfit(part, name, $"expected a step from 1 to {high} after '/'");
            }
            var (from, to) = (low, high);
            if (range != "*")
            {
                var ends = range.Split('-');
                if (ends.Length > 2 || Number(ends[0], low, high, names) is not { } begin) return Unfit(part, name, $"expected a number from {low} to {high}{(names is null ? "" : $" or a name such as {names[0]}")}");
                from = begin;
                if (ends.Length == 1) to = range.Length == part.Length ? begin : high; // `5/10` goes on to the end
                else if (Number(ends[1], low, high, names) is { } end) to = end;
                else return Unfit(part, name, $"expected a number from {low} to {high} after '-'");
                if (to < from) return Unfit(part, name, "the range ends before it begins");
            }
            for (var value = from; value <= to; value += step) set[value] = true;
        }
        return null;
    }

    private static int? Number(string text, int low, int high, string[]? names)
    {
        if (names is not null && Array.IndexOf(names, text) is var at and >= 0) return at + (low == 0 ? 0 : 1);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high ? number : null;
    }

    private static Problem Unfit(string part, string name, string why) => Problem.Invalid($"cron: '{part}' is no {name}: {why}.");
}
