using System.Diagnostics;
using Slipway.Registry;

namespace Slipway.Tests.Registry;

/// <summary>What Debian's numpy, scipy, scikit-learn, pandas and joblib write is clean; the same with one thing more in it is not.</summary>
public sealed class RealPicklesTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private const string Write = """
        import collections, datetime, decimal, gzip, io, joblib, numpy as np, os, pandas as pd, pickle, sys, zlib
        from scipy import sparse
        from sklearn import cluster, compose, decomposition, ensemble, feature_extraction, gaussian_process, impute, linear_model, mixture, naive_bayes, neighbors, neural_network, pipeline, preprocessing, svm, tree, isotonic, calibration
        os.chdir(sys.argv[1])
        r = np.random.RandomState(0)
        x = r.rand(60, 4); y = (x[:, 0] > .5).astype(int); z = x @ [1, 2, 3, 4]
        models = {
            'linear': linear_model.LinearRegression().fit(x, z), 'logistic': linear_model.LogisticRegression().fit(x, y), 'lasso': linear_model.LassoCV(cv=3).fit(x, z), 'sgd': linear_model.SGDClassifier().fit(x, y),
            'forest': ensemble.RandomForestClassifier(5).fit(x, y), 'gb': ensemble.GradientBoostingRegressor(n_estimators=5).fit(x, z), 'hgb': ensemble.HistGradientBoostingClassifier(max_iter=5).fit(x, y),
            'gbc': ensemble.GradientBoostingClassifier(n_estimators=5).fit(x, y), 'iforest': ensemble.IsolationForest(n_estimators=5).fit(x), 'ada': ensemble.AdaBoostClassifier(n_estimators=3).fit(x, y),
            'tree': tree.DecisionTreeRegressor().fit(x, z), 'svc': svm.SVC(probability=True).fit(x, y), 'knn': neighbors.KNeighborsClassifier(algorithm='kd_tree').fit(x, y), 'ball': neighbors.KNeighborsRegressor(algorithm='ball_tree').fit(x, z),
            'mlp': neural_network.MLPClassifier((3,), max_iter=5).fit(x, y), 'gp': gaussian_process.GaussianProcessRegressor().fit(x, z), 'nb': naive_bayes.GaussianNB().fit(x, y), 'kmeans': cluster.KMeans(2, n_init=1).fit(x), 'pca': decomposition.PCA(2).fit(x),
            'gmm': mixture.GaussianMixture(2).fit(x), 'iso': isotonic.IsotonicRegression().fit(x[:, 0], z), 'cal': calibration.CalibratedClassifierCV(naive_bayes.GaussianNB(), cv=2).fit(x, y),
            'tfidf': feature_extraction.text.TfidfVectorizer().fit(['a cat', 'the dog sat']),
            'pipe': pipeline.make_pipeline(compose.make_column_transformer((preprocessing.OneHotEncoder(handle_unknown='ignore'), ['c']), (pipeline.make_pipeline(impute.SimpleImputer(), preprocessing.StandardScaler()), ['n'])), linear_model.Ridge()).fit(pd.DataFrame({'c': list('abab') * 15, 'n': x[:, 0]}), z),
        }
        things = {
            'arrays': [np.arange(5), np.float64(1.5), np.array(['a', 'bcd']), np.array([b'x']), np.zeros((2, 3), '>i4'), np.array([1, None, 'x'], object), np.array([(1, 2.0)], [('a', 'i4'), ('b', 'f8')]), np.ma.array([1, 2], mask=[0, 1]), np.datetime64('2020-01-01'), np.bool_(True), np.array(3), np.zeros((0, 3))],
            'generators': [r, np.random.default_rng(1), np.random.Generator(np.random.MT19937(1))],
            'sparse': [sparse.csr_matrix(np.eye(3)), sparse.coo_matrix(np.eye(3)), sparse.csc_matrix(np.eye(2)), sparse.lil_matrix(np.eye(2)), sparse.dok_matrix(np.eye(2))],
            'frames': [pd.DataFrame({'a': [1, 2], 'b': ['x', None], 'c': pd.to_datetime(['2020-01-01', '2020-01-02']), 'd': pd.Categorical(['u', 'v'])}), pd.Series([1.0, None]), pd.Timestamp('2020-01-01', tz='UTC'), pd.MultiIndex.from_tuples([(1, 'a')]), pd.Timedelta('1d'), pd.array([1, None], dtype='Int64'), pd.Index(['a']), pd.period_range('2020', periods=2, freq='M')],
            'python': [{'a': {1, 2}, 'b': (1.5, 2j), 'c': b'x', 'd': bytearray(b'y')}, collections.OrderedDict(a=1), collections.defaultdict(list, a=[1]), collections.Counter('aab'), datetime.datetime.now(datetime.timezone.utc), decimal.Decimal('1.5'), frozenset([1]), range(3), slice(1, 2), 10 ** 50, 'ü' * 300, None],
        }
        for name, thing in {**models, **things}.items():
            for protocol in range(6):
                try:
                    with open(f'{name}.{protocol}.pkl', 'wb') as f: pickle.dump(thing, f, protocol)
                except TypeError as e: print(name, protocol, e)
            joblib.dump(thing, f'{name}.joblib')
            joblib.dump(thing, f'{name}.z.joblib', compress=3)
            joblib.dump(thing, f'{name}.gz.joblib', compress=('gzip', 3))
        np.save('plain.npy', np.eye(3)); np.save('objects.npy', np.array([1, 'a', None], object), allow_pickle=True)
        np.savez('two.npz', a=np.eye(2), b=np.array(['x', 1], object)); np.savez_compressed('packed.npz', a=np.zeros(1000))
        class Evil:
            def __reduce__(self): return os.system, ('id',)
        for protocol in range(6):
            with open(f'evil.{protocol}.pkl', 'wb') as f: pickle.dump({'model': models['linear'], 'more': [Evil()]}, f, protocol)
        joblib.dump([np.eye(3), Evil(), np.eye(3)], 'evil.joblib'); joblib.dump([np.eye(3), Evil()], 'evil.z.joblib', compress=3)
        joblib.dump(np.array([1, Evil()], object), 'evil.array.joblib')
        np.save('evil.npy', np.array([Evil()], object), allow_pickle=True); np.savez('evil.npz', a=np.eye(2), b=np.array([Evil()], object))
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("slipway-pickles-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_libraries_write_is_clean_and_what_runs_code_in_it_is_found()
    {
        var script = Path.Combine(folder, "write.py");
        await File.WriteAllTextAsync(script, Write);
        if (!File.Exists(Python)) Assert.Skip("There is no python3 of the system.");
        using var python = Process.Start(new ProcessStartInfo(Python, ["-W", "ignore", script, folder]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var (error, output) = (python.StandardError.ReadToEndAsync(), python.StandardOutput.ReadToEndAsync());
        await python.WaitForExitAsync();
        if ((await error).Contains("ModuleNotFoundError", StringComparison.Ordinal) && Environment.GetEnvironmentVariable("SLIPWAY_TESTS_REQUIRE_SERVERS") is null) Assert.Skip("The system's python3 has no scikit-learn.");
        Assert.True(python.ExitCode == 0, await error + await output);
        List<string> wrong = [];
        var looked = 0;
        foreach (var path in Directory.EnumerateFiles(folder).Where(path => path != script))
        {
            var name = Path.GetFileName(path);
            using var content = File.OpenRead(path);
            var found = FileScan.Run(name, content).Findings;
            looked++;
            if (name.StartsWith("evil", StringComparison.Ordinal) ? found?.Any(static one => one is { Name: "posix.system", Severity: ModelScan.Unsafe }) is not true : found is not null)
                wrong.Add($"{name}: {string.Join(" | ", found?.Select(static one => $"{one.Inside} {one.Offset} {one.What}") ?? ["nothing"])}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.InRange(looked, 200, 1_000);
    }
}
