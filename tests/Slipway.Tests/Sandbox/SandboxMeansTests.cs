using Slipway.Access;
using Slipway.Sandbox;
using Slipway.Server;

namespace Slipway.Tests.Sandbox;

/// <summary>What is refused and said where nothing confines.</summary>
public sealed class SandboxMeansTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-sandbox-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Nothing_runs_with_limits_alone_where_several_people_share_the_server()
    {
        using var shared = new SandboxRunner(new SandboxOptions(folder) { Mechanism = SandboxMechanism.Limits, MustConfine = true });
        var refused = await shared.Run(new SandboxJob("true", []), CancellationToken.None);
        Assert.Equal(501, refused.Problem!.Status);
        Assert.Contains("apt-get install bubblewrap", refused.Problem.Message, StringComparison.Ordinal);
        using var own = new SandboxRunner(new SandboxOptions(folder) { Mechanism = SandboxMechanism.Limits });
        Assert.Null(await own.Refusal());
    }

    [Fact]
    public void Review_says_what_confines_and_what_does_not()
    {
        var limits = new SandboxMeans(SandboxMechanism.Limits, true, false, "bubblewrap: it is not there", true);
        Assert.Equal(ReviewItem.Ok, SandboxReview.Of(limits with { Mechanism = SandboxMechanism.Bubblewrap }, people: true).Severity);
        Assert.Equal(ReviewItem.Low, SandboxReview.Of(limits with { Mechanism = SandboxMechanism.User }, people: true).Severity);
        Assert.Equal(ReviewItem.Low, SandboxReview.Of(limits, people: false).Severity);
        var people = SandboxReview.Of(limits, people: true);
        Assert.Equal(ReviewItem.Medium, people.Severity);
        Assert.Contains("models are not scanned", people.What, StringComparison.Ordinal);
        Assert.All((SandboxReview.Of(limits, false), people, SandboxReview.Of(limits with { Mechanism = SandboxMechanism.User }, true)) is var (a, b, c) ? [a, b, c] : (ReviewItem[])[], static item =>
        {
            Assert.False(string.IsNullOrEmpty(item.Why));
            Assert.Contains("bubblewrap", item.Mend, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task What_a_killed_server_left_is_removed_at_the_first_job()
    {
        var left = Directory.CreateDirectory(Path.Combine(folder, "left", "in")).FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(left, UnixFileMode.None);
        using var sandbox = new SandboxRunner(new SandboxOptions(folder) { Mechanism = SandboxMechanism.Limits });
        Assert.True(Directory.Exists(left));
        await sandbox.Means();
        Assert.False(Directory.Exists(left));
    }

    [Fact]
    public void Nothing_of_an_installation_is_shown()
    {
        var options = new ServerOptions
        {
            Data = "/srv/slipway",
            Artifacts = "/mnt/blobs",
            Database = "sqlite:/var/db/s.db",
            ConfigFile = "/etc/slipway.json",
            Secrets = new SecretOptions { KeyFile = "/etc/slipway.key" },
            Tls = new TlsOptions { Key = "/etc/tls.key", Certificate = "/etc/tls.pem" },
        };
        Assert.Equal(["/srv/slipway", "/etc/slipway.json", "/etc/slipway.key", "/etc/tls.pem", "/etc/tls.key", "/var/db/s.db", "/mnt/blobs"], SandboxChoices.Of(options, "/srv/slipway").Hidden);
        Assert.True(SandboxChoices.Of(options with { Access = new AccessOptions { Mode = AccessMode.People } }, "/srv/slipway").MustConfine);
        Assert.Throws<OptionException>(() => new SandboxChoices { Mechanism = "jail" });
        Assert.Throws<OptionException>(() => new SandboxChoices { Folders = ["/"] });
        Assert.Throws<OptionException>(() => new SandboxChoices { Folders = ["tools"] });
    }
}
