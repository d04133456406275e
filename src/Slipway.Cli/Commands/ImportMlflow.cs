using System.CommandLine;
using Slipway.Cli.Import;
using Slipway.Cli.Import.Mlflow;
using Slipway.Storage;

namespace Slipway.Cli.Commands;

/// <summary>`slipway import mlflow SOURCE`</summary>
internal static class ImportMlflow
{
    public static Command Create(Terminal terminal)
    {
        var from = new Argument<string>("source") { Description = "A SQLite file (mlflow.db), an mlruns folder, a folder that holds either, or postgresql://USER@HOST/DATABASE." };
        var folders = new Option<string[]>("--artifacts") { Description = "A folder that holds artifacts, when they lie elsewhere than below the source; repeat for more.", HelpName = "DIR", DefaultValueFactory = _ => [] };
        var without = new Option<bool>("--no-artifacts") { Description = "Leave the artifacts where they are." };
        var experiments = new Option<string[]>("--experiment") { Description = "Import this experiment only, by name; repeat for more. Default: all.", HelpName = "NAME", DefaultValueFactory = _ => [] };
        var workspace = new Option<string?>("--from-workspace") { Description = "The one of MLflow's workspaces to read, where it has several.", HelpName = "NAME" };
        var json = ClientAction.Json();
        var command = new Command("mlflow", "Import experiments, runs, metrics, models and artifacts of an MLflow store. Ids stay what they are.") { from, folders, without, experiments, workspace, json };
        command.SetImport(terminal, json, async (parsed, target, ct) =>
        {
            using var source = Open(parsed.GetValue(from)!, parsed.GetValue(workspace), target.Report);
            foreach (var folder in parsed.GetValue(folders) ?? [])
                if (!Directory.Exists(folder)) throw new CommandFailure(ExitCode.NotFound, $"--artifacts: there is no folder '{folder}' on this machine.");
            var artifacts = parsed.GetValue(without) ? null : new ArtifactFolders(source.Folder, parsed.GetValue(folders) ?? []);
            await new MlflowImport(source, target, artifacts, terminal.Note).Run(parsed.GetValue(experiments) ?? [], ct);
            return source.Description;
        });
        return command;
    }

    /// <summary>What the argument names: MLflow's own addresses of its stores are understood too.</summary>
    internal static MlflowSource Open(string source, string? workspace, ImportReport report)
    {
        if (source.StartsWith("postgresql", StringComparison.Ordinal) || source.StartsWith("postgres:", StringComparison.Ordinal)) return Postgres(source, workspace, report);
        if (source.StartsWith("sqlite:", StringComparison.Ordinal)) source = source["sqlite:".Length..] is var rest && rest.StartsWith("///", StringComparison.Ordinal) ? rest[3..] : rest;
        else if (source.StartsWith("file:", StringComparison.Ordinal) && Uri.TryCreate(source, UriKind.Absolute, out var uri)) source = uri.LocalPath;
        else if (source.Contains("://", StringComparison.Ordinal))
            throw new CommandFailure(ExitCode.Usage, $"source: '{source[..source.IndexOf(':', StringComparison.Ordinal)]}' is not read.", "Give a SQLite file, an mlruns folder or a PostgreSQL database; move a database of another kind to SQLite first.");
        if (File.Exists(source)) return Sqlite(source, workspace, report);
        if (!Directory.Exists(source)) throw new CommandFailure(ExitCode.NotFound, $"There is no file or folder '{source}' on this machine.");
        if (MlflowFolder.Is(source)) return new MlflowFolder(Path.GetFullPath(source), report);
        if (Path.Combine(source, "mlflow.db") is var file && File.Exists(file)) return Sqlite(file, workspace, report);
        if (Path.Combine(source, "mlruns") is var inner && Directory.Exists(inner) && MlflowFolder.Is(inner)) return new MlflowFolder(Path.GetFullPath(inner), report);
        throw new CommandFailure(ExitCode.Usage, $"'{source}' is no MLflow store: expected experiments' folders with a meta.yaml each, or a file mlflow.db.");
    }

    private static MlflowDatabase Sqlite(string path, string? workspace, ImportReport report)
    {
        var full = Path.GetFullPath(path);
        return MlflowDatabase.Open(() => ForeignDatabase.OpenSqlite(full), Path.GetDirectoryName(full), workspace, report);
    }

    private static MlflowDatabase Postgres(string source, string? workspace, ImportReport report)
    {
        // SQLAlchemy's addresses name a driver: postgresql+psycopg2://
        var colon = source.IndexOf(':', StringComparison.Ordinal);
        var address = "postgresql" + source[(colon < 0 ? source.Length : colon)..];
        if (HasPassword(address))
            throw new CommandFailure(ExitCode.Usage, "source: the address holds a password, which every user of this machine could read.", "Leave it out and set PGPASSWORD, or keep it in ~/.pgpass.");
        try
        {
            return MlflowDatabase.Open(() => ForeignDatabase.OpenPostgres(address), null, workspace, report);
        }
        catch (FormatException wrong)
        {
            throw new CommandFailure(ExitCode.Usage, $"source: {wrong.Message}");
        }
    }

    private static bool HasPassword(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.UserInfo.Contains(':', StringComparison.Ordinal) || address.Contains("password=", StringComparison.OrdinalIgnoreCase);
}
