using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Registry;
using Slipway.Storage;

namespace Slipway.Serving;

/// <summary>One row of `endpoints`.</summary>
internal sealed record EndpointRow(long Id, long Workspace, string Name, string? Description, string? Paused, long Revision, long Salt, EndpointSettings Settings, long MadeMs, string MadeBy, long UpdatedMs, string UpdatedBy)
{
    /// <summary>How events name it.</summary>
    public string Subject => Endpoints.Subject(Id);
}

/// <summary>What requests meet whichever arm they get.</summary>
internal sealed record EndpointSettings(StickyKey? Sticky = null, string? Detail = null, long? TimeoutMs = null, Bandit? Bandit = null, InputRule[]? InputRules = null);

/// <summary>An arm as it is routed: a model's version, and what it follows, if it does.</summary>
internal sealed record ArmRow(string Name, long ModelId, string Model, long Version, StayKind? Kind, string? Slot, double Weight, bool Shadow)
{
    /// <summary>What gates keep out, or null.</summary>
    [JsonIgnore]
    public HeldVersion? Held { get; init; }

    /// <summary>For the wire.</summary>
    public EndpointArmRoute Wire => new(Name, Model, RegisteredModels.Text(Version), Kind is StayKind.Alias ? Slot : null, Kind is StayKind.Stage ? Slot : null, Weight, Shadow);
}

/// <summary>Reading endpoints and their arms.</summary>
internal sealed partial class Endpoints
{
    private const string Columns = "SELECT id, workspace_id, name, description, paused, revision, salt, settings, made_ms, made_by, updated_ms, updated_by FROM endpoints";

    private const string ArmColumns = """
        SELECT endpoint_id, name, model_id, version, kind, slot, weight, shadow, held_version, held_ms, held_reason, held_evaluation FROM endpoint_arms
        """;

    /// <summary>How events name an endpoint.</summary>
    public static string Subject(long id) => "endpoint/" + RegisteredModels.Text(id);

    /// <summary>The endpoint of a name if the caller may do with it what the request is for, else why not. <paramref name="hold"/> is the dialect's row lock.</summary>
    public static Problem? Find(Session session, Caller caller, string? name, string hold, out EndpointRow row)
    {
        row = null!;
        if (string.IsNullOrEmpty(name)) return Problem.Missing("name");
        var missing = Problem.NotFound($"There is no endpoint '{(name.Length > Endpoint.NameCharsMax ? name[..Endpoint.NameCharsMax] : name)}'. `slipway endpoints list` says which there are.");
        if (EndpointNames.Check(name, "name") is not null) return missing;
        row = session.First($"{Columns} WHERE workspace_id = $1 AND name = $2{hold}", Read, caller.Workspace, name)!;
        return row is null ? missing : caller.Refused(RootKind.Endpoint, row.Id, missing);
    }

    /// <summary>The key of an endpoint that the caller may say something about, by its name.</summary>
    public static Outcome<long> Manageable(Session session, Caller caller, string name) => Find(session, caller, name, "", out var row) is { } refused ? refused : row.Id;

    /// <summary>The names of endpoints by their keys, whatever their workspace.</summary>
    public static IReadOnlyDictionary<long, string> Names(Session session, IReadOnlyCollection<long> ids) =>
        session.Query($"SELECT id, name FROM endpoints WHERE id {session.Dialect.InLongs("$1")}", static row => (Id: row.Long(0), Name: row.Text(1)), Arg.Longs(ids)).ToDictionary(static row => row.Id, static row => row.Name);

    /// <summary>All endpoints of the installation, and the arms of each in order. For who serves them.</summary>
    public static (List<EndpointRow> Rows, ILookup<long, ArmRow> Arms) All(Session session) => (session.Query(Columns + " ORDER BY id", Read), Arms(session, ""));

    /// <summary>The arms of one endpoint, in order.</summary>
    public static List<ArmRow> ArmsOf(Session session, long endpoint) => [.. Arms(session, " WHERE endpoint_id = $1", endpoint)[endpoint]];

    private static ILookup<long, ArmRow> Arms(Session session, string where, params ReadOnlySpan<Arg> args)
    {
        var rows = session.Query($"{ArmColumns}{where} ORDER BY endpoint_id, position", ReadArm, args);
        var names = RegisteredModels.Names(session, [.. rows.Select(static row => row.Arm.ModelId).Distinct()]);
        return rows.ToLookup(static row => row.Endpoint, row => row.Arm with { Model = names.GetValueOrDefault(row.Arm.ModelId) ?? "" });
    }

    private static EndpointRow Read(Row row) => new(row.Long(0), row.Long(1), row.Text(2), row.TextOrNull(3), row.TextOrNull(4), row.Long(5), row.Long(6), JsonSerializer.Deserialize(row.Text(7), ServingJson.Default.EndpointSettings)!,
        row.Long(8), row.Text(9), row.Long(10), row.Text(11));

    private static (long Endpoint, ArmRow Arm) ReadArm(Row row) => (row.Long(0),
        new ArmRow(row.Text(1), row.Long(2), "", row.Long(3), (StayKind?)(int?)row.LongOrNull(4), row.TextOrNull(5), row.Double(6), row.Bool(7))
        {
            Held = row.LongOrNull(8) is { } held ? new HeldVersion(RegisteredModels.Text(held), row.LongOrNull(9) ?? 0, row.TextOrNull(10), row.LongOrNull(11) is { } said ? RegisteredModels.Text(said) : null) : null,
        });
}

/// <summary>How this folder keeps what it keeps as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(EndpointSettings))]
[JsonSerializable(typeof(List<ArmRow>))]
[JsonSerializable(typeof(CanaryPlan))]
[JsonSerializable(typeof(CanaryTest[]))]
[JsonSerializable(typeof(ArmCounts))]
[JsonSerializable(typeof(Prediction.TallyBins))]
internal sealed partial class ServingJson : JsonSerializerContext;
