using Slipway.Storage;
using Slipway.Tracking;

namespace Slipway.Registry;

/// <summary>Finds versions by filter, a page at a time.</summary>
internal static class ModelVersionSearch
{
    /// <summary>One page.</summary>
    public static Outcome<ModelVersionsPage> Page(Session session, Caller caller, SearchModelVersions query)
    {
        var size = query.MaxResults ?? SearchModelVersions.MaxResultsDefault;
        if (SearchPage.CheckSize(size, SearchModelVersions.MaxResultsMax) is { } badSize) return badSize;
        var filter = FilterParser.Parse(query.Filter, RegistryFilter.Versions);
        if (!filter.Succeeded) return filter.Problem;
        var orderBy = OrderByParser.Parse(query.OrderBy, RegistryFilter.VersionsOrder);
        if (!orderBy.Succeeded) return orderBy.Problem;
        var order = Order(orderBy.Value);
        var fingerprint = PageToken.Fingerprint("model-versions", filter.Value.ToString(), string.Join(',', orderBy.Value));
        var after = order.After(query.PageToken, fingerprint);
        if (!after.Succeeded) return after.Problem;

        var sql = new SearchSql(session.Dialect);
        var found = RegistryListing.Read(session, sql, columns =>
            $"SELECT v.no, {columns} FROM model_versions v WHERE v.workspace_id = {sql.Add(caller.Workspace)} AND v.is_prompt = {(RegistryFilter.AsksForPrompts(filter.Value) ? 1 : 0)}" +
            $" AND {SearchSql.Tree(filter.Value, clause => Condition(clause, sql, caller))}{RegistryListing.Visible(sql, caller, "v.model_id")}", order, after.Value, (int)size);
        var (versions, taken) = Pages.Take(found, (int)size, numbers => ModelVersions.Records(session, numbers), Pages.Chars);
        return new ModelVersionsPage(versions.Count == 0 ? null : [.. versions], Pages.Next(found, taken, fingerprint));
    }

    private static string Condition(Clause clause, SearchSql sql, Caller caller) => clause.Field switch
    {
        { Kind: FieldKind.Tag } when RegistryFilter.IsAboutPrompts(clause) => RegistryListing.Prompt(sql, "v.is_prompt", clause),
        { Kind: FieldKind.Tag } => RegistryListing.Tag(sql, "model_version_tags", "version_no", "v.no", clause),
        { Key: RegistryFilter.Alias } => $"EXISTS (SELECT 1 FROM registered_model_aliases a WHERE a.model_id = v.model_id AND a.version = v.version AND {sql.Compare("a.alias", clause)})",
        // A pattern is tried on the names of the models, of which there are fewer.
        { Key: RegistryFilter.Name } when clause.Comparator is not (Comparator.Equal or Comparator.In) =>
            $"v.model_id IN (SELECT m.id FROM registered_models m WHERE m.workspace_id = {sql.Add(caller.Workspace)} AND {sql.Compare("m.name", clause)})",
        { Key: RegistryFilter.Stage } => sql.Compare("v.stage", Canonical(clause)),
        _ => sql.Compare(Column(clause.Field.Key), clause),
    };

    /// <summary>Stages are known in any case of letters.</summary>
    private static Clause Canonical(Clause clause) => clause switch
    {
        { Comparator: Comparator.Equal or Comparator.NotEqual, Value: TextValue text } => clause with { Value = new TextValue(ModelStage.Parse(text.Text) ?? text.Text) },
        { Value: ListValue list } => clause with { Value = new ListValue([.. list.Texts.Select(static text => ModelStage.Parse(text) ?? text)]) },
        _ => clause,
    };

    /// <summary>By default the newest first; ties by name, and in a model the newest version first.</summary>
    private static SearchOrder Order(IReadOnlyList<OrderKey> asked)
    {
        var keys = asked.Select(static key => Key(key.Field.Key, key.Descending)).ToList();
        if (keys.Count == 0) keys.Add(Key(RegistryFilter.LastUpdatedTime, true));
        if (!keys.Exists(static key => key.Field.Key == RegistryFilter.Name)) keys.Add(Key(RegistryFilter.Name, false));
        if (!keys.Exists(static key => key.Field.Key == RegistryFilter.VersionNumber)) keys.Add(Key(RegistryFilter.VersionNumber, true));
        return new SearchOrder(keys);
    }

    private static SortKey Key(string name, bool descending) => SortKey.Attribute(name, descending, name != RegistryFilter.Name, Column(name));

    private static string Column(string name) => name switch
    {
        RegistryFilter.Name => "v.name",
        RegistryFilter.CreationTime => "v.created_ms",
        RegistryFilter.UserId => "v.user_id",
        RegistryFilter.RunId => "v.run_id",
        RegistryFilter.Source => "v.source",
        RegistryFilter.VersionNumber => "v.version",
        RegistryFilter.ModelId => "v.logged_model_id",
        _ => "v.updated_ms",
    };
}
