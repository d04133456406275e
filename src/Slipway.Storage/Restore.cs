using System.Text;
using System.Text.Json;

namespace Slipway.Storage;

/// <summary>
/// Reads a backup into an empty database and blob store of either kind. The whole file is checked before the first row is written; a restore that was
/// cut off leaves a database that refuses to start. The restored installation gets a new incarnation id, `FOUNDING.NEW`, so that clients can tell.
/// </summary>
/// <param name="database">Where to; must be empty.</param>
/// <param name="blobs">The blob store to fill.</param>
/// <param name="schemas">The capabilities of this binary, lowest layer first.</param>
public sealed class Restore(Database database, IBlobs blobs, IReadOnlyList<Schema> schemas)
{
    private const int RowsPerWrite = 2_000;
    private const long BytesPerWrite = 4 * 1024 * 1024;

    /// <summary>Checks the file and nothing else.</summary>
    public static Outcome<BackupManifest> Check(string path)
    {
        try
        {
            using var file = Open(path);
            using var reader = new BackupReader(file);
            reader.Begin();
            if (reader.Read() is not BackupFrame.Manifest) return Problem.Damaged($"{path} does not begin with a manifest. Use another copy.");
            var manifest = JsonSerializer.Deserialize(reader.Payload.Span, BackupJson.Default.BackupManifest)!;
            while (reader.Read() is not BackupFrame.End) { }
            return manifest;
        }
        catch (InvalidDataException damage)
        {
            return Problem.Damaged($"{path}: {damage.Message}");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Problem.NotFound($"{path} cannot be read: {failure.Message}");
        }
    }

    /// <summary>Checks, then restores.</summary>
    public async Task<Outcome<BackupSize>> Read(string path, IProgress<BackupSize>? progress, CancellationToken ct)
    {
        var manifest = Check(path);
        if (manifest.Problem is { } damage) return damage;
        var known = schemas.ToDictionary(schema => schema.Capability, schema => schema.Steps.Count);
        if (manifest.Value.Steps.FirstOrDefault(step => known.GetValueOrDefault(step.Key) < step.Value) is { Key: { } newer })
            return new Problem(ErrorCode.INVALID_STATE, $"{path} was written by a newer Slipway: it holds step {manifest.Value.Steps[newer]} of {newer}, this binary knows {known.GetValueOrDefault(newer)}. Use a newer slipway.", 400);
        var begun = await database.Write<int>(session => Begin(session, manifest.Value), ct);
        if (begun.Problem is { } refused) return refused;
        var filled = await Fill(path, TablesOf(manifest.Value).ToDictionary(table => table.Name, table => table.Identity), progress, ct);
        if (filled.Problem is { } problem) return problem;
        var ended = await database.Write<int>(session => End(session, manifest.Value.Incarnation), ct);
        return ended.Problem is { } failed ? failed : filled;
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1024 * 1024, FileOptions.SequentialScan);

    private Outcome<int> Begin(Session session, BackupManifest manifest)
    {
        var fresh = Migrations.IsFresh(session);
        // A capability that is newer than the backup waits: its steps may build on later steps of the others.
        var steps = schemas.ToDictionary(schema => schema.Capability, schema => manifest.Steps.GetValueOrDefault(schema.Capability));
        if (Migrations.Run(session, schemas, steps, restoring: true).Problem is { } problem) return problem;
        foreach (var table in TablesOf(manifest))
        {
            // What the schema steps themselves inserted is in the backup too, as it was then.
            if (fresh) session.Execute($"DELETE FROM {table.Name}");
            else if (session.Long($"SELECT 1 FROM {table.Name} LIMIT 1") is not null)
                return Problem.Conflict($"The database to restore into is not empty: table {table.Name} holds rows. Name a new data folder or an empty database.");
        }
        return session.Execute(Migrations.WriteInstallation, Migrations.Restoring, "1");
    }

    /// <summary>The tables as they were when the backup was written; later steps run once its rows are in them.</summary>
    private IEnumerable<Table> TablesOf(BackupManifest manifest) => schemas.SelectMany(schema => schema.TablesAt(manifest.Steps.GetValueOrDefault(schema.Capability)));

    private async Task<Outcome<BackupSize>> Fill(string path, Dictionary<string, string?> identities, IProgress<BackupSize>? progress, CancellationToken ct)
    {
        await using var file = Open(path);
        using var reader = new BackupReader(file);
        reader.Begin();
        BackupTable? table = null;
        long rows = 0, count = 0;
        for (var frame = reader.Read(); frame is not BackupFrame.End;)
        {
            ct.ThrowIfCancellationRequested();
            if (frame is BackupFrame.Blob)
            {
                var id = BlobId.TryParse(Encoding.ASCII.GetString(reader.Payload.Span), out var parsed) ? parsed : throw new InvalidDataException("A blob of the backup has no id.");
                await using var content = new FrameStream(reader);
                var put = await blobs.Put(id, content, ct);
                if (put.Problem is { } problem) return problem;
                frame = content.Next;
                count++;
            }
            else
            {
                if (frame is BackupFrame.Table)
                {
                    table = JsonSerializer.Deserialize(reader.Payload.Span, BackupJson.Default.BackupTable)!;
                    if (await SetCounter(table, identities[table.Name], ct) is { } problem) return problem;
                }
                else if (frame is BackupFrame.Rows)
                {
                    var inserted = await Insert(table!, reader.Payload, ct);
                    if (inserted.Problem is { } problem) return problem;
                    rows += inserted.Value;
                }
                frame = reader.Read();
            }
            progress?.Report(new BackupSize(rows, count, file.Position));
        }
        return new BackupSize(rows, count, file.Length);
    }

    private async Task<Outcome<long>> Insert(BackupTable table, ReadOnlyMemory<byte> payload, CancellationToken ct)
    {
        using var from = BackupRows.Reader(payload);
        long total = 0;
        while (from.BaseStream.Position < from.BaseStream.Length)
        {
            var rows = new List<Arg[]>();
            var start = from.BaseStream.Position;
            while (from.BaseStream.Position < from.BaseStream.Length && rows.Count < RowsPerWrite && from.BaseStream.Position - start < BytesPerWrite)
                rows.Add(BackupRows.Read(from, table.Columns.Length));
            var outcome = await database.Write<int>(session =>
            {
                session.InsertMany(table.Name, table.Columns, rows, static (args, row) =>
                {
                    foreach (var value in row) args.Add(value);
                });
                return rows.Count;
            }, ct);
            if (outcome.Problem is { } problem) return problem;
            total += outcome.Value;
        }
        return total;
    }

    private async Task<Problem?> SetCounter(BackupTable table, string? identity, CancellationToken ct)
    {
        if (table.Counter is not > 0) return null;
        var outcome = await database.Write<int>(session =>
        {
            if (session.Dialect is Dialect.Postgres) return session.Long($"SELECT setval(pg_get_serial_sequence('{table.Name}', '{identity}'), $1)", table.Counter) > 0 ? 1 : 0;
            session.Execute("DELETE FROM sqlite_sequence WHERE name = $1", table.Name);
            return session.Execute("INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)", table.Name, table.Counter);
        }, ct);
        return outcome.Problem;
    }

    private Outcome<int> End(Session session, string before)
    {
        session.Execute("DELETE FROM installation WHERE name = $1", Migrations.Restoring);
        // The first part is the installation's for ever: clients fill up a server that was put back, not one that somebody else began at its address.
        var founding = before.Split('.')[0] is { Length: > 0 } known ? known : Guid.CreateVersion7().ToString("N");
        session.Execute(Migrations.WriteInstallation, Migrations.Incarnation, $"{founding}.{Guid.CreateVersion7():N}");
        return Migrations.Run(session, schemas, null, restoring: false);
    }

    /// <summary>The bytes of one blob, frame by frame; ends at the first frame of another kind, which it keeps.</summary>
    private sealed class FrameStream(BackupReader reader) : Stream
    {
        private ReadOnlyMemory<byte> left;
        private bool ended;

        public BackupFrame Next { get; private set; }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            while (left.IsEmpty && !ended)
            {
                Next = reader.Read();
                ended = Next is not BackupFrame.Bytes;
                if (!ended) left = reader.Payload;
            }
            var taken = Math.Min(buffer.Length, left.Length);
            left.Span[..taken].CopyTo(buffer);
            left = left[taken..];
            return taken;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
