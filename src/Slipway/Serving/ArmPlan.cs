using System.Globalization;
using Slipway.Registry;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>From what a request says of arms to what is routed: models and versions found, names given, weights and limits checked.</summary>
internal static class ArmPlan
{
    /// <summary>The largest weight.</summary>
    public const double WeightMax = 1e6;

    /// <summary>Reads all arms of an endpoint.</summary>
    public static Outcome<List<ArmRow>> Of(Session session, Caller caller, EndpointArmRoute[]? asked, string path = "arms")
    {
        if (asked is not { Length: > 0 }) return Problem.Invalid($"{path}: expected at least one arm, such as {{\"model\": \"flights\", \"alias\": \"champion\"}}.");
        if (asked.Length > Endpoint.ArmsMax) return Problem.Invalid($"{path}: an endpoint has at most {Endpoint.ArmsMax} arms, got {asked.Length}.");
        var arms = new List<ArmRow>();
        for (var i = 0; i < asked.Length; i++)
        {
            if (asked[i] is not { } one) return Problem.Invalid($"{path}[{i}]: expected an arm.");
            var arm = Of(session, caller, one with { Weight = one.Weight ?? (asked.Length == 1 && one.Shadow is not true ? 100 : 0) }, $"{path}[{i}]");
            if (arm.Problem is { } bad) return bad;
            arms.Add(arm.Value);
        }
        return Check(arms, path) is { } wrong ? wrong : arms;
    }

    /// <summary>What all arms of an endpoint have to be together.</summary>
    public static Problem? Check(List<ArmRow> arms, string path = "arms")
    {
        if (arms.Count > Endpoint.ArmsMax) return Problem.Invalid($"{path}: an endpoint has at most {Endpoint.ArmsMax} arms, got {arms.Count}. Take some away first.");
        if (arms.GroupBy(static arm => arm.Name).FirstOrDefault(static group => group.Count() > 1) is { } twice) return Problem.Invalid($"{path}: two arms are called '{twice.Key}'. Say a name for each.");
        if (arms.Count(static arm => arm.Shadow) is > Endpoint.ShadowsMax and var shadows) return Problem.Invalid($"{path}: at most {Endpoint.ShadowsMax} arms are shadows, got {shadows}.");
        return arms.Exists(static arm => arm is { Shadow: false, Weight: > 0 }) ? null : Problem.Invalid($"{path}: expected an arm with a weight above 0: the others answer nobody who does not name them.");
    }

    /// <summary>Reads one arm.</summary>
    public static Outcome<ArmRow> Of(Session session, Caller caller, EndpointArmRoute asked, string path)
    {
        var weight = asked.Weight ?? 0;
        if (!double.IsFinite(weight) || weight is < 0 or > WeightMax) return Problem.Invalid($"{path}.weight: expected 0 to {WeightMax:N0}, got {weight.ToString(CultureInfo.InvariantCulture)}.");
        if (asked.Shadow is true && weight > 0) return Problem.Invalid($"{path}.weight: a shadow answers nobody, so it has no weight.");
        if (RegistryCheck.Name(asked.Model, path + ".model") is { } badModel) return badModel;
        string?[] said = [asked.Version, asked.Alias, asked.Stage];
        if (said.Count(static one => !string.IsNullOrEmpty(one)) != 1) return Problem.Invalid($"{path}: expected one of version, alias and stage.");
        // To route a model is to let others ask it: it takes the right to see it.
        var looking = caller with { Acting = Right.None };
        if (RegisteredModels.Find(session, looking, asked.Model!, "", out var model) is { } refused) return refused;
        if (model.IsPrompt) return Problem.Invalid($"{path}.model: '{model.Name}' is a prompt, which predicts nothing.");
        (StayKind, string)? follows = null;
        long version;
        if (!string.IsNullOrEmpty(asked.Version))
        {
            var number = RegistryCheck.Version(asked.Version);
            if (number.Problem is { } badNumber) return badNumber with { Message = $"{path}.version: {badNumber.Message}" };
            version = number.Value;
        }
        else
        {
            if (!string.IsNullOrEmpty(asked.Alias))
            {
                if (RegistryCheck.NewAlias(asked.Alias) is { } badAlias) return badAlias;
                follows = (StayKind.Alias, asked.Alias);
            }
            else
            {
                var stage = StageSets.Resolve(session, model.Id, asked.Stage!);
                if (stage.Problem is { } unknown) return unknown;
                if (stage.Value.Name is ModelStage.None or ModelStage.Archived) return Problem.Invalid($"{path}.stage: what is in {stage.Value.Name} is not for use.");
                follows = (StayKind.Stage, stage.Value.Name);
            }
            var (kind, slot) = follows.Value;
            if (Stays.Current(session, model.Id, kind, slot) is not { } standing) return Problem.NotFound($"{path}: nothing stands {(kind is StayKind.Alias ? $"behind the alias '{slot}'" : $"in the stage {slot}")} of '{model.Name}'. `slipway models show {GateChecks.Quoted(model.Name)}` says what stands where.");
            version = standing;
        }
        if (ModelVersions.Row(session, model.Id, version) is not { } row) return ModelVersions.Missing(model.Name, version);
        if (Packages.Recorded(session, row.No).Count == 0) return Problem.Invalid($"{path}: the files of version {version} of '{model.Name}' do not lie on this server, so that it cannot serve them. Log the model here and register that.");
        var name = string.IsNullOrEmpty(asked.Name) ? Default(follows, version) : asked.Name;
        return EndpointNames.Check(name, path + ".name") is { } badName ? badName : new ArmRow(name, model.Id, model.Name, version, follows?.Item1, follows?.Item2, weight, asked.Shadow is true);
    }

    /// <summary>Puts an arm beside others with a share of the whole, 0 to 1; the others keep the rest in their proportions.</summary>
    public static List<ArmRow> WithShare(IReadOnlyList<ArmRow> others, ArmRow arm, double share)
    {
        var sum = others.Where(static one => !one.Shadow).Sum(static one => one.Weight);
        return [.. others.Select(one => sum > 0 && !one.Shadow ? one with { Weight = one.Weight / sum * (1 - share) * 100 } : one), arm with { Weight = share * 100 }];
    }

    /// <summary>The arm with the largest weight; of equal ones the first.</summary>
    public static ArmRow Main(IReadOnlyList<ArmRow> arms) => arms.Where(static arm => !arm.Shadow).MaxBy(static arm => arm.Weight)!;

    private static string Default((StayKind Kind, string Slot)? follows, long version) => follows switch
    {
        (StayKind.Alias, var alias) => alias,
        (_, var stage) => new string([.. stage.ToLowerInvariant().Select(static one => char.IsAsciiLetterOrDigit(one) ? one : '-')]),
        null => "v" + version.ToString(CultureInfo.InvariantCulture),
    };
}
