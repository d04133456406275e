using System.Runtime.InteropServices;
using System.Text;
using Slipway.Storage;

namespace Slipway.Faults.Durability;

/// <summary>
/// The recorded process: writers that share group commits, blobs with their rows, seals with their anchored heads, pages freed and given back,
/// checkpoints, and the whole closed and opened again. Says, by a mark in the recording, what it has acknowledged at the very moment it could.
/// </summary>
internal sealed class DurabilityLoad(string root, int seed, int rounds)
{
    private const int Writers = 4;
    private readonly nint mark = NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "slipway_shim_mark");
    private readonly Random random = new(seed);
    private long nextId;

    public async Task Run()
    {
        for (var part = 0; part < 3; part++)
        {
            await using var state = await DurabilityState.Open(Path.Combine(root, "data"));
            // So that checkpoints, and with them writes to the database file itself, come every few commits instead of every 16 MB.
            await state.Database.Write<Done>(session =>
            {
                session.Script("PRAGMA wal_autocheckpoint=25");
                return new Done();
            }, default);
            for (var round = 0; round < rounds; round++) await Round(state, round);
        }
    }

    private async Task Round(DurabilityState state, int round)
    {
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(() => Write(state))));
        if (round % 3 == 0) await PutBlob(state, random.Next(2) == 0 ? random.Next(2_000) : random.Next(100_000));
        if (round % 4 == 1) await state.Sealer.SealAll(null, default);
        if (round % 5 == 2) await FreePages(state);
    }

    private async Task Write(DurabilityState state)
    {
        var id = Interlocked.Increment(ref nextId);
        var outcome = await state.Database.Write<long>(session =>
        {
            for (var side = 1; side <= 2; side++) session.Execute("INSERT INTO twins (id, side, payload) VALUES ($1, $2, $3)", id, side, DurabilityState.Payload(id));
            state.Events.Append(session, Caller.Local(null), "twin.written", "twin/" + id);
            return session.Long("UPDATE counters SET n = n + 1 WHERE name = 'writes' RETURNING n")!.Value;
        }, default);
        Mark($"twin {id}");
        Mark($"writes {outcome.Value}");
    }

    private async Task PutBlob(DurabilityState state, int size)
    {
        var bytes = new byte[size];
        random.NextBytes(bytes);
        var id = BlobId.New();
        var stored = await state.Blobs.Put(id, new MemoryStream(bytes), default);
        await state.Database.Write<Done>(session =>
        {
            session.Execute("INSERT INTO held (id, sha256) VALUES ($1, $2)", id.ToString(), stored.Value.Sha256);
            return new Done();
        }, default);
        Mark($"blob {id}");
    }

    private static async Task FreePages(DurabilityState state)
    {
        var filling = new string('x', 3_000);
        foreach (var sql in new[] { "INSERT INTO scratch (filling) VALUES ($1)", "DELETE FROM scratch WHERE filling = $1" })
            await state.Database.Write<Done>(session =>
            {
                for (var i = 0; i < (sql[0] == 'I' ? 30 : 1); i++) session.Execute(sql, filling);
                return new Done();
            }, default);
        await state.Database.ReturnFreePages(20, default);
    }

    private unsafe void Mark(string acknowledged)
    {
        var bytes = Encoding.UTF8.GetBytes(acknowledged);
        fixed (byte* first = bytes) ((delegate* unmanaged[Cdecl]<byte*, nint, void>)mark)(first, bytes.Length);
    }
}
