using System.Text;
using Slipway.Storage;

namespace Slipway.Tracking;

internal sealed partial class Experiments
{
    /// <summary>The most experiments whose names are looked through: the newest.</summary>
    public const int FoundAmongMax = 10_000;

    /// <summary>The kind of what <see cref="FindIn"/> finds.</summary>
    public const string FoundKind = "experiment";

    private const string Newest = "SELECT id, name, created_ms FROM experiments WHERE workspace_id = $1 AND deleted_ms IS NULL ORDER BY id DESC LIMIT $2";

    /// <summary>Finds experiments by id or name.</summary>
    public static void FindIn(Session session, Caller caller, Finding finding)
    {
        if (WireCheck.ExperimentId(finding.Text) is null && Find(session, caller, finding.Text, "", out var one) is null)
            finding.Add(FindRank.Id, one.CreatedMs, new(FoundKind, Text(one.Id), one.Name));
        session.Each(Newest, row =>
        {
            var id = row.Long(0);
            if (FoundNames.Rank(row.Utf8(1), finding) is { } rank && finding.Takes(rank, FoundKind) && caller.Sees(RootKind.Experiment, id))
                finding.Add(rank, row.Long(2), new(FoundKind, Text(id), row.Text(1)));
            return true;
        }, caller.Workspace, FoundAmongMax);
    }
}

/// <summary>Names compared without a string for each: tens of thousands are looked through for one key stroke.</summary>
internal static class FoundNames
{
    private const int CharsMax = 512;

    public static FindRank? Rank(ReadOnlySpan<byte> utf8, Finding finding)
    {
        if (utf8.Length > CharsMax) return finding.RankOf(Encoding.UTF8.GetString(utf8));
        Span<char> name = stackalloc char[CharsMax];
        return finding.RankOf(name[..Encoding.UTF8.GetChars(utf8, name)]);
    }
}
