using System.Text;

namespace Slipway.Faults.Fuzz;

/// <summary>Values that parsers, stores and file systems have stumbled over. All of it comes from one seeded random.</summary>
internal sealed class Oddities(Random random, FuzzFixture fixture)
{
    private static readonly string[] Numbers = ["0", "-0", "1", "-1", "5", "1.5", "1e3", "1E400", "-1e-400", "9007199254740993", "9223372036854775807", "9223372036854775808",
        "-9223372036854775808", "-9223372036854775809", "2147483648", "1e18", "0.1", "1e308", "100000000000000000000000000000", "3.0", "-0.0"];
    private static readonly string[] Texts = ["", " ", "0", "null", "true", "NaN", "Infinity", "-Infinity", "a", "é", "日本", "😀", "a\0b", "\ud800", "\udfff\ud800", "../..", "a/b", "%00", "%2e%2e",
        "' OR 1=1 --", "\"; DROP TABLE runs; --", "$1", "{0}", "${x}", "\u202e", "\ufeff", "a\r\nb", "\t", "\\", "//", "'", "`", "\"", "mlflow.runName", "mlflow.", "e\u0301", "\u0000", "\u001f", "İ", "ß"];

    public Random Random => random;

    public T Pick<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];

    public bool Chance(double share) => random.NextDouble() < share;

    public string Number() => Chance(0.3) ? random.NextInt64().ToString() : Pick(Numbers);

    public string Text() => random.Next(12) switch
    {
        0 => new string(Pick(["a", "é", "/", "'", "("])[0], random.Next(1, 400)),
        1 => new string('x', Pick([249, 250, 251, 500, 5_000, 6_001, 8_001, 70_000])),
        2 => new string([.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => (char)random.Next(1, 0xd7ff))]),
        3 => new string([.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => (char)random.Next(0x20, 0x7f))]),
        _ => Pick(Texts),
    };

    /// <summary>A value that suits a field of this name, most of the time.</summary>
    public string For(string field) => Chance(0.25) ? Text() : field switch
    {
        "run_id" or "run_uuid" or "run_ids" or "source_run_id" or "parent_run_id" => Pick(fixture.Runs),
        "experiment_id" or "experiment_ids" => Pick(fixture.Experiments),
        "model_id" or "model_ids" => Pick(fixture.Models),
        "filter" => Filter(),
        "order_by" => OrderBy(),
        "page_token" or "next_page_token" => Token(),
        "path" or "artifact_path" or "artifact_directory_path" or "artifact_file_path" => Path(),
        "key" or "metric_key" or "metric_keys" or "name" or "param_key" or "tag_key" => Chance(0.6) ? Pick(fixture.Keys) : Text(),
        "status" => Pick(["RUNNING", "FINISHED", "FAILED", "KILLED", "SCHEDULED", "LOGGED_MODEL_READY", "bogus"]),
        "run_view_type" or "view_type" => Pick(["ACTIVE_ONLY", "DELETED_ONLY", "ALL", "NONE"]),
        "value" or "timestamp" or "step" or "start_time" or "end_time" => Number(),
        _ => Text(),
    };

    public string Filter()
    {
        var text = new StringBuilder();
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            if (text.Length > 0) text.Append(Pick([" AND ", " and ", " OR ", " ", " AND AND "]) is var and && Chance(0.85) ? " AND " : and);
            if (Chance(0.05)) text.Append('(');
            text.Append(Pick(["metrics.", "params.", "tags.", "attributes.", "attribute.", "dataset.", "datasets.", "run.", "metric.", "param.", "tag.", "", "bogus."]));
            var key = Chance(0.5) ? Pick(fixture.Keys) : Pick(["status", "start_time", "end_time", "run_id", "run_name", "artifact_uri", "user_id", "created", "name", "digest", "context", "last_update_time", "creation_time"]);
            text.Append(random.Next(4) switch { 0 => $"`{key}`", 1 => $"\"{key}\"", 2 when Chance(0.2) => Text(), _ => key });
            text.Append(' ').Append(Pick(["=", "!=", "<", ">", "<=", ">=", "LIKE", "ILIKE", "like", "IN", "NOT IN", "IS NULL", "IS NOT NULL", "==", "<>", "RLIKE", "BETWEEN"])).Append(' ');
            text.Append(random.Next(6) switch { 0 => Number(), 1 => $"('{Text()}', 'b')", 2 => $"\"{Text()}\"", 3 => "'%a_\\%'", 4 => "(" + new string('(', random.Next(3)), _ => $"'{For("key")}'" });
        }
        return Mutate(text.ToString(), 0.25);
    }

    public string OrderBy() => Mutate($"{Pick(["metrics.", "params.", "tags.", "attributes.", ""])}{Pick(fixture.Keys)} {Pick(["ASC", "DESC", "asc", "", "ASC DESC", "NULLS FIRST"])}", 0.2);

    public string Token() => random.Next(4) switch
    {
        0 => Pick(fixture.Tokens),
        1 => Mutate(Pick(fixture.Tokens), 1),
        2 => Convert.ToBase64String(Bytes(random.Next(60))),
        _ => Convert.ToBase64String(Encoding.UTF8.GetBytes(Pick(["{}", "[]", "{\"offset\":-1}", "{\"offset\":5,\"order_by\":[]}", "null", "12", "{\"offset\":1e99}"]))),
    };

    public string Path() => Mutate(string.Join(Pick(["/", "/", "\\", "//"]), Enumerable.Range(0, random.Next(1, 6)).Select(_ => Pick(["a", "b.txt", "..", ".", "...", "%2e%2e", "%252e%252e",
        "..%2f", "..\\", "C:", "C:\\x", "\\\\host\\share", "~", "", "a\0", "%00", "é", "con", "file:", "x?y", "x#y", "a%2fb", "\u2025", "．．", " ", ".. ", "..;", "etc", "passwd", "slipway.db", "audit.key"]))), 0.1);

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>With the given chance cuts, doubles or replaces a piece.</summary>
    public string Mutate(string text, double chance)
    {
        if (text.Length == 0 || !Chance(chance)) return text;
        var at = random.Next(text.Length);
        var length = random.Next(Math.Min(8, text.Length - at) + 1);
        return random.Next(4) switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(at, text.Substring(at, length)),
            2 => text[..at],
            _ => string.Concat(text.AsSpan(0, at), ((char)random.Next(1, 0x250)).ToString(), text.AsSpan(at + 1)),
        };
    }

    public byte[] Mutate(byte[] bytes, double chance)
    {
        if (bytes.Length == 0 || !Chance(chance)) return bytes;
        var at = random.Next(bytes.Length);
        switch (random.Next(4))
        {
            case 0: return bytes[..at];
            case 1: return [.. bytes[..at], .. Bytes(random.Next(1, 6)), .. bytes[at..]];
            case 2: return [.. bytes, .. bytes[at..]];
            default:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
        }
    }
}
