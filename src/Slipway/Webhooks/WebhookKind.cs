using System.Text.Json.Nodes;

namespace Slipway.Webhooks;

/// <summary>The kinds of change that can be told, with an example of what is said: the reference's, and some of ours.</summary>
internal static class WebhookKind
{
    public const string ModelCreated = "registered_model.created";
    public const string ModelDeleted = "registered_model.deleted";
    public const string VersionCreated = "model_version.created";
    public const string VersionUpdated = "model_version.updated";
    public const string VersionInspected = "model_version.inspected";
    public const string VersionDeleted = "model_version.deleted";
    public const string EvaluationFinished = "model_evaluation.finished";
    public const string VersionTagSet = "model_version_tag.set";
    public const string VersionTagDeleted = "model_version_tag.deleted";
    public const string AliasCreated = "model_version_alias.created";
    public const string AliasDeleted = "model_version_alias.deleted";
    public const string PromptCreated = "prompt.created";
    public const string PromptVersionCreated = "prompt_version.created";
    public const string PromptTagSet = "prompt_tag.set";
    public const string PromptTagDeleted = "prompt_tag.deleted";
    public const string PromptVersionTagSet = "prompt_version_tag.set";
    public const string PromptVersionTagDeleted = "prompt_version_tag.deleted";
    public const string PromptAliasCreated = "prompt_alias.created";
    public const string PromptAliasDeleted = "prompt_alias.deleted";

    public const string ApprovalAsked = "approval_request.created";
    public const string ApprovalGiven = "approval_request.approved";
    public const string ApprovalRejected = "approval_request.rejected";
    public const string ApprovalExpired = "approval_request.expired";
    public const string ApprovalWithdrawn = "approval_request.withdrawn";

    public const string EndpointCreated = "endpoint.created";
    public const string EndpointUpdated = "endpoint.updated";
    public const string EndpointDeleted = "endpoint.deleted";
    public const string CanaryStarted = "endpoint_canary.started";
    public const string CanaryPromoted = "endpoint_canary.promoted";
    public const string CanaryRolledBack = "endpoint_canary.rolled_back";

    /// <summary>The reference's of another capability: it can be asked for, and nothing here tells it.</summary>
    public const string BudgetExceeded = "budget_policy.exceeded";

    private static readonly Dictionary<string, string> Examples = new()
    {
        [ModelCreated] = """{"name":"example_model","tags":{"example_key":"example_value"},"description":"An example registered model"}""",
        [ModelDeleted] = """{"name":"example_model"}""",
        [VersionCreated] = """{"name":"example_model","version":"1","source":"models:/123","run_id":"abcd1234abcd5678","tags":{"example_key":"example_value"},"description":"An example model version"}""",
        [VersionUpdated] = """{"name":"example_model","version":"1","stage":"Production","previous_stage":"Staging","reason":"It is better"}""",
        [VersionInspected] = """{"name":"example_model","version":"1","status":"clean","findings":"0"}""",
        [VersionDeleted] = """{"name":"example_model","version":"1"}""",
        [EvaluationFinished] = """{"name":"example_model","version":"1","evaluation":"12","dataset":"example_dataset","status":"DONE","problem":null}""",
        [VersionTagSet] = """{"name":"example_model","version":"1","key":"example_key","value":"example_value"}""",
        [VersionTagDeleted] = """{"name":"example_model","version":"1","key":"example_key"}""",
        [AliasCreated] = """{"name":"example_model","alias":"example_alias","version":"1"}""",
        [AliasDeleted] = """{"name":"example_model","alias":"example_alias"}""",
        [PromptCreated] = """{"name":"example_prompt","tags":{"example_key":"example_value"},"description":"An example prompt"}""",
        [PromptVersionCreated] = """{"name":"example_prompt","version":"1","template":"Hello {{name}}!","tags":{"example_key":"example_value"},"description":"An example prompt version"}""",
        [PromptTagSet] = """{"name":"example_prompt","key":"example_key","value":"example_value"}""",
        [PromptTagDeleted] = """{"name":"example_prompt","key":"example_key"}""",
        [PromptVersionTagSet] = """{"name":"example_prompt","version":"1","key":"example_key","value":"example_value"}""",
        [PromptVersionTagDeleted] = """{"name":"example_prompt","version":"1","key":"example_key"}""",
        [PromptAliasCreated] = """{"name":"example_prompt","alias":"example_alias","version":"1"}""",
        [PromptAliasDeleted] = """{"name":"example_prompt","alias":"example_alias"}""",
        [ApprovalAsked] = """{"name":"example_model","version":"1","stage":null,"alias":"champion","request_id":"7","by":"ann","comment":"It is better"}""",
        [ApprovalGiven] = """{"name":"example_model","version":"1","stage":null,"alias":"champion","request_id":"7","by":"bob","comment":"So it is"}""",
        [ApprovalRejected] = """{"name":"example_model","version":"1","stage":null,"alias":"champion","request_id":"7","by":"bob","comment":"It is not"}""",
        [ApprovalExpired] = """{"name":"example_model","version":"1","stage":null,"alias":"champion","request_id":"7","by":"system:approvals","comment":null}""",
        [ApprovalWithdrawn] = """{"name":"example_model","version":"1","stage":null,"alias":"champion","request_id":"7","by":"ann","comment":"Not yet"}""",
        [EndpointCreated] = """{"name":"example_endpoint","revision":"1","change":"created","arms":"champion=example_model/1 100","reason":null}""",
        [EndpointUpdated] = """{"name":"example_endpoint","revision":"2","change":"routed","arms":"champion=example_model/1 90, b=example_model/2 10","reason":"To compare"}""",
        [EndpointDeleted] = """{"name":"example_endpoint"}""",
        [CanaryStarted] = """{"name":"example_endpoint","model":"example_model","version":"2","reason":"It is better"}""",
        [CanaryPromoted] = """{"name":"example_endpoint","model":"example_model","version":"2","reason":"It went through all steps"}""",
        [CanaryRolledBack] = """{"name":"example_endpoint","model":"example_model","version":"2","reason":"errors: 2.1 % against 1.0 %"}""",
        [BudgetExceeded] = """{"budget_policy_id":"bp-abc123","budget_unit":"USD","budget_amount":100.0,"current_spend":105.5,"duration_unit":"MONTHS","duration_value":1,"target_scope":"WORKSPACE","workspace":"default","window_start":1704067200000}""",
    };

    /// <summary>The kind of a request's event, or null.</summary>
    public static string? Of(WebhookEvent? sent) =>
        $"{sent?.Entity}.{sent?.Action}".ToLowerInvariant() is var kind && Examples.ContainsKey(kind) ? kind : null;

    /// <summary>The wire's record of a kind.</summary>
    public static WebhookEvent Record(string kind) => kind.ToUpperInvariant().Split('.') is [var entity, var action] ? new WebhookEvent(entity, action) : new WebhookEvent();

    /// <summary>What a test says.</summary>
    public static JsonObject Example(string kind) => (JsonObject)JsonNode.Parse(Examples[kind])!;

    /// <summary>For error texts.</summary>
    public static string Known => string.Join(", ", Examples.Keys);
}
