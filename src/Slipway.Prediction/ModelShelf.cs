using System.Diagnostics.CodeAnalysis;

namespace Slipway.Prediction;

/// <summary>
/// The loaded versions of this process, within a budget of bytes and count. Each is opened when it is first asked for, once however many ask, and the one used least recently goes when another needs
/// the room; requests that still use it end first.
/// </summary>
/// <param name="bytesMax">The most bytes, as <see cref="ModelRuntime.Bytes"/> counts them.</param>
/// <param name="countMax">The most models.</param>
/// <param name="clock">Tells when a failed load may be tried again.</param>
internal sealed class ModelShelf(long bytesMax, int countMax, TimeProvider clock) : IDisposable
{
    /// <summary>The budget if none is given.</summary>
    public const long BytesDefault = 2L << 30;

    /// <inheritdoc cref="BytesDefault"/>
    public const int CountDefault = 256;

    /// <summary>How many are opened at once.</summary>
    public const int OpeningMax = 2;

    /// <summary>How long a failure answers for another attempt: requests for a broken model come by the thousand.</summary>
    public static readonly TimeSpan FailureKept = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Place> places = [];
    private readonly SemaphoreSlim opening = new(OpeningMax);
    private readonly CancellationTokenSource closing = new();
    private long bytes;
    private int count;

    /// <summary>Models that are loaded, and their bytes.</summary>
    public (int Count, long Bytes) Loaded
    {
        get
        {
            lock (gate) return (count, bytes);
        }
    }

    /// <summary>A loaded model, leased for the caller.</summary>
    public bool TryGet(string key, [NotNullWhen(true)] out ServedModel? model)
    {
        lock (gate) model = places.GetValueOrDefault(key)?.Model;
        if (model is not null && model.TryLease()) return true;
        model = null;
        return false;
    }

    /// <summary>A model, leased for the caller; opened when it is not loaded.</summary>
    /// <returns>The model, or why it could not be opened.</returns>
    public async ValueTask<Outcome<ServedModel>> Load(string key, Func<CancellationToken, Task<Outcome<ServedModel>>> open, CancellationToken ct)
    {
        while (true)
        {
            if (TryGet(key, out var there)) return there;
            if (await Opened(key, open, replace: false).WaitAsync(ct) is { Problem: { } problem }) return problem;
        }
    }

    /// <summary>Opens a model anew and puts it in the place of the one that is there, which stays until then, and stays when opening fails. The new one is leased for the caller.</summary>
    public async ValueTask<Outcome<ServedModel>> Replace(string key, Func<CancellationToken, Task<Outcome<ServedModel>>> open, CancellationToken ct)
    {
        var opened = await Opened(key, open, replace: true).WaitAsync(ct);
        if (opened.Problem is { } problem) return problem;
        return opened.Value.TryLease() ? opened.Value : await Load(key, open, ct);
    }

    /// <summary>A pinned model does not go for another one's sake. A key may be pinned before it is loaded, and several times.</summary>
    public void Pin(string key)
    {
        lock (gate) At(key).Pins++;
    }

    /// <summary>Takes one pin off.</summary>
    public void Unpin(string key)
    {
        List<ServedModel> gone;
        lock (gate)
        {
            if (!places.TryGetValue(key, out var place) || place.Pins == 0) return;
            place.Pins--;
            Tidy(key, place);
            gone = MakeRoom();
        }
        foreach (var one in gone) one.Release();
    }

    /// <summary>Takes a model away. True when it was loaded.</summary>
    public bool Remove(string key)
    {
        ServedModel? gone;
        lock (gate)
        {
            if (!places.TryGetValue(key, out var place)) return false;
            gone = Off(place);
            Tidy(key, place);
        }
        gone?.Release();
        return gone is not null;
    }

    /// <summary>Takes all away and stops what is being opened.</summary>
    public void Dispose()
    {
        closing.Cancel();
        List<ServedModel> gone;
        lock (gate)
        {
            gone = [.. places.Values.Select(Off).OfType<ServedModel>()];
            places.Clear();
        }
        foreach (var one in gone) one.Release();
    }

    private Task<Outcome<ServedModel>> Opened(string key, Func<CancellationToken, Task<Outcome<ServedModel>>> open, bool replace)
    {
        TaskCompletionSource<Outcome<ServedModel>> mine;
        lock (gate)
        {
            if (closing.IsCancellationRequested) return Task.FromResult<Outcome<ServedModel>>(Problem.Busy("The server is stopping."));
            var place = At(key);
            if (place.Opening is { } under) return under;
            if (!replace && place.Model is { } there) return Task.FromResult<Outcome<ServedModel>>(there);
            if (place.Failure is { } failure && clock.GetElapsedTime(place.FailedAt) < FailureKept) return Task.FromResult<Outcome<ServedModel>>(failure);
            mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
            place.Opening = mine.Task;
        }
        // On a thread of its own: opening reads files and makes a session, and whoever asked first may give up.
        _ = Task.Run(async () => mine.SetResult(await Open(key, open)));
        return mine.Task;
    }

    private async Task<Outcome<ServedModel>> Open(string key, Func<CancellationToken, Task<Outcome<ServedModel>>> open)
    {
        Outcome<ServedModel> outcome;
        try
        {
            await opening.WaitAsync(closing.Token);
            try
            {
                outcome = await open(closing.Token);
            }
            finally
            {
                opening.Release();
            }
        }
        catch (Exception failure)
        {
            outcome = Problem.Internal($"The model could not be opened: {failure.Message}");
        }
        List<ServedModel> gone;
        lock (gate)
        {
            var place = At(key);
            place.Opening = null;
            if (outcome.Problem is { } problem)
            {
                (place.Failure, place.FailedAt) = (problem, clock.GetTimestamp());
                Forget(key);
                return outcome;
            }
            place.Failure = null;
            gone = closing.IsCancellationRequested ? [outcome.Value] : Put(place, outcome.Value);
        }
        foreach (var one in gone) one.Release();
        return outcome;
    }

    private List<ServedModel> Put(Place place, ServedModel model)
    {
        var old = Off(place);
        (place.Model, place.Bytes) = (model, model.Runtime.Bytes);
        bytes += place.Bytes;
        count++;
        var gone = MakeRoom(keep: place);
        if (old is not null) gone.Add(old);
        return gone;
    }

    private List<ServedModel> MakeRoom(Place? keep = null)
    {
        var gone = new List<ServedModel>();
        while (count > countMax || bytes > bytesMax)
        {
            var (least, key) = (default(Place), "");
            foreach (var (name, place) in places)
                if (place is { Model: { } model, Pins: 0 } && place != keep && (least is null || model.LastUsedMs < least.Model!.LastUsedMs)) (least, key) = (place, name);
            if (least is null) break;
            gone.Add(Off(least)!);
            Tidy(key, least);
        }
        return gone;
    }

    private ServedModel? Off(Place place)
    {
        if (place.Model is not { } model) return null;
        (place.Model, bytes) = (null, bytes - place.Bytes);
        count--;
        return model;
    }

    private Place At(string key) => places.TryGetValue(key, out var place) ? place : places[key] = new Place();

    private void Tidy(string key, Place place)
    {
        if (place is { Model: null, Opening: null, Pins: 0 }) places.Remove(key);
    }

    // Failures of keys that nobody asks for again are not kept for ever.
    private void Forget(string key)
    {
        if (places.Count <= 4 * countMax) return;
        foreach (var (name, place) in places)
            if (name != key && place.Failure is not null) Tidy(name, place);
    }

    private sealed class Place
    {
        public ServedModel? Model;
        public long Bytes;
        public Task<Outcome<ServedModel>>? Opening;
        public int Pins;
        public Problem? Failure;
        public long FailedAt;
    }
}
