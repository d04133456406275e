using Slipway.Access;
using Slipway.Client;
using Slipway.Storage;
using Slipway.Tests.Access;

namespace Slipway.Tests.Client;

public sealed class AccessClientOnSqlite() : AccessClientTests(Dialect.Sqlite);

public sealed class AccessClientOnPostgres() : AccessClientTests(Dialect.Postgres);

/// <summary>The SDK's part of access, against a real server.</summary>
public abstract class AccessClientTests(Dialect dialect)
{
    [Fact]
    public async Task Members_groups_roles_and_grants_are_made_read_and_taken_back()
    {
        await using var access = await AccessServer.Start(dialect);
        using var root = Client(access, "root");
        await root.Access.CreateMemberAsync(new CreateMember("ann", null, "Ann", "ann@example.org", AccessServer.Password, null));
        await root.Access.CreateMemberAsync(new CreateMember("team", "group", null, null, null, null));
        await root.Access.CreateMemberAsync(new CreateMember("ci", "service", null, null, null, null));
        Assert.Equal(["ann", "ci", "root", "team"], await Names(root.Access.MembersAsync()));
        Assert.Equal(["team"], await Names(root.Access.MembersAsync("group")));

        await root.Access.AddToGroupAsync("team", "ann");
        await root.Access.AddToGroupAsync("team", "ci");
        Assert.Equal(["ann", "ci"], await Names(root.Access.MembersOfAsync("team")));
        await root.Access.RemoveFromGroupAsync("team", "ci");
        Assert.Equal(["ann"], await Names(root.Access.MembersOfAsync("team")));
        Assert.True((await Assert.ThrowsAsync<SlipwayException>(() => Names(root.Access.MembersOfAsync("ann")))).IsNotFound);

        await root.Access.AssignRoleAsync("team", "contributor");
        Assert.Contains(new HeldRole("team", "group", "contributor"), await root.Access.RolesAsync());
        using var ann = Client(access, "ann");
        Assert.Contains("WriteExperiments", (await ann.Access.WhoAmIAsync()).Rights);
        var experiment = await ann.Experiments.CreateAsync("flights");
        await root.Access.SetGrantAsync("ann", experiment.Id, "denied");
        Assert.Contains(await Listed(root.Access.GrantsAsync(experiment.Id)), grant => grant is { Name: "ann", Level: "denied" });
        Assert.True((await Assert.ThrowsAsync<SlipwayException>(() => ann.Experiments.GetAsync(experiment.Id))).IsNotFound);
        var explained = await root.Access.ExplainAsync("ann", experiment.Id);
        Assert.Empty(explained.Rights);
        Assert.Contains(explained.Reasons, reason => reason.Contains("denial", StringComparison.Ordinal));
        await root.Access.SetGrantAsync("ann", experiment.Id, null);
        Assert.Equal("flights", (await ann.Experiments.GetAsync(experiment.Id)).Name);

        await root.Access.UnassignRoleAsync("team", "contributor");
        Assert.DoesNotContain("WriteExperiments", (await ann.Access.WhoAmIAsync()).Rights);
        Assert.Equal(403, (await Assert.ThrowsAsync<SlipwayException>(() => ann.Access.RolesAsync())).Status);
        await root.Access.UpdateMemberAsync(new UpdateMember("ann", null, null, null, true));
        Assert.Equal(401, (await Assert.ThrowsAsync<SlipwayException>(() => ann.Access.WhoAmIAsync())).Status);
        await root.Access.RemoveMemberAsync("ann");
        Assert.True((await Assert.ThrowsAsync<SlipwayException>(() => root.Access.MemberAsync("ann"))).IsNotFound);
    }

    [Fact]
    public async Task A_token_works_in_its_workspace_until_it_is_revoked()
    {
        await using var access = await AccessServer.Start(dialect);
        using var root = Client(access, "root");
        await root.Workspaces.CreateAsync(new PutWorkspace("team-a", "of team A", new WorkspaceQuota(1_000_000, 10, null)));
        Assert.Equal(new WorkspaceQuota(1_000_000, 20, null), (await root.Workspaces.UpdateAsync(new PutWorkspace("team-a", null, new WorkspaceQuota(1_000_000, 20, null)))).Quota);
        await root.Access.CreateMemberAsync(new CreateMember("ci", "service", null, null, null, null));
        using (var there = Client(access, "root", "team-a")) await there.Access.AssignRoleAsync("ci", "contributor");

        var made = await root.Access.CreateTokenAsync(new CreateToken("nightly", "ci", "team-a", ["write"], 7));
        using var ci = new SlipwayClient(new SlipwayClientOptions { Url = access.Server.Http.BaseAddress!, Token = made.Token });
        Assert.Equal(("ci", "team-a"), ((await ci.Access.WhoAmIAsync()).Name, (await ci.Access.WhoAmIAsync()).Workspace));
        await using (var run = await ci.StartRunAsync("flights"))
        {
            await ci.Artifacts.UploadAsync(run.Id, new MemoryStream([1, 2, 3]), "a.bin");
            await run.FinishAsync();
        }
        Assert.Equal(made.Info.Id, Assert.Single(await root.Access.TokensAsync("ci")).Id);
        Assert.DoesNotContain(made.Token, made.ToString(), StringComparison.Ordinal);

        using (var there = Client(access, "root", "team-a"))
        {
            await there.Secrets.SetAsync("webhook", "a secret");
            await there.Secrets.SetAsync("other", "a secret");
            await there.Secrets.DeleteAsync("other");
            Assert.Equal("webhook", Assert.Single(await there.Secrets.ListAsync()).Name);
            Assert.Empty(await root.Secrets.ListAsync());
            Assert.Equal(1, (await root.Secrets.RotateAsync()).Secrets);
        }
        await root.Workspaces.DeleteAsync("team-a");
        Assert.True((await Assert.ThrowsAsync<SlipwayException>(() => ci.Access.WhoAmIAsync())).IsNotFound);
        await root.Workspaces.RestoreAsync("team-a");
        await root.Access.RevokeTokenAsync(made.Info.Id);
        Assert.Equal(401, (await Assert.ThrowsAsync<SlipwayException>(() => ci.Access.WhoAmIAsync())).Status);
    }

    [Fact]
    public async Task Ones_own_password_needs_the_present_one()
    {
        await using var access = await AccessServer.Start(dialect);
        await access.Person("ann", []);
        using var ann = Client(access, "ann");
        Assert.Equal(403, (await Assert.ThrowsAsync<SlipwayException>(() => ann.Access.SetPasswordAsync("another long one", "wrong"))).Status);
        await ann.Access.SetPasswordAsync("another long one", AccessServer.Password);
        Assert.Equal(401, (await Assert.ThrowsAsync<SlipwayException>(() => ann.Access.WhoAmIAsync())).Status);
        using var root = Client(access, "root");
        await root.Access.SetPasswordAsync(AccessServer.Password, name: "ann");
        Assert.Equal("ann", (await ann.Access.WhoAmIAsync()).Name);
    }

    private static SlipwayClient Client(AccessServer access, string name, string? workspace = null) =>
        new(new SlipwayClientOptions { Url = access.Server.Http.BaseAddress!, UserName = name, Password = AccessServer.Password, Workspace = workspace, RetriesMax = 0 });

    private static async Task<string[]> Names(IAsyncEnumerable<Member> members) => [.. (await Listed(members)).Select(member => member.Name)];

    private static async Task<List<T>> Listed<T>(IAsyncEnumerable<T> source)
    {
        var all = new List<T>();
        await foreach (var one in source) all.Add(one);
        return all;
    }
}
