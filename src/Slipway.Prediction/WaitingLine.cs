namespace Slipway.Prediction;

/// <summary>Requests that wait, in three lanes by priority, first come first served in each. Taking one out of the middle costs nothing. Guarded by its executor.</summary>
internal sealed class WaitingLine
{
    /// <summary>How many lanes there are.</summary>
    public const int Lanes = 3;

    private readonly WaitingCall?[] first = new WaitingCall?[Lanes], last = new WaitingCall?[Lanes];

    public int Count { get; private set; }

    public long Bytes { get; private set; }

    public long Rows { get; private set; }

    /// <summary>The lane of a priority: 1 first, then 0, then all others.</summary>
    public static int LaneOf(PredictionCall call) => call.Priority switch { 1 => 0, 0 => 1, _ => 2 };

    /// <summary>Who goes first.</summary>
    public WaitingCall? First => first[0] ?? first[1] ?? first[2];

    /// <summary>Who comes after.</summary>
    public WaitingCall? After(WaitingCall one)
    {
        var next = one.After;
        for (var lane = one.Lane + 1; next is null && lane < Lanes; lane++) next = first[lane];
        return next;
    }

    public void Add(WaitingCall one)
    {
        one.Before = last[one.Lane];
        if (one.Before is { } before) before.After = one;
        else first[one.Lane] = one;
        last[one.Lane] = one;
        one.Queued = true;
        Count++;
        Bytes += one.Bytes;
        Rows += one.Rows;
    }

    public void Remove(WaitingCall one)
    {
        if (one.Before is { } before) before.After = one.After;
        else first[one.Lane] = one.After;
        if (one.After is { } after) after.Before = one.Before;
        else last[one.Lane] = one.Before;
        (one.Before, one.After, one.Queued) = (null, null, false);
        Count--;
        Bytes -= one.Bytes;
        Rows -= one.Rows;
    }
}
