using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>Finds registered models by filter, a page at a time.</summary>
internal static class RegisteredModelSearch
{
    /// <summary>One page.</summary>
    public static Outcome<RegisteredModelsPage> Page(Session session, Caller caller, SearchRegisteredModels query)
    {
        var size = query.MaxResults ?? SearchRegisteredModels.MaxResultsDefault;
        if (SearchPage.CheckSize(size, SearchRegisteredModels.MaxResultsMax) is { } badSize) return badSize;
        var filter = FilterParser.Parse(query.Filter, RegistryFilter.Models);
        if (!filter.Succeeded) return filter.Problem;
        var orderBy = OrderByParser.Parse(query.OrderBy, RegistryFilter.ModelsOrder);
        if (!orderBy.Succeeded) return orderBy.Problem;
        var order = Order(orderBy.Value);
        var fingerprint = PageToken.Fingerprint("registered-models", filter.Value.ToString(), string.Join(',', orderBy.Value));
        var after = order.After(query.PageToken, fingerprint);
        if (!after.Succeeded) return after.Problem;

        var sql = new SearchSql(session.Dialect);
        var found = RegistryListing.Read(session, sql, columns =>
            $"SELECT m.id, {columns} FROM registered_models m WHERE m.workspace_id = {sql.Add(caller.Workspace)} AND m.is_prompt = {(RegistryFilter.AsksForPrompts(filter.Value) ? 1 : 0)}" +
            $" AND {SearchSql.Tree(filter.Value, clause => Condition(clause, sql))}{RegistryListing.Visible(sql, caller, "m.id")}", order, after.Value, (int)size);
        var (models, taken) = Pages.Take(found, (int)size, numbers => RegisteredModels.Records(session, numbers), static model =>
            Pages.Overhead + (model.Tags?.Sum(Pages.Chars) ?? 0) + (model.LatestVersions?.Sum(Pages.Chars) ?? 0));
        return new RegisteredModelsPage(models.Count == 0 ? null : [.. models], Pages.Next(found, taken, fingerprint));
    }

    private static string Condition(Clause clause, SearchSql sql) => clause.Field switch
    {
        { Kind: FieldKind.Tag } when RegistryFilter.IsAboutPrompts(clause) => RegistryListing.Prompt(sql, "m.is_prompt", clause),
        { Kind: FieldKind.Tag } => RegistryListing.Tag(sql, "registered_model_tags", "model_id", "m.id", clause),
        { Key: RegistryFilter.Alias } => $"EXISTS (SELECT 1 FROM registered_model_aliases a WHERE a.model_id = m.id AND {sql.Compare("a.alias", clause)})",
        _ => sql.Compare(Column(clause.Field.Key), clause),
    };

    private static SearchOrder Order(IReadOnlyList<OrderKey> asked)
    {
        var keys = asked.Select(static key => Key(key.Field.Key, key.Descending)).ToList();
        if (!keys.Exists(static key => key.Field.Key == RegistryFilter.Name)) keys.Add(Key(RegistryFilter.Name, false));
        return new SearchOrder(keys[..(keys.FindIndex(static key => key.Field.Key == RegistryFilter.Name) + 1)]);
    }

    private static SortKey Key(string name, bool descending) => SortKey.Attribute(name, descending, name != RegistryFilter.Name, Column(name));

    private static string Column(string name) => name switch
    {
        RegistryFilter.Name => "m.name",
        RegistryFilter.CreationTime => "m.created_ms",
        RegistryFilter.UserId => "m.user_id",
        _ => "m.updated_ms",
    };
}
