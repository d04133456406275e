using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Slipway.Storage;

/// <summary>What is in a backup.</summary>
/// <param name="Generation">The schema generation that wrote it.</param>
/// <param name="CreatedMs">When, Unix milliseconds.</param>
/// <param name="Incarnation">The installation's id at that time.</param>
/// <param name="Steps">The schema step of each capability.</param>
public sealed record BackupManifest(int Generation, long CreatedMs, string Incarnation, IReadOnlyDictionary<string, int> Steps);

/// <summary>How much was written or read.</summary>
/// <param name="Rows">Rows of all tables.</param>
/// <param name="Blobs">Blobs.</param>
/// <param name="Bytes">Bytes of the backup file.</param>
public readonly record struct BackupSize(long Rows, long Blobs, long Bytes);

/// <summary>
/// Writes everything there is, live, from one snapshot of the database, into one checksummed file that does not depend on which database or blob
/// store it came from: that is also how one grows from SQLite to PostgreSQL.
/// </summary>
/// <param name="database">From where.</param>
/// <param name="blobs">The blob store, or null for a database without one.</param>
/// <param name="schemas">The capabilities, lowest layer first.</param>
/// <param name="blobQuery">SQL that lists the ids of the blobs that are referred to; null without a blob store.</param>
public sealed class Backup(Database database, IBlobs? blobs, IReadOnlyList<Schema> schemas, string? blobQuery)
{
    private const int FrameBytes = 1024 * 1024;

    /// <summary>Writes the backup to a new file; it appears under its name only when it is whole and on disk.</summary>
    /// <param name="path">The file; must not exist.</param>
    /// <param name="clock">The time in the manifest.</param>
    /// <param name="progress">Told now and then how far it is.</param>
    /// <param name="ct">Cancels; nothing is left behind.</param>
    public async Task<Outcome<BackupSize>> Write(string path, TimeProvider clock, IProgress<BackupSize>? progress, CancellationToken ct)
    {
        var full = Path.GetFullPath(path);
        if (File.Exists(full)) return Problem.Exists($"{full} exists. Name another file or remove it first.");
        var part = full + ".part";
        var ids = full + ".blobs";
        try
        {
            var written = await WritePart(part, ids, clock, progress, ct);
            if (written.Succeeded) File.Move(part, full);
            return written;
        }
        catch (IOException failure)
        {
            return Problem.DiskFull($"The backup could not be written to {full}: {failure.Message}");
        }
        finally
        {
            File.Delete(ids);
            File.Delete(part);
        }
    }

    private async Task<Outcome<BackupSize>> WritePart(string part, string ids, TimeProvider clock, IProgress<BackupSize>? progress, CancellationToken ct)
    {
        await using var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, FrameBytes);
        using var writer = new BackupWriter(file);
        var size = await database.Read(session => WriteTables(session, writer, ids, clock, progress, ct), ct);
        var written = await WriteBlobs(writer, ids, size, progress, ct);
        if (written.Problem is { } problem) return problem;
        writer.End();
        file.Flush(flushToDisk: true);
        return written.Value with { Bytes = writer.Length };
    }

    private BackupSize WriteTables(Session session, BackupWriter writer, string ids, TimeProvider clock, IProgress<BackupSize>? progress, CancellationToken ct)
    {
        var steps = session.Query("SELECT capability, max(step) FROM schema_steps GROUP BY capability", static row => (row.Text(0), row.Int(1))).ToDictionary();
        var incarnation = session.Text("SELECT value FROM installation WHERE name = $1", Migrations.Incarnation) ?? "";
        writer.Begin();
        writer.Write(BackupFrame.Manifest, JsonSerializer.SerializeToUtf8Bytes(
            new BackupManifest(Migrations.Generation, clock.GetUtcNow().ToUnixTimeMilliseconds(), incarnation, steps), BackupJson.Default.BackupManifest));
        long rows = 0;
        foreach (var table in schemas.SelectMany(schema => schema.TablesAt(steps.GetValueOrDefault(schema.Capability))))
        {
            rows += WriteTable(session, writer, table, ct);
            progress?.Report(new BackupSize(rows, 0, writer.Length));
        }
        if (blobQuery is not null)
        {
            using var list = new StreamWriter(ids);
            session.Each(blobQuery, row =>
            {
                list.Write(row.Text(0) + "\n");
                return true;
            });
        }
        return new BackupSize(rows, 0, writer.Length);
    }

    private static long WriteTable(Session session, BackupWriter writer, Table table, CancellationToken ct)
    {
        var columns = Columns(session, table.Name);
        var head = new BackupTable(table.Name, columns, table.Identity is null ? null : Counter(session, table));
        writer.Write(BackupFrame.Table, JsonSerializer.SerializeToUtf8Bytes(head, BackupJson.Default.BackupTable));
        using var buffer = new MemoryStream(FrameBytes);
        using var rows = new BinaryWriter(buffer, Encoding.UTF8);
        long count = 0;
        session.Each($"SELECT {string.Join(", ", columns)} FROM {table.Name}", row =>
        {
            ct.ThrowIfCancellationRequested();
            BackupRows.Write(rows, row, columns.Length);
            count++;
            if (buffer.Length >= FrameBytes) Flush();
            return true;
        });
        Flush();
        return count;

        void Flush()
        {
            if (buffer.Length == 0) return;
            writer.Write(BackupFrame.Rows, buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
            buffer.SetLength(0);
        }
    }

    private async Task<Outcome<BackupSize>> WriteBlobs(BackupWriter writer, string ids, BackupSize size, IProgress<BackupSize>? progress, CancellationToken ct)
    {
        if (blobs is null || blobQuery is null) return size;
        var buffer = new byte[FrameBytes];
        long count = 0;
        await foreach (var id in File.ReadLinesAsync(ids, ct))
        {
            var opened = await blobs.Open(BlobId.TryParse(id, out var blob) ? blob : throw new InvalidDataException($"The blob table holds the id {id}."), 0, null, ct);
            if (opened.Problem is { } problem) return Problem.Damaged($"Blob {id} is referred to and cannot be read: {problem.Message}");
            await using var content = opened.Value;
            writer.Write(BackupFrame.Blob, Encoding.ASCII.GetBytes(id));
            while (await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct) is var read and > 0)
                writer.Write(BackupFrame.Bytes, buffer.AsSpan(0, read));
            count++;
            progress?.Report(new BackupSize(size.Rows, count, writer.Length));
        }
        return size with { Blobs = count };
    }

    /// <summary>The columns, but for the transaction ids, which mean nothing elsewhere.</summary>
    private static string[] Columns(Session session, string table) =>
        [.. session.Query(session.Dialect is Dialect.Postgres
            ? "SELECT column_name::text FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
            : "SELECT name FROM pragma_table_info($1)", static row => row.Text(0), table).Where(name => name != "txid")];

    private static long Counter(Session session, Table table) => session.Long(session.Dialect is Dialect.Postgres
        ? $"SELECT last_value FROM pg_sequences WHERE format('%I.%I', schemaname, sequencename) = pg_get_serial_sequence('{table.Name}', '{table.Identity}')"
        : $"SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = '{table.Name}'") ?? 0;
}

/// <summary>The head of a table in a backup; the counter is the last identity that was given out, so that none is given twice.</summary>
internal sealed record BackupTable(string Name, string[] Columns, long? Counter);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(BackupManifest))]
[JsonSerializable(typeof(BackupTable))]
internal sealed partial class BackupJson : JsonSerializerContext;
