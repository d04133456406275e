using System.Text.Json;
using System.Text.Json.Serialization;
using Slipway.Access;
using Slipway.Cli.Charts;
using Slipway.Cli.Commands;
using Slipway.Cli.Doctor;
using Slipway.Cli.Import;
using Slipway.Cli.Relay;
using Slipway.Cli.Reproduce;
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
[JsonSerializable(typeof(List<SyncedLog>))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(ReproduceReport))]
[JsonSerializable(typeof(Created))]
[JsonSerializable(typeof(ModelView))]
[JsonSerializable(typeof(List<ModelView>))]
[JsonSerializable(typeof(List<ModelStayView>))]
[JsonSerializable(typeof(Slipway.Registry.ModelRolledBack))]
[JsonSerializable(typeof(Slipway.Registry.EvalDataset))]
[JsonSerializable(typeof(Slipway.Registry.EvalDataset[]))]
[JsonSerializable(typeof(Slipway.Registry.EvalDatasetVersion))]
[JsonSerializable(typeof(Slipway.Registry.ModelEvaluation))]
[JsonSerializable(typeof(Slipway.Registry.ModelEvaluation[]))]
[JsonSerializable(typeof(Slipway.Registry.ModelPromotion))]
[JsonSerializable(typeof(Slipway.Webhooks.Webhook))]
[JsonSerializable(typeof(Slipway.Webhooks.Webhook[]))]
[JsonSerializable(typeof(Slipway.Webhooks.WebhookDelivery[]))]
[JsonSerializable(typeof(Slipway.Webhooks.WebhookTestResult))]
[JsonSerializable(typeof(Slipway.Registry.ModelPackage))]
[JsonSerializable(typeof(Slipway.Registry.ModelSignature))]
[JsonSerializable(typeof(List<Slipway.Registry.ModelKey>))]
[JsonSerializable(typeof(Slipway.Jobs.JobQueueSize[]))]
[JsonSerializable(typeof(Slipway.Jobs.JobRecord[]))]
[JsonSerializable(typeof(Slipway.Jobs.JobFailure[]))]
[JsonSerializable(typeof(Slipway.Jobs.JobAnswer))]
[JsonSerializable(typeof(Slipway.Jobs.JobScheduleRecord[]))]
[JsonSerializable(typeof(AuditReport))]
[JsonSerializable(typeof(List<EventView>))]
[JsonSerializable(typeof(PersonalDataReport))]
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
[JsonSerializable(typeof(List<SecretView>))]
[JsonSerializable(typeof(SecretsRotated))]
[JsonSerializable(typeof(ImportSummary))]
[JsonSerializable(typeof(Commands.GarbageList))]
[JsonSerializable(typeof(Slipway.Tracking.GarbageCollected))]
[JsonSerializable(typeof(ExportedPoint))]
[JsonSerializable(typeof(Comparison))]
[JsonSerializable(typeof(List<SeriesView>))]
[JsonSerializable(typeof(RelayStatus))]
[JsonSerializable(typeof(Score.ScoreSummary))]
internal sealed partial class CliJson : JsonSerializerContext;

/// <summary>What a create command answers.</summary>
internal sealed record Created(string Id);

/// <summary>What backup and restore answer; rows and blobs are absent when the server wrote the file.</summary>
internal sealed record BackupDone(string File, long Bytes, long? Rows, long? Blobs);

/// <summary>An event as `audit list --json` prints it: its details as the object that they are.</summary>
internal sealed record EventView(long Position, DateTimeOffset At, string Kind, string Subject, string? Actor, string? Address, JsonElement? Data, long? Workspace)
{
    public static EventView Of(EventEntry entry) => new(entry.Position, DateTimeOffset.FromUnixTimeMilliseconds(entry.AtMs), entry.Kind, entry.Subject, entry.Actor, entry.Address,
        entry.Data is null ? null : JsonElement.Parse(entry.Data), entry.Workspace);
}

/// <summary>MLflow's words: RUNNING, FINISHED and so on.</summary>
internal sealed class StatusWords() : JsonStringEnumConverter<RunStatus>(JsonNamingPolicy.SnakeCaseUpper);

/// <summary>ok, warn, fail.</summary>
internal sealed class VerdictWords() : JsonStringEnumConverter<Verdict>(JsonNamingPolicy.SnakeCaseLower);
