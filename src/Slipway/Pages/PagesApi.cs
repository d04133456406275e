using static Slipway.Right;

namespace Slipway.Pages;

/// <summary>The routes of what people write on pages: saved views, reports, notes, and the history of what they look at.</summary>
internal static class PagesApi
{
    /// <summary>Adds them.</summary>
    public static void Map(Routes routes, SavedViews views, Reports reports, Notes notes, SubjectHistory history)
    {
        Wire.Add(WrittenPagesJson.Default);
        var api = routes.Under("/api/slipway/v1");

        // Whoever may read may keep a view and say something about what they see; a token that may only read may not.
        api.Get<ListViews, ViewsPage>("/views", ReadExperiments, $"Lists saved views that the caller may see, the last changed first, at most {ListViews.MaxMax:N0} a page.", views.List);
        api.Post<CreateView, SavedView>("/views", ReadExperiments | SignedIn, $"Saves a view of 1 to {SavedView.ExperimentsMax} experiments with a state of at most {SavedView.StateBytesMax / 1024} KB.", views.Create);
        api.Get<ViewRef, SavedView>("/views/{id}", ReadExperiments, "Answers a saved view with its state.", views.Get);
        api.Patch<UpdateView, SavedView>("/views/{id}", ReadExperiments | SignedIn, "Changes a saved view; for its owner and whoever manages its experiments.", views.Update);
        api.Delete<ViewRef, Done>("/views/{id}", ReadExperiments | SignedIn, "Deletes a saved view; for its owner and whoever manages its experiments.", views.Delete);

        api.Get<ListReports, ReportsPage>("/reports", ReadExperiments, $"Lists reports that the caller may see, the last changed first, at most {ListReports.MaxMax:N0} a page; q looks into titles.", reports.List);
        api.Add<CreateReport, Report>("POST", "/reports", WriteExperiments, $"Makes a report: a title and Markdown of at most {Report.TextBytesMax / 1024 / 1024} MB.", reports.Create, Report.BodyBytesMax);
        api.Get<ReportRef, Report>("/reports/{id}", ReadExperiments, "Answers a report with its text.", reports.Get);
        api.Add<UpdateReport, Report>("PATCH", "/reports/{id}", WriteExperiments, "Changes the version of a report that the caller read; 409 says who changed it meanwhile.", reports.Update, Report.BodyBytesMax);
        api.Delete<ReportRef, Done>("/reports/{id}", WriteExperiments, "Deletes a report softly.", reports.Delete);
        api.Post<ReportRef, Done>("/reports/{id}/restore", WriteExperiments, "Restores a deleted report.", reports.Restore);
        api.Get<ReportRef, ReportVersions>("/reports/{id}/versions", ReadExperiments, $"Lists the newest {Report.VersionsMax} versions of a report.", reports.Versions);
        api.Get<ReportVersionRef, ReportVersion>("/reports/{id}/versions/{version}", ReadExperiments, "Answers one version of a report with its text.", reports.GetVersion);

        api.Get<ListNotes, NotesPage>("/notes", ReadExperiments, $"Lists the notes about a run, an experiment or a report, the oldest first, at most {ListNotes.MaxMax} a page.", notes.List);
        api.Post<WriteNote, Note>("/notes", ReadExperiments | SignedIn, $"Writes a note about a run, an experiment or a report: Markdown of at most {Note.TextBytesMax / 1024} KB.", notes.Write);
        api.Patch<EditNote, Note>("/notes/{id}", ReadExperiments | SignedIn, "Edits a note; for its author.", notes.Edit);
        api.Delete<NoteRef, Done>("/notes/{id}", ReadExperiments | SignedIn, "Deletes a note; for its author and whoever manages what it is about.", notes.Delete);

        api.Get<ListChanges, SubjectChanges>("/history", ReadExperiments, $"Answers who changed what of a run, an experiment or a report, the newest first, at most {ListChanges.MaxMax:N0} a page.", history.List);
    }
}
