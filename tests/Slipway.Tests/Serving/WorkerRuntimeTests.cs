using System.Collections.Concurrent;
using System.Globalization;
using Slipway.Engines.Onnx;
using Slipway.Prediction;
using Slipway.Prediction.Workers;
using Slipway.Sandbox;
using Slipway.Serving;

namespace Slipway.Tests.Serving;

/// <summary>Real Python in the real sandbox.</summary>
public sealed class WorkerRuntimeTests : IDisposable
{
    private readonly PythonFolder folder = new();
    private readonly string sandboxFolder = Path.Combine(AppContext.BaseDirectory, "worker-sandbox-" + Guid.NewGuid().ToString("N"));
    private readonly SandboxRunner sandbox;

    public WorkerRuntimeTests() => sandbox = new SandboxRunner(new SandboxOptions(sandboxFolder));

    public void Dispose()
    {
        sandbox.Dispose();
        SandboxFolder.Remove(sandboxFolder);
        folder.Dispose();
    }

    private async Task<Outcome<WorkerRuntime>> Open(System.Text.Json.Nodes.JsonObject mlmodel, WorkerOptions? options = null, PythonOptions? python = null) =>
        await new PythonWorkers(sandbox, (python ?? new PythonOptions()) with { Workers = options ?? new WorkerOptions { Count = 1 } }, TimeProvider.System).Open(folder.Path, mlmodel, CancellationToken.None);

    private async Task<WorkerRuntime> Opened(System.Text.Json.Nodes.JsonObject mlmodel, WorkerOptions? options = null)
    {
        var opened = await Open(mlmodel, options);
        Assert.True(opened.Succeeded, opened.Problem?.Message);
        return opened.Value;
    }

    private static async Task<(Problem? Problem, double[] Numbers, string[] Texts)> Run(WorkerRuntime runtime, params double[][] columns)
    {
        var (inputs, outputs) = (TensorBatch.Rent(), TensorBatch.Rent());
        try
        {
            for (var i = 0; i < columns.Length; i++)
            {
                ref var tensor = ref inputs.AddNumbers(OnnxElement.Double, [columns[i].Length], port: i);
                columns[i].CopyTo(tensor.Values<double>());
            }
            var problem = await runtime.Run(inputs, outputs, CancellationToken.None);
            return problem is not null ? (problem, [], []) : (null, Numbers(outputs), Texts(outputs));
        }
        finally
        {
            inputs.Release();
            outputs.Release();
        }
    }

    private static double[] Numbers(TensorBatch outputs) => outputs[0].Element switch
    {
        OnnxElement.Double => outputs[0].Values<double>().ToArray(),
        OnnxElement.Int64 => [.. outputs[0].Values<long>().ToArray().Select(static one => (double)one)],
        OnnxElement.Bool => [.. outputs[0].Values<bool>().ToArray().Select(static one => one ? 1.0 : 0)],
        _ => [],
    };

    private static string[] Texts(TensorBatch outputs)
    {
        if (outputs[0].Element is not OnnxElement.String) return [];
        var texts = new string[outputs[0].Count];
        for (var i = 0; i < texts.Length; i++) texts[i] = System.Text.Encoding.UTF8.GetString(outputs[0].Text(i));
        return texts;
    }

    [Fact]
    public async Task Scikit_learn_classifier_answers_by_column_name()
    {
        var mlmodel = folder.Sklearn("from sklearn.ensemble import RandomForestClassifier\nmodel = RandomForestClassifier(10, random_state=1).fit(X, late.astype(int))");
        await using var runtime = await Opened(mlmodel);
        Assert.Equal(("x", "y", OnnxElement.Double), (runtime.Inputs[0].Name, runtime.Inputs[1].Name, runtime.Inputs[1].Element));
        Assert.Equal(("predictions", OnnxElement.Int64), (Assert.Single(runtime.Outputs).Name, runtime.Outputs[0].Element));
        var (problem, labels, _) = await Run(runtime, [0.1, 0.9], [0.1, 0.9]);
        Assert.Null(problem);
        Assert.Equal([0, 1], labels);
    }

    [Fact]
    public async Task Classes_that_are_texts_and_probabilities_come_back_as_they_are()
    {
        var mlmodel = folder.Sklearn("from sklearn.linear_model import LogisticRegression\nmodel = LogisticRegression().fit(X, np.where(late, 'sp\u00e4t', 'on time'))");
        await using (var runtime = await Opened(mlmodel)) Assert.Equal((string[])["on time", "spät"], (await Run(runtime, [0.1, 0.9], [0.1, 0.9])).Texts);
        mlmodel["flavors"]!["python_function"]!["predict_fn"] = "predict_proba";
        await using var probabilities = await Opened(mlmodel);
        Assert.Equal([-1, 2], probabilities.Outputs[0].Shape);
        var (_, numbers, _) = await Run(probabilities, [0.1, 0.9], [0.1, 0.9]);
        Assert.Equal(1, numbers[0] + numbers[1], 9);
        Assert.True(numbers[0] > 0.5 && numbers[3] > 0.5);
    }

    [Fact]
    public async Task Model_without_a_signature_says_what_it_was_trained_on()
    {
        await using var runtime = await Opened(folder.Sklearn("from sklearn.linear_model import LinearRegression\nmodel = LinearRegression().fit(X, X.x + 2 * X.y)", signature: null));
        Assert.Equal(["x", "y"], runtime.Inputs.Select(static one => one.Name));
        Assert.Equal(5.0, (await Run(runtime, [1], [2])).Numbers[0], 6);
    }

    [Fact]
    public async Task Values_that_the_model_refuses_are_400_and_its_faults_500()
    {
        await using var runtime = await Opened(folder.Code("""
            class Model:
                def predict(self, frame):
                    if (frame.x < 0).any():
                        raise ValueError("x is below 0")
                    if (frame.x > 100).any():
                        raise RuntimeError("out of paper")
                    return frame.x * 2
            def _load_pyfunc(path): return Model()
            """));
        PythonFolder.NeedScikitLearn();
        Assert.Equal((400, "The model refused the values: ValueError: x is below 0"), ((await Run(runtime, [-1])).Problem!.Status, (await Run(runtime, [-1])).Problem!.Message));
        Assert.Equal((500, "The model failed: RuntimeError: out of paper"), ((await Run(runtime, [101])).Problem!.Status, (await Run(runtime, [101])).Problem!.Message));
        Assert.Equal((double[])[4, double.NaN], (await Run(runtime, [2, double.NaN])).Numbers);
        Assert.Contains("out of paper", Assert.Single(runtime.Workers()).Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Death_fails_only_what_was_in_flight()
    {
        PythonFolder.NeedScikitLearn();
        await using var runtime = await Opened(folder.Code("""
            import os, signal
            class Model:
                def predict(self, frame):
                    if (frame.x == 13).any():
                        print("about to die", flush=True)
                        os.kill(os.getpid(), signal.SIGKILL)
                    return frame.x + 1
            def _load_pyfunc(path): return Model()
            """), new WorkerOptions { Count = 2 });
        var results = new ConcurrentBag<(double Asked, Problem? Problem, double Got)>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var asked = i is 50 or 120 ? 13 : 1000 + i;
            var (problem, numbers, _) = await Run(runtime, [asked]);
            results.Add((asked, problem, numbers.FirstOrDefault()));
        });
        Assert.All(results, static one => Assert.True(one.Asked == 13 ? one.Problem?.Status == 503 : one.Problem is null && one.Got == one.Asked + 1, $"{one}"));
        Assert.Equal(2, results.Count(static one => one.Problem is not null));
        Assert.Contains("about to die", results.First(static one => one.Problem is not null).Problem!.Message, StringComparison.Ordinal);
        Assert.Equal(2, runtime.Workers().Sum(static one => one.Deaths));
    }

    /// <summary>From the outside, as an operator or the kernel would: the processes of this model are found by their arguments.</summary>
    [Fact]
    public async Task Kill_9_under_load_is_answered_503_and_then_goes_on()
    {
        PythonFolder.NeedScikitLearn();
        var marker = "marker" + Guid.NewGuid().ToString("N");
        await using var runtime = await Opened(folder.Code($$"""
            import time
            class Model:
                def predict(self, frame):
                    time.sleep(0.002)
                    return frame.x + 1
            def _load_pyfunc(path):
                open("/proc/self/comm", "w").write("{{marker[..15]}}")
                return Model()
            """), new WorkerOptions { Count = 2 });
        var (failed, wrong, done) = (0, 0, 0);
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 6).Select(async worker =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var (problem, numbers, _) = await Run(runtime, [worker * 1_000_000 + i]);
                if (problem is { Status: 503 }) Interlocked.Increment(ref failed);
                else if (problem is not null || numbers[0] != worker * 1_000_000 + i + 1) Interlocked.Increment(ref wrong);
                else Interlocked.Increment(ref done);
            }
        }).ToArray();
        for (var kills = 0; kills < 3; kills++)
        {
            var target = done + 50;
            await Until(() => done >= target);
            using var victim = System.Diagnostics.Process.GetProcessById(Named(marker[..15]).First());
            victim.Kill();
            await Until(() => runtime.Workers().Sum(static one => one.Deaths) > kills);
        }
        var last = done + 50;
        await Until(() => done >= last);
        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.Equal(0, wrong);
        Assert.InRange(failed, 0, 3);
    }

    [Fact]
    public async Task Model_that_cannot_be_loaded_says_why()
    {
        PythonFolder.NeedScikitLearn();
        var refused = await Open(folder.Code("import no_such_package"));
        Assert.Equal(400, refused.Problem!.Status);
        Assert.Contains("ModuleNotFoundError: No module named 'no_such_package'", refused.Problem.Message, StringComparison.Ordinal);
        var dies = await Open(folder.Code("import os\nos._exit(9)"));
        Assert.Equal(503, dies.Problem!.Status);
        Assert.Contains("exit code 9", dies.Problem.Message, StringComparison.Ordinal);
        var absent = await Open(folder.Code("def _load_pyfunc(path): return None"), python: new PythonOptions { Python = "no-such-python" });
        Assert.Contains("no-such-python", absent.Problem!.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(sandboxFolder));
    }

    [Fact]
    public async Task Every_difference_from_the_requirements_is_named()
    {
        var mlmodel = folder.Sklearn("from sklearn.linear_model import LinearRegression\nmodel = LinearRegression().fit(X, X.x)");
        mlmodel["flavors"]!["python_function"]!["python_version"] = "2.7.18";
        File.WriteAllText(Path.Combine(folder.Path, "requirements.txt"), "# what it was made with\nmlflow==2.9.2\nscikit-learn==0.19.1\nnumpy>=1.0,<99\npandas\n--index-url https://evil.example\nno-such-package ~= 1.4 ; python_version < '3'\n");
        await using (var runtime = await Opened(mlmodel))
        {
            var named = runtime.Hello.Differences!.Select(static one => one.Package).ToList();
            Assert.Equal(["python", "mlflow", "scikit-learn", "--index-url https://evil.example"], named);
        }
        var strict = await Open(mlmodel, new WorkerOptions { Count = 1, Strict = true });
        Assert.Equal(400, strict.Problem!.Status);
        Assert.Contains("scikit-learn: expected ==0.19.1, got ", strict.Problem.Message, StringComparison.Ordinal);
        Assert.Contains("mlflow: expected ==2.9.2, got nothing", strict.Problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_sees_its_model_and_nothing_of_the_servers()
    {
        PythonFolder.NeedScikitLearn();
        if (!(await sandbox.Means()).Confines) Assert.Skip("Nothing confines here.");
        await using var runtime = await Opened(folder.Code($$"""
            import os, socket
            def can(what):
                try:
                    what()
                    return 1.0
                except Exception:
                    return 0.0
            class Model:
                def predict(self, frame):
                    return [can(lambda: open("model/MLmodel").read()), can(lambda: open("model/new", "w")), can(lambda: os.listdir({{System.Text.Json.JsonSerializer.Serialize(sandboxFolder)}})),
                            can(lambda: socket.create_connection(("127.0.0.1", 22), 1)), can(lambda: os.environ["SLIPWAY_SECRET"]), can(lambda: open("out/mine", "w"))]
            def _load_pyfunc(path): return Model()
            """));
        Assert.Equal((double[])[1, 0, 0, 0, 0, 1], (await Run(runtime, [1])).Numbers);
    }

    [Fact]
    public async Task Run_that_takes_too_long_costs_its_worker()
    {
        PythonFolder.NeedScikitLearn();
        await using var runtime = await Opened(folder.Code("""
            import time
            class Model:
                def predict(self, frame):
                    while (frame.x > 5).any(): time.sleep(0.1)
                    return frame.x
            def _load_pyfunc(path): return Model()
            """), new WorkerOptions { Count = 1, RunMax = TimeSpan.FromMilliseconds(500) });
        Assert.Equal(504, (await Run(runtime, [6])).Problem!.Status);
        Assert.Equal((double[])[3], (await Run(runtime, [3])).Numbers);
    }

    [Fact]
    public async Task Worker_is_replaced_after_its_runs()
    {
        PythonFolder.NeedScikitLearn();
        await using var runtime = await Opened(folder.Code("""
            import os
            class Model:
                def predict(self, frame): return frame.x * 0 + os.stat("/proc/self").st_ctime_ns
            def _load_pyfunc(path): return Model()
            """), new WorkerOptions { Count = 1, RunsMax = 3 });
        var seen = new HashSet<double>();
        for (var i = 0; i < 9; i++)
        {
            var (problem, numbers, _) = await Run(runtime, [i]);
            Assert.Null(problem);
            seen.Add(numbers[0]);
        }
        Assert.Equal(3, seen.Count);
        Assert.Equal(0, Assert.Single(runtime.Workers()).Deaths);
    }

    [Fact]
    public async Task Caller_that_gives_up_frees_nothing_under_the_run()
    {
        PythonFolder.NeedScikitLearn();
        await using var runtime = await Opened(folder.Code("""
            import time
            class Model:
                def predict(self, frame):
                    if (frame.x < 0).any(): time.sleep(1)
                    return frame.x
            def _load_pyfunc(path): return Model()
            """));
        var (inputs, outputs) = (TensorBatch.Rent(), TensorBatch.Rent());
        inputs.AddNumbers(OnnxElement.Double, [1], port: 0).Values<double>()[0] = -1;
        using var giveUp = new CancellationTokenSource();
        var run = runtime.Run(inputs, outputs, giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        inputs.Release();
        outputs.Release();
        Assert.Equal((double[])[7], (await Run(runtime, [7])).Numbers);
        Assert.Equal(0, Assert.Single(runtime.Workers()).Deaths);
    }

    [Fact]
    public async Task Memory_of_a_worker_has_an_end()
    {
        PythonFolder.NeedScikitLearn();
        var opened = await Open(folder.Code("""
            kept = []
            class Model:
                def predict(self, frame):
                    while (frame.x > 0).any(): kept.append(bytearray(b"x" * (16 << 20)))
                    return frame.x
            def _load_pyfunc(path): return Model()
            """), python: new PythonOptions { MemoryBytes = 400 << 20 });
        Assert.True(opened.Succeeded, opened.Problem?.Message);
        await using var runtime = opened.Value;
        Assert.True((await Run(runtime, [1])).Problem is { Status: 500 or 503 });
        Assert.NotNull(runtime.Workers());
    }

    private static async Task Until(Func<bool> met)
    {
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); !met(); await Task.Delay(5)) Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), "It does not come.");
    }

    private static List<int> Named(string name)
    {
        List<int> found = [];
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(static one => char.IsAsciiDigit(one["/proc/".Length])))
        {
            try
            {
                if (File.ReadAllText(process + "/comm").Trim() == name) found.Add(int.Parse(process.AsSpan("/proc/".Length), CultureInfo.InvariantCulture));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
        return found;
    }
}
