using Slipway.Prediction;

namespace Slipway.Tests.Prediction;

public sealed class ModelShelfTests
{
    private static Func<CancellationToken, Task<Outcome<ServedModel>>> Opens(string version, long size = 10, Action<FakeRuntime>? made = null) => _ =>
    {
        var runtime = new FakeRuntime { Size = size };
        made?.Invoke(runtime);
        return Task.FromResult<Outcome<ServedModel>>(new ServedModel("m", version, runtime, ModelColumns.None));
    };

    private static async Task<ServedModel> Load(ModelShelf shelf, string key, long size = 10)
    {
        var outcome = await shelf.Load(key, Opens(key, size), default);
        outcome.Value.Release();
        return outcome.Value;
    }

    [Fact]
    public async Task A_model_is_opened_once_however_many_ask()
    {
        using var shelf = new ModelShelf(1_000, 10, TimeProvider.System);
        var (opened, go) = (0, new TaskCompletionSource());
        var loads = Enumerable.Range(0, 100).Select(_ => shelf.Load("a", async ct =>
        {
            Interlocked.Increment(ref opened);
            await go.Task;
            return (await Opens("1")(ct)).Value;
        }, default).AsTask()).ToArray();
        go.SetResult();
        var models = await Task.WhenAll(loads);
        Assert.Equal(1, opened);
        Assert.Single(models.Select(static outcome => outcome.Value).Distinct());
        foreach (var model in models) model.Value.Release();
        Assert.True(shelf.TryGet("a", out var there));
        Assert.False(((FakeRuntime)there.Runtime).Disposed);
        there.Release();
        Assert.Equal((1, 10L), shelf.Loaded);
    }

    [Fact]
    public async Task What_was_used_least_recently_goes_when_room_is_needed_and_pinned_models_stay()
    {
        using var shelf = new ModelShelf(35, 10, TimeProvider.System);
        shelf.Pin("a");
        var a = await Load(shelf, "a");
        var b = await Load(shelf, "b");
        var c = await Load(shelf, "c");
        // Used again: by the clock that models are told apart by, which ticks in milliseconds.
        for (var from = b.LastUsedMs; b.LastUsedMs <= c.LastUsedMs || b.LastUsedMs == from;)
        {
            Assert.True(shelf.TryGet("b", out var used));
            used.Release();
        }
        await Load(shelf, "d");
        Assert.True(((FakeRuntime)c.Runtime).Disposed);
        Assert.False(((FakeRuntime)a.Runtime).Disposed || ((FakeRuntime)b.Runtime).Disposed);
        Assert.False(shelf.TryGet("c", out _));
        Assert.Equal((3, 30L), shelf.Loaded);
    }

    [Fact]
    public async Task A_model_in_use_goes_when_its_requests_have_ended()
    {
        using var shelf = new ModelShelf(1_000, 1, TimeProvider.System);
        var first = (await shelf.Load("a", Opens("a"), default)).Value;
        await Load(shelf, "b");
        Assert.False(((FakeRuntime)first.Runtime).Disposed);
        Assert.False(shelf.TryGet("a", out _));
        first.Release();
        Assert.True(((FakeRuntime)first.Runtime).Disposed);
    }

    [Fact]
    public async Task A_failed_load_is_said_kept_for_a_second_and_leaves_what_was_there()
    {
        var clock = new ManualClock();
        using var shelf = new ModelShelf(1_000, 10, clock);
        var attempts = 0;
        Task<Outcome<ServedModel>> Broken(CancellationToken ct)
        {
            attempts++;
            return attempts % 2 == 1 ? Task.FromResult<Outcome<ServedModel>>(Problem.Invalid("broken")) : throw new IOException("gone");
        }
        Assert.Equal("broken", (await shelf.Load("a", Broken, default)).Problem!.Message);
        Assert.Equal("broken", (await shelf.Load("a", Broken, default)).Problem!.Message);
        Assert.Equal(1, attempts);
        clock.Advance(ModelShelf.FailureKept);
        Assert.Contains("gone", (await shelf.Load("a", Broken, default)).Problem!.Message);
        clock.Advance(ModelShelf.FailureKept);

        var good = await Load(shelf, "a");
        Assert.NotNull((await shelf.Replace("a", Broken, default)).Problem);
        Assert.True(shelf.TryGet("a", out var still));
        Assert.Same(good, still);
        still.Release();
        clock.Advance(ModelShelf.FailureKept);
        var next = (await shelf.Replace("a", Opens("2"), default)).Value;
        Assert.Equal("2", next.Version);
        next.Release();
        Assert.True(((FakeRuntime)good.Runtime).Disposed);
        Assert.Equal((1, 10L), shelf.Loaded);
    }

    [Fact]
    public async Task Whoever_asked_first_may_give_up_without_harm_to_the_others()
    {
        using var shelf = new ModelShelf(1_000, 10, TimeProvider.System);
        var go = new TaskCompletionSource();
        using var gone = new CancellationTokenSource();
        var first = shelf.Load("a", async ct => { await go.Task; return (await Opens("1")(ct)).Value; }, gone.Token).AsTask();
        var second = shelf.Load("a", Opens("never"), default).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        go.SetResult();
        var model = (await second).Value;
        Assert.Equal("1", model.Version);
        model.Release();
    }

    [Fact]
    public async Task Removing_and_closing_let_runtimes_go()
    {
        var shelf = new ModelShelf(1_000, 10, TimeProvider.System);
        var (a, b) = (await Load(shelf, "a"), await Load(shelf, "b"));
        Assert.True(shelf.Remove("a"));
        Assert.False(shelf.Remove("a"));
        Assert.True(((FakeRuntime)a.Runtime).Disposed);
        shelf.Dispose();
        Assert.True(((FakeRuntime)b.Runtime).Disposed);
        Assert.Equal(503, (await shelf.Load("c", Opens("c"), default)).Problem!.Status);
    }
}
