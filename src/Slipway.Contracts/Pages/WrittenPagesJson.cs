using System.Text.Json.Serialization;

namespace Slipway.Pages;

/// <summary>How the records of what people write on pages are read and written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    MaxDepth = Wire.DepthMax)]
[JsonSerializable(typeof(SavedView))]
[JsonSerializable(typeof(CreateView))]
[JsonSerializable(typeof(UpdateView))]
[JsonSerializable(typeof(ViewRef))]
[JsonSerializable(typeof(ListViews))]
[JsonSerializable(typeof(ViewsPage))]
[JsonSerializable(typeof(Report))]
[JsonSerializable(typeof(CreateReport))]
[JsonSerializable(typeof(UpdateReport))]
[JsonSerializable(typeof(ReportRef))]
[JsonSerializable(typeof(ListReports))]
[JsonSerializable(typeof(ReportsPage))]
[JsonSerializable(typeof(ReportVersions))]
[JsonSerializable(typeof(ReportVersion))]
[JsonSerializable(typeof(ReportVersionRef))]
[JsonSerializable(typeof(Note))]
[JsonSerializable(typeof(WriteNote))]
[JsonSerializable(typeof(EditNote))]
[JsonSerializable(typeof(NoteRef))]
[JsonSerializable(typeof(ListNotes))]
[JsonSerializable(typeof(NotesPage))]
[JsonSerializable(typeof(ListChanges))]
[JsonSerializable(typeof(SubjectChanges))]
public sealed partial class WrittenPagesJson : JsonSerializerContext;
