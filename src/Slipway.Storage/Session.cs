namespace Slipway.Storage;

/// <summary>A stretch of a row's blob.</summary>
/// <param name="Id">The row.</param>
/// <param name="Start">From 0.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct BlobPart(long Id, int Start, int Length);

/// <summary>A query whose rows are streamed to <paramref name="Visit"/> until it answers false.</summary>
/// <param name="Sql">With positional parameters.</param>
/// <param name="Visit">Called for each row.</param>
/// <param name="Args">As many as the text has parameters.</param>
public readonly record struct Question(string Sql, Func<Row, bool> Visit, params Arg[] Args);

/// <summary>Takes a part that was read.</summary>
public delegate void BlobPartVisit(BlobPart part, ReadOnlySpan<byte> bytes);

/// <summary>
/// Statements on one connection inside one transaction. SQL is one text for both databases with positional parameters
/// $1, $2 ...; values never become part of the text. Not thread-safe; valid only inside the delegate it is passed to.
/// </summary>
public abstract class Session
{
    /// <summary>Which database this is.</summary>
    public abstract Dialect Dialect { get; }

    /// <summary>How many statements ran so far: store tests assert it, so that no query hides in a loop.</summary>
    public int Statements { get; protected set; }

    /// <summary>Runs a statement; answers how many rows it changed.</summary>
    public abstract int Execute(string sql, params ReadOnlySpan<Arg> args);

    /// <summary>Streams rows to <paramref name="visit"/> until it answers false.</summary>
    public abstract void Each(string sql, Func<Row, bool> visit, params ReadOnlySpan<Arg> args);

    /// <summary>Streams the rows of several queries, one query after another: one round trip on PostgreSQL, which works on the next rows while the ones before are read.</summary>
    public virtual void Together(IReadOnlyList<Question> questions)
    {
        ArgumentNullException.ThrowIfNull(questions);
        foreach (var question in questions) Each(question.Sql, question.Visit, question.Args);
    }

    /// <summary>Runs one statement for many rows of arguments: a prepared loop on SQLite, one round trip on PostgreSQL.</summary>
    public abstract int ExecuteMany<T>(string sql, IReadOnlyList<T> rows, Action<ArgWriter, T> bind);

    /// <summary>
    /// Runs a statement whose result nobody needs. On PostgreSQL it costs no round trip: it travels with the next statement, at the latest with
    /// the commit. Only for statements that no data can make fail.
    /// </summary>
    public virtual void Later(string sql, params ReadOnlySpan<Arg> args) => Execute(sql, args);

    /// <summary>The same for many rows of arguments.</summary>
    public virtual void LaterMany<T>(string sql, IReadOnlyList<T> rows, Action<ArgWriter, T> bind) => ExecuteMany(sql, rows, bind);

    /// <summary>Bulk insert without conflicts: COPY on PostgreSQL, a prepared loop on SQLite.</summary>
    public abstract void InsertMany<T>(string table, string[] columns, IReadOnlyList<T> rows, Action<ArgWriter, T> bind);

    /// <summary>
    /// Reads a stretch of one blob column of each of many rows and nothing else of the blob: PostgreSQL hands over only the chunks asked for, SQLite skips the pages before. An absent row is
    /// left out; where the blob ends before the stretch does, there are fewer bytes. In any order.
    /// </summary>
    /// <param name="table">Has an integer primary key `id`.</param>
    /// <param name="column">The blob column, stored as it is (not packed by the database).</param>
    /// <param name="parts">At most one of a row.</param>
    /// <param name="visit">Gets the row's id and its bytes, which are valid until it returns.</param>
    public abstract void EachPart(string table, string column, IReadOnlyList<BlobPart> parts, BlobPartVisit visit);

    /// <summary>All rows.</summary>
    public List<T> Query<T>(string sql, Func<Row, T> read, params ReadOnlySpan<Arg> args)
    {
        var rows = new List<T>();
        Each(sql, row =>
        {
            rows.Add(read(row));
            return true;
        }, args);
        return rows;
    }

    /// <summary>The first row, or the default of <typeparamref name="T"/>.</summary>
    public T? First<T>(string sql, Func<Row, T> read, params ReadOnlySpan<Arg> args)
    {
        T? found = default;
        Each(sql, row =>
        {
            found = read(row);
            return false;
        }, args);
        return found;
    }

    /// <summary>The first column of the first row, or null when there is no row or the column is NULL.</summary>
    public long? Long(string sql, params ReadOnlySpan<Arg> args) => First(sql, static row => row.LongOrNull(0), args);

    /// <summary>The first column of the first row, or null when there is no row or the column is NULL.</summary>
    public string? Text(string sql, params ReadOnlySpan<Arg> args) => First(sql, static row => row.TextOrNull(0), args);

    /// <summary>Runs text of several statements without parameters: schema steps.</summary>
    internal abstract void Script(string sql);
}
