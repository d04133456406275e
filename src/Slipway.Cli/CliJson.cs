using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Access;
using Slipway.Cli.Doctor;
using Slipway.Client;
using Slipway.Events;

namespace Slipway.Cli;

/// <summary>The JSON that commands print: snake_case, times in ISO 8601, absent values left out. docs/cli.md shows each shape.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters = [typeof(StatusWords), typeof(VerdictWords)])]
[JsonSerializable(typeof(Experiment))]
[JsonSerializable(typeof(List<Experiment>))]
[JsonSerializable(typeof(Run))]
[JsonSerializable(typeof(List<Run>))]
[JsonSerializable(typeof(List<ArtifactFile>))]
[JsonSerializable(typeof(Created))]
[JsonSerializable(typeof(AuditReport))]
[JsonSerializable(typeof(BackupDone))]
[JsonSerializable(typeof(List<Check>))]
[JsonSerializable(typeof(WhoAmI))]
[JsonSerializable(typeof(MemberView))]
[JsonSerializable(typeof(List<MemberView>))]
[JsonSerializable(typeof(List<HeldRole>))]
[JsonSerializable(typeof(List<GrantEntry>))]
[JsonSerializable(typeof(EffectiveAccess))]
[JsonSerializable(typeof(TokenView))]
[JsonSerializable(typeof(List<TokenView>))]
[JsonSerializable(typeof(Workspace))]
[JsonSerializable(typeof(List<Workspace>))]
internal sealed partial class CliJson : JsonSerializerContext;

/// <summary>What a create command answers.</summary>
internal sealed record Created(string Id);

/// <summary>What backup and restore answer; rows and blobs are absent when the server wrote the file.</summary>
internal sealed record BackupDone(string File, long Bytes, long? Rows, long? Blobs);

/// <summary>MLflow's words: RUNNING, FINISHED and so on.</summary>
internal sealed class StatusWords() : JsonStringEnumConverter<RunStatus>(JsonNamingPolicy.SnakeCaseUpper);

/// <summary>ok, warn, fail.</summary>
internal sealed class VerdictWords() : JsonStringEnumConverter<Verdict>(JsonNamingPolicy.SnakeCaseLower);
