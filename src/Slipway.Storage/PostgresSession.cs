using Npgsql;
using NpgsqlTypes;

namespace Slipway.Storage;

/// <summary>
/// Statements on one PostgreSQL connection. Transaction words (BEGIN, SAVEPOINT, RELEASE) and statements for <see cref="Session.Later"/> do not
/// cost a round trip of their own: they wait and travel with the next statement.
/// </summary>
internal sealed class PostgresSession(NpgsqlConnection connection) : Session
{
    private const int BatchMax = 500;
    private readonly List<NpgsqlBatchCommand> waiting = [];
    private int own, laters, carried;
    private readonly ArgWriter writer = new();
    private readonly Dictionary<(string, string[]), NpgsqlDbType[]> columnTypes = [];

    public override Dialect Dialect => Dialect.Postgres;

    /// <summary>True once anything was sent since <see cref="Begin"/>.</summary>
    public bool Sent { get; private set; }

    /// <summary>True when the batch that was sent last held statements of earlier writes: its failure may be theirs.</summary>
    public bool Carried { get; private set; }

    /// <summary>True once the write of <see cref="Begin"/> did anything but read.</summary>
    public bool Wrote { get; private set; }

    /// <summary>A write begins, if so wanted in a savepoint that is made with its first statement.</summary>
    public void Begin(string? savepoint)
    {
        (Statements, Sent, Carried, Wrote) = (0, false, false, false);
        (own, carried) = (waiting.Count, laters);
        if (savepoint is not null) Before(savepoint);
    }

    /// <summary>The write of <see cref="Begin"/> has said nothing yet, not even something that waits.</summary>
    public bool Silent => !Sent && laters == carried;

    /// <summary>Sends this before the next statement.</summary>
    public void Before(string sql) => waiting.Add(new NpgsqlBatchCommand(sql));

    public override void Later(string sql, params ReadOnlySpan<Arg> args)
    {
        Statements++;
        Wait(Command(sql, args));
    }

    public override void LaterMany<T>(string sql, IReadOnlyList<T> rows, Action<ArgWriter, T> bind)
    {
        if (rows.Count == 0) return;
        Statements++;
        foreach (var row in rows)
        {
            writer.Clear();
            bind(writer, row);
            Wait(Command(sql, writer.Args));
        }
    }

    /// <summary>Drops what waits; true when there was anything.</summary>
    public bool Forget()
    {
        var any = waiting.Count > 0;
        waiting.Clear();
        laters = 0;
        return any;
    }

    /// <summary>Drops what the write of <see cref="Begin"/> has said, of which nothing was sent.</summary>
    public void ForgetOwn()
    {
        waiting.RemoveRange(own, waiting.Count - own);
        laters = carried;
    }

    /// <summary>Commits, with all that still waits.</summary>
    public void Commit()
    {
        carried = laters;
        Execute("COMMIT");
    }

    public override int Execute(string sql, params ReadOnlySpan<Arg> args)
    {
        Statements++;
        Wrote = true;
        using var batch = Batch();
        batch.BatchCommands.Add(Command(sql, args));
        var main = batch.BatchCommands.Count - 1;
        try
        {
            batch.ExecuteNonQuery();
            return (int)Math.Min(int.MaxValue, batch.BatchCommands[main].Rows);
        }
        catch (Exception failure) when (Postgres.Understood(failure) is { } understood)
        {
            throw understood;
        }
    }

    public override void Each(string sql, Func<Row, bool> visit, params ReadOnlySpan<Arg> args)
    {
        using var batch = Batch();
        Ask(batch, sql, args);
        try
        {
            using var reader = batch.ExecuteReader();
            Visit(reader, visit);
        }
        catch (Exception failure) when (Postgres.Understood(failure) is { } understood)
        {
            throw understood;
        }
    }

    public override void Together(IReadOnlyList<Question> questions)
    {
        if (questions.Count == 0) return;
        using var batch = Batch();
        foreach (var question in questions) Ask(batch, question.Sql, question.Args);
        try
        {
            using var reader = batch.ExecuteReader();
            foreach (var question in questions)
            {
                Visit(reader, question.Visit);
                reader.NextResult();
            }
        }
        catch (Exception failure) when (Postgres.Understood(failure) is { } understood)
        {
            throw understood;
        }
    }

    public override void EachPart(string table, string column, IReadOnlyList<BlobPart> parts, BlobPartVisit visit)
    {
        if (parts.Count == 0) return;
        Each($"""
            SELECT stored.id, part.start, part.length, substr(stored.{column}, part.start::int + 1, part.length::int)
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS part (id, start, length) JOIN {table} stored ON stored.id = part.id
            """, row =>
        {
            visit(new(row.Long(0), row.Int(1), row.Int(2)), row.Blob(3));
            return true;
        }, Arg.Longs([.. parts.Select(part => part.Id)]), Arg.Longs([.. parts.Select(part => (long)part.Start)]), Arg.Longs([.. parts.Select(part => (long)part.Length)]));
    }

    /// <summary>The same at the reader's pace: <see cref="Each"/> goes at its own. No other statement until it ends.</summary>
    internal IEnumerable<Row> Rows(string sql, Arg[] args)
    {
        Statements++;
        using var batch = Batch();
        batch.BatchCommands.Add(Command(sql, args));
        using var reader = Understandably(() => batch.ExecuteReader());
        var row = new PostgresRow(reader);
        Func<bool> next = reader.Read;
        while (Understandably(next)) yield return row;
    }

    private static T Understandably<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception failure) when (Postgres.Understood(failure) is { } understood)
        {
            throw understood;
        }
    }

    public override int ExecuteMany<T>(string sql, IReadOnlyList<T> rows, Action<ArgWriter, T> bind)
    {
        if (rows.Count == 0) return 0;
        Statements++;
        Wrote = true;
        long changed = 0;
        try
        {
            for (var start = 0; start < rows.Count; start += BatchMax)
            {
                using var batch = Batch();
                var first = batch.BatchCommands.Count;
                for (var i = start; i < Math.Min(rows.Count, start + BatchMax); i++)
                {
                    writer.Clear();
                    bind(writer, rows[i]);
                    batch.BatchCommands.Add(Command(sql, writer.Args));
                }
                batch.ExecuteNonQuery();
                for (var i = first; i < batch.BatchCommands.Count; i++) changed += (long)batch.BatchCommands[i].Rows;
            }
        }
        catch (Exception failure) when (Postgres.Understood(failure) is { } understood)
        {
            throw understood;
        }
        return (int)Math.Min(int.MaxValue, changed);
    }

    public override void InsertMany<T>(string table, string[] columns, IReadOnlyList<T> rows, Action<ArgWriter, T> bind)
    {
        if (rows.Count == 0) return;
        // Few rows: one round trip with the waiting words beats starting a COPY.
        if (rows.Count < 16)
        {
            ExecuteMany($"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES ({string.Join(", ", columns.Select((_, i) => "$" + (i + 1)))})", rows, bind);
            return;
        }
        Statements++;
        Wrote = true;
        try
        {
            var types = columnTypes.TryGetValue((table, columns), out var known) ? known : columnTypes[(table, columns)] = ReadTypes(table, columns);
            Flush();
            using var copy = connection.BeginBinaryImport($"COPY {table} ({string.Join(", ", columns)}) FROM STDIN (FORMAT BINARY)");
            foreach (var row in rows)
            {
                writer.Clear();
                bind(writer, row);
                copy.StartRow();
                var args = writer.Args;
                for (var i = 0; i < args.Length; i++) Write(copy, in args[i], types[i]);
            }
            copy.Complete();
        }
        catch (Exception failure) when (Postgres.Understood(failure) is { } understood)
        {
            throw understood;
        }
    }

    internal override void Script(string sql)
    {
        Wrote = true;
        try
        {
            Flush();
            // Without parameters Npgsql sends the whole script in one simple message, several statements included.
            using var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = true };
            command.ExecuteNonQuery();
        }
        catch (Exception failure) when (Postgres.Understood(failure) is { } understood)
        {
            throw understood;
        }
    }

    /// <summary>Sends what waits.</summary>
    public void Flush()
    {
        if (waiting.Count == 0) return;
        using var batch = Batch();
        try
        {
            batch.ExecuteNonQuery();
        }
        catch (Exception failure) when (Postgres.Understood(failure) is { } understood)
        {
            throw understood;
        }
    }

    private void Ask(NpgsqlBatch batch, string sql, ReadOnlySpan<Arg> args)
    {
        Statements++;
        Wrote |= !sql.AsSpan().TrimStart().StartsWith("SELECT", StringComparison.Ordinal);
        batch.BatchCommands.Add(Command(sql, args));
    }

    private static void Visit(NpgsqlDataReader reader, Func<Row, bool> visit)
    {
        var row = new PostgresRow(reader);
        while (reader.Read())
            if (!visit(row)) break;
    }

    private NpgsqlBatch Batch()
    {
        Sent = true;
        var batch = new NpgsqlBatch(connection);
        foreach (var command in waiting) batch.BatchCommands.Add(command);
        waiting.Clear();
        Carried = carried > 0;
        laters = carried = 0;
        return batch;
    }

    private void Wait(NpgsqlBatchCommand command)
    {
        Wrote = true;
        waiting.Add(command);
        laters++;
        if (waiting.Count >= BatchMax) Flush();
    }

    private static NpgsqlBatchCommand Command(string sql, ReadOnlySpan<Arg> args)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (ref readonly var arg in args) command.Parameters.Add(Parameter(in arg));
        return command;
    }

    private static NpgsqlParameter Parameter(in Arg arg) => arg.Type switch
    {
        Arg.Kind.Null => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = TypeOf(arg.Declared) },
        Arg.Kind.Long => new NpgsqlParameter<long> { TypedValue = arg.Number, NpgsqlDbType = NpgsqlDbType.Bigint },
        Arg.Kind.Double => new NpgsqlParameter<double> { TypedValue = arg.Real, NpgsqlDbType = NpgsqlDbType.Double },
        Arg.Kind.Text => new NpgsqlParameter<string> { TypedValue = arg.Text, NpgsqlDbType = NpgsqlDbType.Text },
        Arg.Kind.Bytes => new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = arg.Memory, NpgsqlDbType = NpgsqlDbType.Bytea },
        Arg.Kind.Longs => new NpgsqlParameter<long[]> { TypedValue = [.. (IReadOnlyCollection<long>)arg.Object!], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
        _ => new NpgsqlParameter<string[]> { TypedValue = [.. (IReadOnlyCollection<string>)arg.Object!], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
    };

    private static NpgsqlDbType TypeOf(Arg.Kind kind) => kind switch
    {
        Arg.Kind.Long => NpgsqlDbType.Bigint,
        Arg.Kind.Double => NpgsqlDbType.Double,
        Arg.Kind.Bytes => NpgsqlDbType.Bytea,
        Arg.Kind.Null => NpgsqlDbType.Unknown,
        _ => NpgsqlDbType.Text,
    };

    /// <summary>COPY does not convert: an integer must travel in its column's width.</summary>
    private static void Write(NpgsqlBinaryImporter copy, in Arg arg, NpgsqlDbType column)
    {
        switch (arg.Type)
        {
            case Arg.Kind.Null: copy.WriteNull(); break;
            case Arg.Kind.Long when column is NpgsqlDbType.Smallint: copy.Write((short)arg.Number, column); break;
            case Arg.Kind.Long when column is NpgsqlDbType.Integer: copy.Write((int)arg.Number, column); break;
            case Arg.Kind.Long when column is NpgsqlDbType.Double: copy.Write((double)arg.Number, column); break;
            case Arg.Kind.Long: copy.Write(arg.Number, NpgsqlDbType.Bigint); break;
            case Arg.Kind.Double: copy.Write(arg.Real, NpgsqlDbType.Double); break;
            case Arg.Kind.Text: copy.Write(arg.Text, NpgsqlDbType.Text); break;
            case Arg.Kind.Bytes: copy.Write(arg.Memory, NpgsqlDbType.Bytea); break;
            default: throw new ArgumentException("A list is no column value.", nameof(arg));
        }
    }

    /// <summary>The widths of the columns, asked once per connection and caller's column list.</summary>
    private NpgsqlDbType[] ReadTypes(string table, string[] columns)
    {
        var types = new Dictionary<string, string>();
        Each("SELECT column_name::text, data_type::text FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1",
            row => types.TryAdd(row.Text(0), row.Text(1)), table);
        return [.. columns.Select(column => types[column] switch
        {
            "smallint" => NpgsqlDbType.Smallint,
            "integer" => NpgsqlDbType.Integer,
            "double precision" => NpgsqlDbType.Double,
            "bytea" => NpgsqlDbType.Bytea,
            "bigint" => NpgsqlDbType.Bigint,
            _ => NpgsqlDbType.Text,
        })];
    }
}
