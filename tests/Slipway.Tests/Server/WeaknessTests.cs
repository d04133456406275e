using Slipway.Access;
using Slipway.Server;

namespace Slipway.Tests.Server;

/// <summary>Each weakness is found, says why it matters and how to mend it; and what is sound is not complained about.</summary>
public sealed class WeaknessTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-doctor-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Listening_beyond_loopback_without_people_is_weak()
    {
        var check = Weak(ExposureReview.Of(Options("http://0.0.0.0:5000") with { AllowRemoteWithoutAuthentication = true }, []));
        Assert.Equal("access", check.Id);
        Assert.Contains("http://0.0.0.0:5000", check.What, StringComparison.Ordinal);
        Assert.Contains("--access-mode people", check.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_people_on_the_machine_are_a_weakness_while_nobody_is_asked()
    {
        var check = Weak(ExposureReview.Of(Options("http://127.0.0.1:5000"), ["ann", "ben"]));
        Assert.Contains("ann, ben", check.What, StringComparison.Ordinal);
        Assert.Contains("--access-mode people", check.Mend, StringComparison.Ordinal);
        Sound(ExposureReview.Of(Options("http://127.0.0.1:5000"), []));
        Sound(ExposureReview.Of(People("http://localhost:5000"), ["ann", "ben"]));
    }

    [Fact]
    public void People_without_https_beyond_loopback_are_a_weakness()
    {
        var check = Weak(ExposureReview.Of(People("http://192.168.1.5:5000", "http://127.0.0.1:5001"), []));
        Assert.Equal("https", check.Id);
        Assert.Contains("192.168.1.5", check.What, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", check.What, StringComparison.Ordinal);
        Sound(ExposureReview.Of(People("https://192.168.1.5:5000"), []));
        Sound(ExposureReview.Of(People("http://127.0.0.1:5000", "http://[::1]:5000"), []));
        Sound(ExposureReview.Of(People("http://192.168.1.5:5000") with { Proxies = new ProxyOptions { Addresses = ["192.168.1.4"] } }, []));
    }

    [Fact]
    public void People_are_told_from_accounts_of_programs()
    {
        string[] passwd =
        [
            "root:x:0:0:root:/root:/bin/bash", "daemon:x:1:1::/usr/sbin:/usr/sbin/nologin", "postgres:x:114:120::/var/lib/postgresql:/bin/bash", "me:x:1000:1000::/home/me:/bin/zsh",
            "ann:x:1001:1001:Ann:/home/ann:/bin/bash", "ben:x:1002:1002::/home/ben:/usr/bin/fish", "closed:x:1003:1003::/home/closed:/sbin/nologin", "nobody:x:65534:65534::/nonexistent:/bin/sh",
            "empty:x:1004:1004::/home/empty:", "broken:x:many", "", "# a remark",
        ];
        Assert.Equal(["ann", "ben"], HostAccounts.Others(passwd, "me"));
    }

    [Theory]
    [InlineData("audit.key", "forged heads")]
    [InlineData("secrets.key", "every secret")]
    [InlineData("slipway.json", "decides who may come in")]
    public void A_file_that_others_can_write_or_read_is_named(string name, string why)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Who may read a file is said in another way there.");
        var file = Path.Combine(folder, name);
        File.WriteAllText(file, "{}");
        Mode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Sound(SecrecyReview.Of(new ServerOptions { Data = folder }));
        Mode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherRead);
        var check = Weak(SecrecyReview.Of(new ServerOptions { Data = folder }));
        Assert.Contains(why, check.Why, StringComparison.Ordinal);
        Assert.Contains($"chmod 600 '{file}'", check.Mend, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "s3": { "secretKey": "hunter2" } }""", "s3.secretKey")]
    [InlineData("""{ "tls": { "key": "key.pem" }, "secrets": { "key": ["hunter2"] }, /* both */ }""", "secrets.key")]
    [InlineData("""{ "database": "postgres:Host=db;Password=hunter2" }""", "database")]
    [InlineData("""{ "database": "postgres://slipway:hunter2@db/slipway" }""", "database")]
    public void Secrets_in_a_configuration_that_others_can_read_are_named_and_not_shown(string json, string key)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Who may read a file is said in another way there.");
        var file = Path.Combine(folder, "elsewhere.json");
        File.WriteAllText(file, json);
        Mode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var check = Weak(SecrecyReview.Of(new ServerOptions { Data = folder, ConfigFile = file }));
        Assert.EndsWith($": {key}.", check.What, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", check.ToString(), StringComparison.Ordinal);
        Mode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Sound(SecrecyReview.Of(new ServerOptions { Data = folder, ConfigFile = file }));
    }

    [Fact]
    public void A_readable_private_key_of_the_certificate_is_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Who may read a file is said in another way there.");
        var (certificate, key) = (Path.Combine(folder, "cert.pem"), Path.Combine(folder, "key.pem"));
        foreach (var file in (string[])[certificate, key])
        {
            File.WriteAllText(file, "");
            Mode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        }
        Assert.Contains(key, Weak(SecrecyReview.Of(new ServerOptions { Data = folder, Tls = new TlsOptions { Certificate = certificate, Key = key } })).What, StringComparison.Ordinal);
        Assert.Contains(certificate, Weak(SecrecyReview.Of(new ServerOptions { Data = folder, Tls = new TlsOptions { Certificate = certificate } })).What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_folder_that_others_reach_is_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Who may read a file is said in another way there.");
        Mode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        var check = Weak(FolderReview.Of(folder));
        Assert.Equal((ReviewItem.Medium, $"chmod 700 '{folder}'"), (check.Severity, check.Mend));
        Assert.NotNull(check.Why);
    }

    [Fact]
    public void Heads_on_the_disk_of_the_data_alone_are_a_weakness()
    {
        string[] mounts = [Path.GetPathRoot(folder)!, Path.Combine(folder, "other")];
        var options = new ServerOptions { Data = Path.Combine(folder, "data") };
        ServerOptions With(string file) => options with { Audit = new AuditOptions { AnchorFile = file } };
        Assert.Empty(AnchorReview.Of(options, mounts));
        Directory.CreateDirectory(options.Data);
        File.WriteAllText(Path.Combine(options.Data, "audit-heads.jsonl"), "");
        Assert.Contains("--audit-anchor-file", Weak(AnchorReview.Of(options, mounts)).Mend, StringComparison.Ordinal);
        Assert.Contains("same disk", Weak(AnchorReview.Of(With(Path.Combine(folder, "others", "heads")), mounts)).What, StringComparison.Ordinal);
        Sound(AnchorReview.Of(With(Path.Combine(folder, "other", "heads")), mounts));
        Sound(AnchorReview.Of(options with { Audit = new AuditOptions { AnchorUrl = new Uri("https://audit.example.com/heads") } }, mounts));
    }

    [Fact]
    public void Accounts_and_tokens_are_reviewed()
    {
        var token = new ReviewedToken("0123456789ab", "nightly", "ci", null, null);
        var sound = new AccessReview(1, 0, [], 0, [], 0, []);
        Sound(AccountReview.Of(sound));
        Assert.Contains("slipway setup --code", Weak(AccountReview.Of(sound with { Administrators = 0 })).Mend, StringComparison.Ordinal);
        Assert.Contains("slipway members remove ann", Weak(AccountReview.Of(sound with { CannotSignInCount = 1, CannotSignIn = ["ann"] })).Mend, StringComparison.Ordinal);
        Assert.Contains("slipway tokens revoke 0123456789ab", Weak(AccountReview.Of(sound with { LastingTokensCount = 1, LastingTokens = [token] })).Mend, StringComparison.Ordinal);
        Assert.Contains("slipway tokens revoke 0123456789ab", Weak(AccountReview.Of(sound with { UnusedTokensCount = 1, UnusedTokens = [token] })).Mend, StringComparison.Ordinal);
        var many = Weak(AccountReview.Of(sound with { CannotSignInCount = 250, CannotSignIn = [.. Enumerable.Range(0, 100).Select(n => $"m{n}")] }));
        Assert.Contains("and 245 more", many.What, StringComparison.Ordinal);
    }

    private static ServerOptions Options(params string[] urls) => new() { Urls = urls };

    private static ServerOptions People(params string[] urls) => new() { Urls = urls, Access = new AccessOptions { Mode = AccessMode.People } };

    private static ReviewItem Weak(IEnumerable<ReviewItem> items)
    {
        var weak = Assert.Single(items, item => item.IsWeak);
        Assert.Contains(weak.Severity, (string[])[ReviewItem.High, ReviewItem.Medium, ReviewItem.Low]);
        Assert.False(string.IsNullOrWhiteSpace(weak.Why) || string.IsNullOrWhiteSpace(weak.Mend) || string.IsNullOrWhiteSpace(weak.Title), $"{weak}");
        return weak;
    }

    private static void Sound(IEnumerable<ReviewItem> items) => Assert.All(items, item => Assert.False(item.IsWeak));

    private static void Mode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
    }
}
