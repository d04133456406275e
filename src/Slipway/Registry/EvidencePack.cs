using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Slipway.Events;
using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>
/// All that speaks for a version, as one signed file: read in one snapshot, but for the seals, which never change and are streamed. Whoever trusts the
/// server's key can check it without the server.
/// </summary>
internal sealed class EvidencePack(Database db, ModelCards cards, Metrics metrics, BomFiles requirements, Anchor anchor, TimeProvider clock)
{
    private const int SealsTogether = 32;

    private static readonly RunFacts.Limits Limits = new(EvidenceManifest.EntriesMax, EvidenceManifest.EntriesMax, 1_000);

    private static readonly byte[] Readme = Encoding.UTF8.GetBytes($"""
        Evidence of one version of a model, as its Slipway server had it when this pack was made.

        slipway verify-evidence THIS-FILE --fingerprint FINGERPRINT

        checks all of it without the server. Take the fingerprint of the server's audit key from the server itself ("slipway audit key"), not from here.
        Without Slipway: {EvidenceManifest.File} names each file with its SHA-256, and {EvidenceManifest.SignatureFile} signs it:

        openssl dgst -sha256 -verify audit.pub -signature {EvidenceManifest.SignatureFile} {EvidenceManifest.File}

        audit/events.jsonl holds what happened to the version and its model, audit/seals.jsonl the seals that these events stand in, with heads that the server
        signed when it sealed them. Values that a client logged are claimed; those that Slipway measured itself are computed.

        """.ReplaceLineEndings("\n"));

    /// <summary>Parts that other capabilities add, by their path, in the pack's own snapshot.</summary>
    public List<Func<Session, Caller, ModelVersionRow, IEnumerable<(string Path, byte[] Json)>>> Adding { get; } = [];

    private sealed record Content(ModelVersionRow Row, ModelVersion Version, ModelCard Card, ModelPackage Package, RunFacts? Run, List<ProvedEvent> Events, int Unsealed, List<long> Seals, List<(string Path, byte[] Json)> More, bool Cut);

    /// <summary>Sends the pack of a version.</summary>
    public async Task<Problem?> Send(HttpContext context, Caller caller)
    {
        var (request, ct) = (CardsApi.Of(context), context.RequestAborted);
        if (ModelCards.Check(request, out var version) is { } bad) return bad;
        if (await metrics.EnsureSettled(ct) is { } unsettled) return unsettled;
        var read = await db.Read(session => Read(session, caller, request.Name!, version), ct);
        if (read.Problem is { } refused) return refused;
        var packages = await requirements.Read(caller, request, ct);
        context.Response.ContentType = "application/zip";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"{CardsApi.FileName(read.Value.Card, "evidence.zip")}\"";
        await using var body = new PipeStream(context.Response.BodyWriter);
        await Write(body, caller, read.Value, packages, ct);
        await body.FlushAsync(ct);
        return null;
    }

    private Outcome<Content> Read(Session session, Caller caller, string name, long version)
    {
        if (ModelVersions.Find(session, caller, name, version, "", out var row) is { } refused) return refused;
        var card = cards.Read(session, caller, row);
        var run = !string.IsNullOrEmpty(row.RunId) && RunFacts.Read(session, caller, metrics, row.RunId, Limits, out var facts) is null ? facts : null;
        var (events, unsealed) = AuditProof.Of(session, caller.Workspace, Subjects(row), EvidenceManifest.EventsMax);
        var cut = run is not null && (run.ParamsTotal > run.Params.Count || run.MetricsTotal > run.Metrics.Count || run.DatasetsTotal > run.Datasets.Count)
            || events.GroupBy(static one => one.Subject).Any(static group => group.Count() == EvidenceManifest.EventsMax);
        return new Content(row, ModelVersions.Records(session, [row.No])[0], card, Packages.Read(session, row.No), run, events, unsealed,
            AuditProof.Numbers(session, [.. events.Select(static one => one.Position)]), [.. Adding.SelectMany(add => add(session, caller, row))], cut);
    }

    private async Task Write(Stream to, Caller caller, Content content, string? packages, CancellationToken ct)
    {
        var at = clock.GetUtcNow();
        await using var zip = await ZipArchive.CreateAsync(to, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, ct);
        var pack = new EvidenceZip(zip);
        var files = content.Package.Files ?? [];
        await pack.Add("README.txt", Readme, ct);
        await pack.AddJson("version.json", content.Version, EvidenceJson.Default.ModelVersion, ct);
        await pack.AddJson("profile.json", content.Card.Profile!, EvidenceJson.Default.ModelProfile, ct);
        await pack.AddJson("card.json", content.Card, EvidenceJson.Default.ModelCard, ct);
        await pack.Add("card.md", Encoding.UTF8.GetBytes(CardMarkdown.Write(content.Card)), ct);
        await pack.AddJson("files.json", files, EvidenceJson.Default.ModelFileArray, ct);
        await pack.Add("bom.json", ModelBom.Write(content.Card, files, packages, at), ct);
        if (content.Run is { } run)
            await pack.AddJson("run.json", new EvidenceRun(ModelCards.Run(run), [.. run.Params.Select(static one => new Param(one.Key, one.Value))], [.. run.Metrics.Select(ModelCards.Claimed)],
                [.. run.Tags.Select(static one => new RunTag(one.Key, one.Value))], [.. run.Datasets.Select(ModelCards.Data)]), EvidenceJson.Default.EvidenceRun, ct);
        foreach (var (path, json) in content.More) await pack.Add(path, json, ct);
        await pack.Add("audit/events.jsonl", async (write, token) =>
        {
            foreach (var one in content.Events) await write(Line(JsonSerializer.SerializeToUtf8Bytes(one, AuditProofJson.Default.ProvedEvent)), token);
        }, ct);
        await pack.Add("audit/seals.jsonl", (write, token) => WriteSeals(write, content.Seals, token), ct);
        var manifest = EvidenceZip.Json(new EvidenceManifest(EvidenceManifest.FormatNow, content.Row.Name, RegisteredModels.Text(content.Row.Version), [.. Subjects(content.Row)], at.ToUnixTimeMilliseconds(), caller.Actor,
            [.. pack.Parts], content.Unsealed, content.Cut, content.Card.Hidden, anchor.PublicKey), EvidenceJson.Default.EvidenceManifest);
        await pack.Add(EvidenceManifest.File, manifest, ct);
        await pack.Add(EvidenceManifest.SignatureFile, anchor.SignEvidence(manifest), ct);
    }

    private async Task WriteSeals(Func<ReadOnlyMemory<byte>, CancellationToken, Task> write, List<long> numbers, CancellationToken ct)
    {
        var heads = anchor.Heads(numbers.ToHashSet());
        foreach (var some in numbers.Chunk(SealsTogether))
            foreach (var seal in await db.Read(session => AuditProof.Seals(session, some), ct))
                await write(Line(JsonSerializer.SerializeToUtf8Bytes(seal with { Head = heads.GetValueOrDefault(seal.No) }, AuditProofJson.Default.ProvedSeal)), ct);
    }

    private static string[] Subjects(ModelVersionRow row) => [row.Subject, RegisteredModels.Subject(row.ModelId)];

    private static byte[] Line(byte[] json) => [.. json, (byte)'\n'];
}
