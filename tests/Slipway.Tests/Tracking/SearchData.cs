using Slipway.Tests.Storage;

namespace Slipway.Tests.Tracking;

/// <summary>A filled database that the tests of one class share because they only read it; made by the first that asks.</summary>
public abstract class SearchData : IAsyncDisposable
{
    private readonly Lazy<Task<TestDatabase>> test;

    protected SearchData() => test = new Lazy<Task<TestDatabase>>(Fill);

    internal Task<TestDatabase> Test => test.Value;

    private protected abstract Task<TestDatabase> Fill();

    public async ValueTask DisposeAsync()
    {
        if (test is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }) await (await test.Value).DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
