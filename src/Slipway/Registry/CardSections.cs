using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>What authors add to cards in their own words: of a model, for all its versions, or of one version.</summary>
internal static class CardSections
{
    private const string Insert = "INSERT INTO model_sections (model_id, version, position, title, text) VALUES ($1, $2, $3, $4, $5)";

    /// <summary>Null for sections that may be; they come out as they are kept. None were sent: <paramref name="sections"/> is null.</summary>
    public static Problem? Check(IReadOnlyList<CardSection?>? sent, out List<CardSection>? sections)
    {
        sections = null;
        if (sent is null) return null;
        if (WireCheck.Count(sent.Count, CardSection.SectionsMax, "sections") is { } tooMany) return tooMany;
        var (kept, chars, titles) = (new List<CardSection>(), 0, new HashSet<string>(StringComparer.OrdinalIgnoreCase));
        for (var i = 0; i < sent.Count; i++)
        {
            var (title, text) = (sent[i]?.Title?.Trim(), sent[i]?.Text ?? "");
            if (WireCheck.Required(title, $"sections[{i}].title", CardSection.TitleCharsMax) is { } badTitle) return badTitle;
            if (title!.Any(char.IsControl)) return Problem.Invalid($"sections[{i}].title is one line without control characters.");
            if (WireCheck.Text(text, $"sections[{i}].text", CardSection.TextCharsMax) is { } badText) return badText;
            if (!titles.Add(title!)) return Problem.Invalid($"sections[{i}]: '{SearchText.Cut(title!)}' stands there twice.");
            kept.Add(new CardSection(title, text));
            chars += text.Length;
        }
        if (chars > CardSection.AllCharsMax) return Problem.Invalid($"The sections of a model or version hold at most {CardSection.AllCharsMax:N0} characters together, got {chars:N0}.");
        sections = kept;
        return null;
    }

    /// <summary>Replaces the sections of a model (version 0) or of a version, in a write that holds the model's row.</summary>
    public static void Put(Session session, long model, long version, List<CardSection> sections)
    {
        Erase(session, model, version);
        session.ExecuteMany(Insert, [.. sections.Index()], (row, one) => row.Add(model).Add(version).Add(one.Index).Add(one.Item.Title).Add(one.Item.Text));
    }

    /// <summary>The sections of a model (version 0) or of a version, in order.</summary>
    public static List<CardSection> Read(Session session, long model, long version) =>
        session.Query("SELECT title, text FROM model_sections WHERE model_id = $1 AND version = $2 ORDER BY position", static row => new CardSection(row.Text(0), row.Text(1)), model, version);

    /// <summary>Forgets the sections of a version that goes.</summary>
    public static void Erase(Session session, long model, long version) => session.Execute("DELETE FROM model_sections WHERE model_id = $1 AND version = $2", model, version);

    /// <summary>A card's sections: those of the model, each replaced by the version's of the same title, then the version's others.</summary>
    public static IEnumerable<CardSection> Together(IReadOnlyList<CardSection> ofModel, IReadOnlyList<CardSection> own)
    {
        CardSection? Instead(CardSection section) => own.FirstOrDefault(other => string.Equals(other.Title, section.Title, StringComparison.OrdinalIgnoreCase));
        foreach (var section in ofModel) yield return Instead(section) is { } other ? other with { Own = true } : section with { Own = false };
        foreach (var section in own)
            if (!ofModel.Any(other => string.Equals(other.Title, section.Title, StringComparison.OrdinalIgnoreCase))) yield return section with { Own = true };
    }
}
