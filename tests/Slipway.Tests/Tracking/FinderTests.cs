using System.Net;

namespace Slipway.Tests.Tracking;

public sealed class FinderOnSqlite(TrackingOnSqlite server) : FinderTests(server), IClassFixture<TrackingOnSqlite>;

public sealed class FinderOnPostgres(TrackingOnPostgres server) : FinderTests(server), IClassFixture<TrackingOnPostgres>;

/// <summary>Finding anything by name or id.</summary>
public abstract class FinderTests(TrackingServer server)
{
    [Fact]
    public async Task Things_are_found_by_name_the_best_first_and_newest_first()
    {
        var word = "w" + Guid.NewGuid().ToString("N")[..8];
        var experiment = await Experiment($"Éxp of {word}");
        var early = await Run(experiment, $"{word.ToUpperInvariant()} 50% a_b");
        var late = await Run(experiment, $"{word} again");
        var inside = await Run(experiment, $"the {word}");
        var model = (string)(await server.Ok("/logged-models", $$"""{"experiment_id":"{{experiment}}","name":"{{word}}-net"}"""))["model"]!["info"]!["model_id"]!;
        Assert.Equal([model, late, early, inside, experiment], (await Find(word)).Select(static one => one.Id));
        var first = (await Find($"{word} AGAIN")).Single();
        Assert.Equal(("run", late, $"{word} again", experiment, $"Éxp of {word}"), first);
        Assert.Equal([early], (await Find(word + " 50% A_B")).Select(static one => one.Id));
        Assert.Empty(await Find(word + " 50_ a"));
        Assert.Equal([experiment], (await Find("éXP OF " + word)).Select(static one => one.Id));
        Assert.Equal([model, late], (await Find(word, "&max=2")).Select(static one => one.Id));
        await server.Ok("/runs/delete", $$"""{"run_id":"{{late}}"}""");
        Assert.DoesNotContain(await Find(word), one => one.Id == late);
    }

    [Fact]
    public async Task Things_are_found_by_their_id_or_its_beginning()
    {
        var experiment = await Experiment(server.Name());
        var run = await Run(experiment, "found by id");
        var model = (string)(await server.Ok("/logged-models", $$"""{"experiment_id":"{{experiment}}","name":"n"}"""))["model"]!["info"]!["model_id"]!;
        Assert.Equal(("run", run), (await Find(run)).Select(static one => (one.Kind, one.Id)).First());
        Assert.Contains(await Find(run[..20].ToUpperInvariant()), one => one.Id == run);
        Assert.Contains(await Find(model[..22]), one => (one.Kind, one.Id) == ("logged_model", model));
        Assert.Equal(("experiment", experiment), (await Find(experiment)).Select(static one => (one.Kind, one.Id)).First());
        await server.Ok("/runs/delete", $$"""{"run_id":"{{run}}"}""");
        Assert.Equal(run, (await Find(" " + run + " ")).First().Id);
        Assert.Empty(await Find("0000000000000000000000000000000g"));
    }

    [Theory]
    [InlineData("", "q")]
    [InlineData("?q=%20", "q")]
    [InlineData("?q=a&max=0", "it must be from 1 to 50")]
    [InlineData("?q=a&max=51", "it must be from 1 to 50")]
    [InlineData("?q=a%00b", "NUL")]
    public async Task Wrong_request_is_400_and_says_why(string query, string says)
    {
        var answer = await server.Send("GET", "/api/slipway/v1/find" + query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(says, answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_over_the_limit_is_refused()
    {
        var answer = await server.Send("GET", "/api/slipway/v1/find?q=" + new string('a', 251));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("'q' exceeds the maximum length of 250 characters", answer.Message, StringComparison.Ordinal);
    }

    private async Task<string> Experiment(string name) => (string)(await server.Ok("/experiments/create", $$"""{"name":"{{name}}"}"""))["experiment_id"]!;

    private async Task<string> Run(string experiment, string name) => (string)(await server.Ok("/runs/create", $$"""{"experiment_id":"{{experiment}}","run_name":"{{name}}"}"""))["run"]!["info"]!["run_id"]!;

    private async Task<List<(string Kind, string Id, string Name, string? Experiment, string? Snippet)>> Find(string text, string more = "")
    {
        var answer = await server.Send("GET", $"/api/slipway/v1/find?q={Uri.EscapeDataString(text)}{more}");
        Assert.True(answer.Status is HttpStatusCode.OK, answer.Body);
        return [.. answer.Json["results"]!.AsArray().Select(static one => ((string)one!["kind"]!, (string)one["id"]!, (string)one["name"]!, (string?)one["experiment_id"], (string?)one["snippet"]))];
    }
}
