using Slipway.Storage;

namespace Slipway.Events;

/// <summary>
/// Takes actor, address and details out of events, and the name out of subjects that are one. Their commitments stay, so that the chain still
/// verifies; the salts go, so that nobody can try names against a commitment.
/// </summary>
internal static class EventErasure
{
    /// <summary>The most events of one transaction.</summary>
    public const int BatchMax = 500;

    /// <summary>How many rows one look passes over.</summary>
    public const long ScanMax = 20_000;

    private static string Select(Dialect dialect) => $"""
        SELECT id, form, subject, subject_salt, subject_commitment, actor, actor_salt, actor_commitment, address, address_salt, address_commitment, data, data_salt, data_commitment
          FROM events WHERE id {dialect.InLongs("$1")} ORDER BY id{dialect.ForUpdate()}
        """;

    private const string Erase = """
        UPDATE events SET actor = NULL, actor_salt = NULL, actor_commitment = $2, address = NULL, address_salt = NULL, address_commitment = $3,
               data = NULL, data_salt = NULL, data_commitment = $4 WHERE id = $1
        """;

    private const string EraseDetails = "UPDATE events SET data = NULL, data_salt = NULL, data_commitment = $2 WHERE id = $1";

    private const string EraseSubject = "UPDATE events SET subject = $2, subject_salt = NULL, subject_commitment = $3 WHERE id = $1";

    /// <summary>Erases who, from where and what of these events. Answers how many still had something.</summary>
    public static int All(Session session, IReadOnlyCollection<long> ids)
    {
        var rows = session.Query(Select(session.Dialect), Kept.Read, Arg.Longs(ids)).Where(static row => row.HasSomething).ToList();
        session.ExecuteMany(Erase, rows, static (args, row) => args.Add(row.Id).Add(row.Actor.Commitment).Add(row.Address.Commitment).Add(row.Data.Commitment));
        return rows.Count;
    }

    /// <summary>Erases one person: all of what they did, the details of what names them, and their name where it is the subject.</summary>
    public static int Person(Session session, IReadOnlyCollection<long> ids, string name)
    {
        var rows = session.Query(Select(session.Dialect), Kept.Read, Arg.Longs(ids));
        var own = rows.Where(row => row.Actor.Value == name).ToList();
        session.ExecuteMany(Erase, own, static (args, row) => args.Add(row.Id).Add(row.Actor.Commitment).Add(row.Address.Commitment).Add(row.Data.Commitment));
        var details = rows.Where(row => row.Actor.Value != name && row.Data.Value is not null).ToList();
        session.ExecuteMany(EraseDetails, details, static (args, row) => args.Add(row.Id).Add(row.Data.Commitment));
        // The subject of an event of the first form is in the leaf itself: without it the chain would break.
        var subjects = rows.Where(row => row.Form == SealChain.FormNow && SubjectsOf(name).Contains(row.Subject.Value)).ToList();
        session.ExecuteMany(EraseSubject, subjects, static (args, row) => args.Add(row.Id).Add(Erased(row.Subject.Value!)).Add(row.Subject.Commitment));
        return rows.Count;
    }

    /// <summary>Erases the details that hold the name as a word, and paths of artifacts that do. Answers how many events still did.</summary>
    public static int Words(Session session, IReadOnlyCollection<long> ids, string name)
    {
        var rows = session.Query(Select(session.Dialect), Kept.Read, Arg.Longs(ids));
        var details = rows.Where(row => row.Data.Value is { } data && WholeWords.HasInJson(data, name)).ToList();
        session.ExecuteMany(EraseDetails, details, static (args, row) => args.Add(row.Id).Add(row.Data.Commitment));
        var paths = rows.Where(row => row.Form == SealChain.FormNow && row.Subject.Value!.StartsWith(PathSubject, StringComparison.Ordinal) && WholeWords.Has(row.Subject.Value, name)).ToList();
        session.ExecuteMany(EraseSubject, paths, static (args, row) => args.Add(row.Id).Add(ErasedPath).Add(row.Subject.Commitment));
        return details.Union(paths).Count();
    }

    /// <summary>How subjects that are a path begin.</summary>
    public const string PathSubject = "artifact/";

    // No artifact has an empty segment in its path, so that none is taken for an erased one.
    private const string ErasedPath = "artifact//" + SealChain.ErasedName;

    /// <summary>The subjects that are a person or service account of this name.</summary>
    public static string[] SubjectsOf(string name) => ["person/" + name, "service/" + name];

    private static string Erased(string subject) => subject[..(subject.IndexOf('/', StringComparison.Ordinal) + 1)] + SealChain.ErasedName;

    private readonly record struct Field(string? Value, byte[] Commitment)
    {
        public static Field Read(Row row, int at) => new(row.TextOrNull(at), row.IsNull(at + 2) ? SealChain.Commit(row.IsNull(at + 1) ? [] : row.Bytes(at + 1), row.TextOrNull(at)) : row.Bytes(at + 2));
    }

    private sealed record Kept(long Id, long Form, Field Subject, Field Actor, Field Address, Field Data)
    {
        public bool HasSomething => Actor.Value is not null || Address.Value is not null || Data.Value is not null;

        public static Kept Read(Row row) => new(row.Long(0), row.Long(1), Field.Read(row, 2), Field.Read(row, 5), Field.Read(row, 8), Field.Read(row, 11));
    }
}
