using Microsoft.AspNetCore.Http;
using Slipway.Storage;

namespace Slipway.Cli.Relay;

/// <summary>
/// Artifacts on their way. The content goes to a file first, and from there to the server: a server that goes away half-way costs nothing then, and
/// the client, which cannot send it twice, does not notice.
/// </summary>
internal static class ArtifactDesk
{
    private const int PieceBytes = 81_920;

    /// <summary>Takes one up.</summary>
    public static async Task<Problem?> Put(HttpContext context, Lane lane, Upstream server, SpoolBudget budget, RelayCall call, string target)
    {
        var request = context.Request;
        // Larger than there is room for: while the server is there it needs none.
        if (request.ContentLength > budget.Left && lane.MayForward) return await Through(context, lane, server, budget, target);
        if (!budget.TryTakeFile()) return budget.Full();
        var name = Guid.NewGuid().ToString("N");
        var path = Path.Combine(lane.Files, name);
        var keep = false;
        try
        {
            var taken = await Take(request, path, budget);
            if (taken.Problem is { } refused) return refused;
            var tried = false;
            if (lane.MayForward)
            {
                var content = new StreamContent(File.OpenRead(path));
                content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType ?? "application/octet-stream");
                var said = await server.Send(lane, request.Method, lane.Experiments.FinalTarget(target), content, CancellationToken.None);
                if (said is { IsAway: false }) return await RelayDesk.PassOn(context, said);
                tried = said is not null;
                lane.Lost();
            }
            using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write)) RandomAccess.FlushToDisk(file);
            BlobFiles.SyncFolder(lane.Files);
            var kept = await lane.Keep(call, request.Method, target, request.ContentType ?? "application/octet-stream", [], tried, name, taken.Value);
            if (kept.Problem is { } full) return full;
            keep = true;
            return await RelayDesk.Json(context, kept.Value);
        }
        finally
        {
            if (!keep)
            {
                lane.Discard(path);
                budget.GiveFile();
            }
        }
    }

    /// <summary>Sends one that waits.</summary>
    public static async Task<Problem?> Send(HttpContext context, string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            return Problem.Busy("The artifact is on its way to the server just now. Ask again.");
        }
        await using (file)
        {
            context.Response.ContentType = "application/octet-stream";
            context.Response.Headers.ContentDisposition = "attachment";
            context.Response.ContentLength = file.Length;
            await file.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        return null;
    }

    private static async Task<Problem?> Through(HttpContext context, Lane lane, Upstream server, SpoolBudget budget, string target)
    {
        using var answer = await server.Open(lane, context.Request, lane.Experiments.FinalTarget(target), context.RequestAborted);
        if (answer is null)
        {
            lane.Lost();
            return budget.Full();
        }
        await Upstream.PassOn(answer, context.Response, context.RequestAborted);
        return null;
    }

    private static async Task<Outcome<long>> Take(HttpRequest request, string path, SpoolBudget budget)
    {
        long bytes = 0;
        var buffer = new byte[PieceBytes];
        try
        {
            await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, 0);
            int read;
            while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
            {
                if (!budget.TryTake(read)) return budget.Full();
                bytes += read;
                await file.WriteAsync(buffer.AsMemory(0, read));
            }
            return bytes;
        }
        catch (IOException fault) when (BlobFiles.IsFull(fault))
        {
            return Problem.DiskFull($"The relay's disk is full, and this artifact was not kept: {fault.Message}");
        }
        finally
        {
            // What the file does not hold after all is given back; the rest is given back with the file.
            var there = new FileInfo(path) is { Exists: true } file ? file.Length : 0;
            if (bytes > there) budget.Give(bytes - there);
        }
    }
}
