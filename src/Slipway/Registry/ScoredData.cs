using System.Globalization;
using Slipway.Engines.Duck;

namespace Slipway.Registry;

/// <summary>A dataset as scoring reads it: its columns, what its target holds, and its rows a chunk at a time.</summary>
internal sealed class ScoredData : IDisposable
{
    private readonly DuckConnection connection;
    private readonly string from;
    private readonly Dictionary<string, DuckType> columns;
    private DuckRows? rows;

    private ScoredData(DuckConnection connection, ScoringPlan plan, string from, IEnumerable<DuckField> fields)
    {
        (this.connection, this.from, Plan) = (connection, from, plan);
        Columns = [.. fields.Select(static field => field.Name)];
        columns = fields.ToDictionary(static field => field.Name, static field => field.Type, StringComparer.Ordinal);
    }

    /// <summary>What is scored.</summary>
    public ScoringPlan Plan { get; }

    /// <summary>Every column in the file's order.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Columns that are neither target nor id nor weight.</summary>
    public IReadOnlyList<string> Features => [.. Columns.Where(name => name != Plan.Target && name != Plan.IdColumn && name != Plan.WeightColumn)];

    /// <summary>The target's values as classes, in order; more than <see cref="ClassScores.ClassesMax"/>: null.</summary>
    public IReadOnlyList<string>? Classes { get; private set; }

    /// <summary>Whether the target holds numbers.</summary>
    public bool TargetIsNumber => IsNumber(columns[Plan.Target]);

    /// <summary>Opens a file, and looks once through its target and weights.</summary>
    public static ScoredData Open(DuckConnection connection, ScoringPlan plan, string path)
    {
        var file = "'" + path.Replace("'", "''", StringComparison.Ordinal) + "'";
        var from = plan.Format switch
        {
            "csv" => $"read_csv({file}, header = true, sample_size = -1)",
            "parquet" => $"read_parquet({file})",
            _ => $"read_json({file}, format = 'newline_delimited')",
        };
        DuckField[] fields;
        using (var empty = connection.Query($"SELECT * FROM {from} LIMIT 0")) fields = [.. empty.Fields];
        var data = new ScoredData(connection, plan, from, fields);
        foreach (var (column, what) in new[] { (plan.Target, "target"), (plan.IdColumn, "id column"), (plan.WeightColumn, "weight column") })
            if (column is not null && !data.columns.ContainsKey(column)) throw new UnscorableException($"The dataset has no column '{column}', its {what}. It has {Some(data.Columns)}.");
        data.LookAtTarget();
        return data;
    }

    /// <summary>True when a column is there.</summary>
    public bool Has(string column) => columns.ContainsKey(column);

    /// <summary>An expression that reads a column as a type; refused when the column cannot be that.</summary>
    public string As(string column, string type)
    {
        var own = columns[column];
        if (type != "VARCHAR" && !IsNumber(own)) throw new UnscorableException($"The model needs numbers in '{column}', and the dataset has {own} there. Encode the column as it was for training, or register a model that takes text.");
        return $"CAST({Quoted(column)} AS {type})";
    }

    /// <summary>Begins to read: these expressions, then the target as text, as a number (0 where it is none), and the weight.</summary>
    public void Begin(IEnumerable<string> expressions)
    {
        var target = Quoted(Plan.Target);
        string[] all = [.. expressions, $"CAST({target} AS VARCHAR)", TargetIsNumber ? $"CAST({target} AS DOUBLE)" : "CAST(0 AS DOUBLE)", Plan.WeightColumn is { } weight ? $"CAST({Quoted(weight)} AS DOUBLE)" : "CAST(1 AS DOUBLE)"];
        rows = connection.Query($"SELECT {string.Join(", ", all)} FROM {from}");
    }

    /// <summary>The next rows, or null.</summary>
    public DuckChunk? Next() => rows!.Next();

    /// <inheritdoc/>
    public void Dispose() => rows?.Dispose();

    /// <summary>One spelling of a class: 1, 1.0 and true are the same.</summary>
    public static string Class(string text) => text switch
    {
        "true" or "True" => "1",
        "false" or "False" => "0",
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : text,
    };

    /// <summary>Classes in order: numbers by size, else by their characters.</summary>
    public static List<string> InOrder(IEnumerable<string> classes)
    {
        var all = classes.Distinct(StringComparer.Ordinal).ToList();
        if (all.TrueForAll(static one => double.TryParse(one, NumberStyles.Float, CultureInfo.InvariantCulture, out _))) all.Sort(static (one, other) => double.Parse(one, CultureInfo.InvariantCulture).CompareTo(double.Parse(other, CultureInfo.InvariantCulture)));
        else all.Sort(StringComparer.Ordinal);
        return all;
    }

    /// <summary>The first few of many names.</summary>
    public static string Some(IEnumerable<string> names)
    {
        var all = names.ToList();
        return all.Count == 0 ? "none" : string.Join(", ", all.Take(20)) + (all.Count > 20 ? $" and {all.Count - 20} more" : "");
    }

    private void LookAtTarget()
    {
        var target = Quoted(Plan.Target);
        var nan = TargetIsNumber ? $"count(*) FILTER (WHERE isnan(CAST({target} AS DOUBLE)) OR isinf(CAST({target} AS DOUBLE)))" : "0";
        var wrong = Plan.WeightColumn is null ? "0" : $"count(*) FILTER (WHERE {As(Plan.WeightColumn, "DOUBLE")} IS NULL OR NOT ({As(Plan.WeightColumn, "DOUBLE")} >= 0) OR isinf({As(Plan.WeightColumn, "DOUBLE")}) OR isnan({As(Plan.WeightColumn, "DOUBLE")}))";
        var sum = Plan.WeightColumn is null ? "1" : $"sum({As(Plan.WeightColumn, "DOUBLE")})";
        long all = 0, there = 0, unfit = 0, badWeights = 0;
        double weights = 0;
        using (var counts = connection.Query($"SELECT count(*), count({target}), CAST({nan} AS BIGINT), CAST({wrong} AS BIGINT), CAST(coalesce({sum}, 0) AS DOUBLE) FROM {from}"))
            if (counts.Next() is { } row) (all, there, unfit, badWeights, weights) = (row[0].Values<long>()[0], row[1].Values<long>()[0], row[2].Values<long>()[0], row[3].Values<long>()[0], row[4].Values<double>()[0]);
        if (all == 0) throw new UnscorableException("The dataset has no rows.");
        if (all > there) throw new UnscorableException($"The target '{Plan.Target}' is empty in {all - there:N0} of {all:N0} rows. Remove these rows, and add the file as a new version.");
        if (unfit > 0) throw new UnscorableException($"The target '{Plan.Target}' is NaN or infinite in {unfit:N0} of {all:N0} rows.");
        if (badWeights > 0) throw new UnscorableException($"The weight '{Plan.WeightColumn}' is empty, negative, NaN or infinite in {badWeights:N0} of {all:N0} rows.");
        if (weights <= 0) throw new UnscorableException($"The weights in '{Plan.WeightColumn}' are all 0.");
        using var distinct = connection.Query($"SELECT DISTINCT CAST({target} AS VARCHAR) FROM {from} LIMIT {ClassScores.ClassesMax + 1}");
        var values = distinct.ToList(static (chunk, row) => chunk[0].Text(row)!);
        if (values.Count <= ClassScores.ClassesMax) Classes = InOrder(values.Select(Class));
    }

    private static bool IsNumber(DuckType type) => type is DuckType.Boolean or DuckType.TinyInt or DuckType.SmallInt or DuckType.Integer or DuckType.BigInt or DuckType.UTinyInt or DuckType.USmallInt or DuckType.UInteger or DuckType.UBigInt
        or DuckType.HugeInt or DuckType.Float or DuckType.Double or DuckType.Decimal;

    private static string Quoted(string column) => "\"" + column.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
