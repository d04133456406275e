using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Slipway.Quickstart;
using Slipway.Quickstart.Learner;

// dotnet run -c Release --project bench/learner -- [--leaves 31] [--rate 0.1] [--rounds 100] [--python /usr/bin/python3]
// Trains our trees on January 2001, writes rows and scores to a temporary file, and lets compare.py train scikit-learn's on the same rows.
string Option(string name, string otherwise) => args.SkipWhile(arg => arg != name).Skip(1).FirstOrDefault() ?? otherwise;
var setting = new BoostOptions
{
    Leaves = int.Parse(Option("--leaves", "31"), CultureInfo.InvariantCulture),
    LearningRate = double.Parse(Option("--rate", "0.1"), CultureInfo.InvariantCulture),
    Rounds = int.Parse(Option("--rounds", "100"), CultureInfo.InvariantCulture),
};
var options = new QuickstartOptions();
var flights = Flights.Load(options.Parquet, options.TrainFrom, options.TestTo);
var train = flights.FirstAt(options.TestFrom);
var columns = FlightFeatures.Build(flights);
var late = Enumerable.Range(0, flights.Count).Select(flights.Late).ToArray();

var took = Stopwatch.StartNew();
var bins = Bins.Of(columns, train);
var model = BoostedTrees.Train(bins, late[..train], setting);
took.Stop();
var ours = model.Predict(bins, train, flights.Count - train);

var folder = Directory.CreateTempSubdirectory("slipway-learner-").FullName;
try
{
    var rows = Path.Combine(folder, "rows.bin");
    using (var file = new BinaryWriter(File.Create(rows)))
    {
        file.Write(flights.Count);
        file.Write(train);
        file.Write(columns.Length);
        foreach (var column in columns) file.Write(MemoryMarshal.AsBytes<float>(column));
        file.Write(MemoryMarshal.AsBytes<bool>(late));
        file.Write(MemoryMarshal.AsBytes<double>(HourByOrigin.Predict(flights, train)));
        file.Write(MemoryMarshal.AsBytes<double>(ours));
    }
    var settings = Path.Combine(folder, "settings.json");
    File.WriteAllText(settings, FormattableString.Invariant(
        $$"""{"leaves": {{setting.Leaves}}, "learning_rate": {{setting.LearningRate}}, "rounds": {{setting.Rounds}}, "min_leaf_rows": {{setting.MinLeafRows}}, "l2": {{setting.L2}}, "seconds": {{took.Elapsed.TotalSeconds}}}"""));
    using var python = Process.Start(Option("--python", "/usr/bin/python3"), [Path.Combine(AppContext.BaseDirectory, "compare.py"), rows, settings]);
    python.WaitForExit();
    return python.ExitCode;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
