using System.Security.Cryptography;
using System.Text;
using Slipway.Tracking;

namespace Slipway.Cli.Import.Mlflow;

internal sealed partial class MlflowFolder
{
    public override IEnumerable<KeyValuePair<string, string>> Params(MlflowRun run) => Texts(Path.Combine(run.Folder, "params"));

    public override IEnumerable<KeyValuePair<string, string>> Tags(MlflowRun run) => Texts(Path.Combine(run.Folder, "tags"));

    public override IEnumerable<MlflowPoint> Points(MlflowRun run)
    {
        foreach (var (key, file) in Files(Path.Combine(run.Folder, "metrics")))
            foreach (var (timeMs, step, value, _) in PointsOf(file, "metric points"))
                yield return new MlflowPoint(key, timeMs, step, value);
    }

    public override MlflowLinks Links(MlflowRun run)
    {
        var experiment = Path.GetDirectoryName(run.Folder)!;
        var (datasets, read, written) = (new List<DatasetInput>(), new List<ModelInput>(), new List<ModelOutput>());
        var inputs = Path.Combine(run.Folder, "inputs");
        if (Directory.Exists(inputs))
            foreach (var folder in Folders(inputs).Take(LogInputs.DatasetsMax))
            {
                if (Read(folder, "data sets of runs") is not { } link) continue;
                var id = link.Text("source_id") ?? "";
                if (link.Text("source_type") is not "DATASET")
                {
                    if (link.Text("destination_id") is { } model) read.Add(new ModelInput(model));
                    continue;
                }
                // The id is a folder's name, from a file: only what MLflow makes of it may become a path.
                if (id.Length is 0 or > 64 || !id.All(char.IsAsciiLetterOrDigit) || Read(Path.Combine(experiment, "datasets", id), "data sets of runs") is not { } meta) continue;
                datasets.Add(new DatasetInput([.. link.Mapping("tags").Take(DatasetInput.TagsMax).Select(tag => new InputTag(tag.Key, tag.Value))],
                    new Dataset(meta.Text("name"), meta.Text("digest"), meta.Text("source_type"), meta.Text("source"), meta.Text("schema"), meta.Text("profile"))));
            }
        var outputs = Path.Combine(run.Folder, "outputs");
        if (Directory.Exists(outputs))
            foreach (var folder in Folders(outputs).Take(LogInputs.ModelsMax))
                if (Read(folder, "models that a run wrote") is { } link && link.Text("destination_id") is { } model) written.Add(new ModelOutput(model, link.Long("step") ?? 0));
        return new MlflowLinks(datasets, read, written);
    }

    public override string Measure(MlflowRun run)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var kind in (ReadOnlySpan<string>)["metrics", "params", "tags", "inputs", "outputs"])
            foreach (var (key, file) in Files(Path.Combine(run.Folder, kind)))
                hash.AppendData(Encoding.UTF8.GetBytes(kind is "tags" ? $"{kind}/{key} {TextOf(file)}\0" : $"{kind}/{key} {new FileInfo(file).Length}\0"));
        return $"files {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}";
    }

    /// <summary>Lines of "time value [step [rest]]"; others are reported and left out.</summary>
    private IEnumerable<(long TimeMs, long Step, double Value, string Tail)> PointsOf(string file, string what)
    {
        foreach (var line in new Lines(file))
        {
            if (line.Text is { } text && MetricLine.TryParse(text, out var point)) yield return point;
            else if (line.Text is not { Length: 0 }) Report.LeftOut(what, "the line is not finished or not of the form 'time value step'", $"{Path.GetRelativePath(root, file)}, line {line.Number}");
        }
    }
}

/// <summary>A line of a metric's file.</summary>
internal static class MetricLine
{
    public static bool TryParse(string line, out (long TimeMs, long Step, double Value, string Tail) point)
    {
        point = default;
        var parts = line.Split(' ', 4, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length < 2 || !long.TryParse(parts[0], out var time) || !Number(parts[1], out var value)) return false;
        var step = 0L;
        if (parts.Length > 2 && !long.TryParse(parts[2], out step)) return false;
        point = (time, step, value, parts.Length > 3 ? parts[3] : "");
        return true;
    }

    /// <summary>A number as Python writes it.</summary>
    public static bool Number(string text, out double value)
    {
        (var known, value) = text.ToUpperInvariant() switch
        {
            "NAN" => (true, double.NaN),
            "INF" or "INFINITY" or "+INF" => (true, double.PositiveInfinity),
            "-INF" or "-INFINITY" => (true, double.NegativeInfinity),
            _ => (false, 0),
        };
        return known || double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out value);
    }
}
