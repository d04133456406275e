using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Slipway.Client;

/// <summary>Standard points of .NET that a run listens to, so that a library needs to know nothing of Slipway.</summary>
public sealed partial class ActiveRun
{
    /// <summary>The most instruments, activities and sources of progress that are told apart; what comes after is not logged.</summary>
    public const int ListenedMax = 10_000;

    /// <summary>
    /// Logs what meters measure: a histogram's and gauge's values, counters as running sums, observable instruments every <paramref name="observeEvery"/>. The
    /// metric is the instrument's name; the step counts the points of each.
    /// </summary>
    /// <param name="meters">The meters' names.</param>
    /// <param name="observeEvery">How often observable instruments are asked; null for 10 s.</param>
    /// <returns>Ends the listening; the run's end does so too.</returns>
    public IDisposable ListenToMeters(IEnumerable<string> meters, TimeSpan? observeEvery = null)
    {
        var names = new HashSet<string>(meters, StringComparer.Ordinal);
        var counts = new Counts(this);
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (names.Contains(instrument.Meter.Name)) listening.EnableMeasurementEvents(instrument, IsSum(instrument));
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, sum) => counts.Log(instrument.Name, value, sum is true));
        listener.SetMeasurementEventCallback<float>((instrument, value, _, sum) => counts.Log(instrument.Name, value, sum is true));
        listener.SetMeasurementEventCallback<decimal>((instrument, value, _, sum) => counts.Log(instrument.Name, (double)value, sum is true));
        listener.SetMeasurementEventCallback<long>((instrument, value, _, sum) => counts.Log(instrument.Name, value, sum is true));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, sum) => counts.Log(instrument.Name, value, sum is true));
        listener.SetMeasurementEventCallback<short>((instrument, value, _, sum) => counts.Log(instrument.Name, value, sum is true));
        listener.SetMeasurementEventCallback<byte>((instrument, value, _, sum) => counts.Log(instrument.Name, value, sum is true));
        listener.Start();
        var every = observeEvery ?? TimeSpan.FromSeconds(10);
        var timer = Clock.CreateTimer(_ => Observe(listener), null, every, every);
        return Until(() =>
        {
            timer.Dispose();
            listener.Dispose();
        });
    }

    /// <summary>Logs how long activities took, in milliseconds, as the metric `activity/NAME_ms`, and their numeric tags as `activity/NAME/TAG`; the step counts them.</summary>
    /// <param name="sources">Names of <see cref="ActivitySource"/>s; a pipeline, a data loader, an HTTP client.</param>
    /// <returns>Ends the listening; the run's end does so too.</returns>
    public IDisposable ListenToActivities(params IEnumerable<string> sources)
    {
        var names = new HashSet<string>(sources, StringComparer.Ordinal);
        var counts = new Counts(this);
        var listener = new ActivityListener
        {
            ShouldListenTo = source => names.Contains(source.Name),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                counts.Log($"activity/{activity.OperationName}_ms", activity.Duration.TotalMilliseconds, sums: false);
                foreach (var (tag, value) in activity.EnumerateTagObjects())
                    if (value is double or float or int or long or short or byte) counts.Log($"activity/{activity.OperationName}/{tag}", Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture), sums: false);
            },
        };
        ActivitySource.AddActivityListener(listener);
        return Until(listener.Dispose);
    }

    /// <summary>Progress that is one number: each report is a point, the step counts them.</summary>
    /// <param name="key">The metric.</param>
    public IProgress<double> Progress(string key)
    {
        Checked(key);
        return Progress<double>(value => [new(key, value)]);
    }

    /// <summary>Progress that is anything: each report becomes points of several metrics. Called on the reporting thread, at once.</summary>
    /// <param name="read">The values of a report.</param>
    public IProgress<T> Progress<T>(Func<T, IEnumerable<KeyValuePair<string, double>>> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        return new Reported<T>(this, read);
    }

    private static bool IsSum(Instrument instrument) => instrument.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() is var kind
        && (kind == typeof(Counter<>) || kind == typeof(UpDownCounter<>));

    private static void Observe(MeterListener listener)
    {
        try
        {
            listener.RecordObservableInstruments();
        }
        catch (AggregateException)
        {
            // An instrument of the program threw: its trouble, and none of the training's.
        }
    }

    private Ending Until(Action end)
    {
        var ending = new Ending(end);
        AtEnd(() =>
        {
            ending.Dispose();
            return Task.CompletedTask;
        });
        return ending;
    }

    private sealed class Ending(Action end) : IDisposable
    {
        private Action? end = end;

        public void Dispose() => Interlocked.Exchange(ref end, null)?.Invoke();
    }

    /// <summary>The next step, and the sum so far, of each name.</summary>
    private sealed class Counts(ActiveRun run)
    {
        private readonly ConcurrentDictionary<string, State> states = new(StringComparer.Ordinal);

        public void Log(string name, double value, bool sums)
        {
            // A name of somebody else's making: too long for a key is cut, and it cannot throw into whoever measures.
            if (name.Length is 0) return;
            if (name.Length > KeyCharsMax) name = name[..KeyCharsMax];
            if (!states.TryGetValue(name, out var state))
            {
                if (states.Count >= ListenedMax) return;
                state = states.GetOrAdd(name, static _ => new State());
            }
            lock (state)
            {
                state.Sum += value;
                run.LogMetric(name, sums ? state.Sum : value, state.Step++);
            }
        }

        private sealed class State
        {
            public double Sum;
            public long Step;
        }
    }

    private sealed class Reported<T>(ActiveRun run, Func<T, IEnumerable<KeyValuePair<string, double>>> read) : IProgress<T>
    {
        private long step = -1;

        public void Report(T value) => run.LogMetrics(read(value), Interlocked.Increment(ref step));
    }
}
