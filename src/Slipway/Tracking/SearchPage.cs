namespace Slipway.Tracking;

/// <summary>One page: row numbers in order, and the token of the next page if there is one.</summary>
internal sealed record SearchPage(IReadOnlyList<long> Numbers, string? NextPageToken)
{
    public static SearchPage Empty { get; } = new([], null);

    /// <summary>The refusal of a page too small or too large, in the reference's words.</summary>
    public static Problem? CheckSize(long size, long most) => size < 1
        ? Problem.Invalid($"Invalid value {size} for parameter 'max_results' supplied. It must be at least 1.")
        : size > most ? Problem.Invalid($"Invalid value {size} for parameter 'max_results' supplied. It must be at most {most}.") : null;
}

/// <summary>The best rows found so far after the last page's end; holds no more than <paramref name="size"/>: a page and one, which tells whether there is a next page.</summary>
internal sealed class PageSoFar(SearchOrder order, int size, Found? after)
{
    private readonly PriorityQueue<Found, Found> worstFirst = new(Comparer<Found>.Create((x, y) => order.Compare(y, x)));

    /// <summary>Where the last page ended.</summary>
    public Found? After => after;

    public int Size => size;

    /// <summary>How many are found so far.</summary>
    public int Count => worstFirst.Count;

    public bool IsFull => worstFirst.Count == size;

    /// <summary>The last row of a full page.</summary>
    public Found Worst => worstFirst.Peek();

    public void Add(Found found)
    {
        if (after is not null && order.Compare(found, after) <= 0) return;
        if (worstFirst.Count < size) worstFirst.Enqueue(found, found);
        else if (order.Compare(found, worstFirst.Peek()) < 0) worstFirst.EnqueueDequeue(found, found);
    }

    /// <summary>Begins again.</summary>
    public void Clear() => worstFirst.Clear();

    /// <summary>What was found, in order: the page, and one more when there is a next page.</summary>
    public List<Found> Best() => [.. worstFirst.UnorderedItems.Select(item => item.Element).Order(order)];

    /// <summary>The page, and the token of the next one if more was found than a page holds.</summary>
    public SearchPage Finish(ulong fingerprint)
    {
        var rows = Best();
        return rows.Count < size
            ? new SearchPage([.. rows.Select(row => row.Number)], null)
            : new SearchPage([.. rows.Take(size - 1).Select(row => row.Number)], PageToken.Write(fingerprint, SearchOrder.Token(rows[size - 2])));
    }
}
