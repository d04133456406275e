using Slipway.Tracking;

namespace Slipway.Serving;

/// <summary>Reads what requests are to meet: absent fields stay as they were, empty ones are taken away.</summary>
internal static class SettingsReader
{
    /// <summary>The most input rules, and the most categories of one.</summary>
    public const int RulesMax = 1_000;

    /// <summary>The longest time limit, in milliseconds: an hour.</summary>
    public const long TimeoutMsMax = 3_600_000;

    /// <summary>Reads them.</summary>
    public static Outcome<EndpointSettings> Read(SaveEndpoint request, EndpointSettings before)
    {
        if (request.Detail is not (null or "none" or "shape" or "full")) return Problem.Invalid($"detail: expected none, shape or full, got '{SearchText.Cut(request.Detail)}'.");
        if (request.TimeoutMs is < 0 or > TimeoutMsMax) return Problem.Invalid($"timeout_ms: expected 1 to {TimeoutMsMax:N0}, or 0 for no limit, got {request.TimeoutMs}.");
        if (request.Sticky is { } sticky && Check(sticky) is { } badKey) return badKey;
        if (request.Bandit is { } bandit && Check(bandit) is { } badBandit) return badBandit;
        if (request.InputRules is { } rules && Check(rules) is { } badRule) return badRule;
        return before with
        {
            Detail = request.Detail ?? before.Detail,
            TimeoutMs = request.TimeoutMs is { } timeout ? timeout == 0 ? null : timeout : before.TimeoutMs,
            Sticky = request.Sticky is { } said ? said == new StickyKey() ? null : said : before.Sticky,
            Bandit = request.Bandit is { } one ? one.Reward is null ? null : one with { Arms = null } : before.Bandit,
            InputRules = request.InputRules is { } some ? some.Length == 0 ? null : some : before.InputRules,
        };
    }

    private static Problem? Check(StickyKey sticky)
    {
        string?[] said = [sticky.Header, sticky.Json, sticky.Column];
        if (said.Count(static one => one is not null) > 1) return Problem.Invalid("sticky: expected one of header, json and column.");
        if (Array.Find(said, static one => one is not null) is { } text && text.Length is 0 or > 250) return Problem.Invalid("sticky: expected 1 to 250 characters.");
        if (sticky.Header is { } header && !header.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_')) return Problem.Invalid($"sticky.header: expected letters, digits, '-' and '_', got '{SearchText.Cut(header)}'.");
        return sticky.Json is { } pointer && pointer[0] != '/' ? Problem.Invalid($"sticky.json: expected a JSON pointer such as /user/id, got '{SearchText.Cut(pointer)}'.") : null;
    }

    private static Problem? Check(Bandit bandit) =>
        bandit.Reward is not (null or "binary" or "value") ? Problem.Invalid($"bandit.reward: expected binary or value, got '{SearchText.Cut(bandit.Reward)}'.")
        : bandit.Reward is null && (bandit.FloorPercent is not null || bandit.Minimize is not null) ? Problem.Missing("bandit.reward")
        : bandit.FloorPercent is { } floor && !(floor >= 0 && floor <= 100.0 / Endpoint.ArmsMax) ? Problem.Invalid($"bandit.floor_percent: expected 0 to {100.0 / Endpoint.ArmsMax}, so that all arms have room.")
        : null;

    private static Problem? Check(InputRule[] rules)
    {
        if (rules.Length > RulesMax) return Problem.Invalid($"input_rules: at most {RulesMax:N0}, got {rules.Length:N0}.");
        for (var i = 0; i < rules.Length; i++)
        {
            if (rules[i] is not { Column.Length: > 0 and <= 1_024 } rule) return Problem.Invalid($"input_rules[{i}].column: expected a column's name.");
            if (rule.Action is not ("reject" or "warn" or "clip")) return Problem.Invalid($"input_rules[{i}].action: expected reject, warn or clip.");
            if (rule is { Min: null, Max: null, Categories: null }) return Problem.Invalid($"input_rules[{i}]: expected min, max or categories.");
            if (rule.Min > rule.Max || rule.Min is { } min && !double.IsFinite(min) || rule.Max is { } max && !double.IsFinite(max)) return Problem.Invalid($"input_rules[{i}]: expected finite bounds, min not above max.");
            if (rule.Categories is { } categories && (categories.Length is 0 or > RulesMax || categories.Any(static one => one is null or { Length: > 1_000 }))) return Problem.Invalid($"input_rules[{i}].categories: expected 1 to {RulesMax:N0} texts.");
        }
        return null;
    }
}
