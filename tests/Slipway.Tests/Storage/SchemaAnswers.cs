using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Tests.Storage;

/// <summary>Questions with the answers that a server gave, in a file that people can read and compare.</summary>
internal sealed class SchemaAnswers
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<(Question Question, JsonNode Answer)> answers = [];

    public IReadOnlyList<Question> Questions => [.. answers.Select(answer => answer.Question)];

    public static async Task<SchemaAnswers> Ask(StillServer server, IReadOnlyList<Question> questions)
    {
        var asked = new SchemaAnswers();
        foreach (var question in questions)
        {
            var answer = await server.Send(question.Method, question.Path, question.Body);
            var isJson = answer.Response.Content.Headers.ContentType?.MediaType == "application/json";
            Assert.True(answer.Status == HttpStatusCode.OK, $"{question}: {(int)answer.Status} {answer.Body}");
            asked.answers.Add((question, isJson ? answer.Json : answer.Body));
        }
        return asked;
    }

    public static async Task<SchemaAnswers> Load(string path)
    {
        var loaded = new SchemaAnswers();
        foreach (var entry in JsonNode.Parse(await File.ReadAllTextAsync(path))!.AsArray())
            loaded.answers.Add((entry!["ask"].Deserialize<Question>()!, entry["answer"]!));
        return loaded;
    }

    /// <summary>One line for each question.</summary>
    public Task Save(string path) => File.WriteAllTextAsync(path, "[\n" + string.Join(",\n", answers.Select(entry =>
        new JsonObject { ["ask"] = JsonSerializer.SerializeToNode(entry.Question), ["answer"] = entry.Answer.DeepClone() }.ToJsonString(Plain))) + "\n]\n");

    /// <summary>Whatever was answered then must be answered now. A newer server may add members to an object, and nothing else.</summary>
    public void AssertStillGivenBy(SchemaAnswers now)
    {
        foreach (var (then, today) in answers.Zip(now.answers, (then, today) => (then, today)))
            if (Missing(then.Answer, today.Answer, "") is { } missing) Assert.Fail($"{then.Question.Method} {then.Question.Path} {then.Question.Body}: {missing}");
        Assert.Equal(answers.Count, now.answers.Count);
    }

    private static string? Missing(JsonNode? then, JsonNode? now, string at) => (then, now) switch
    {
        (JsonObject old, JsonObject today) => old.Select(member => Missing(member.Value, today[member.Key], $"{at}.{member.Key}")).FirstOrDefault(missing => missing is not null),
        (JsonArray old, JsonArray today) when old.Count == today.Count => old.Select((item, index) => Missing(item, today[index], $"{at}[{index}]")).FirstOrDefault(missing => missing is not null),
        _ => JsonNode.DeepEquals(then, now) ? null : $"{at} was {then?.ToJsonString() ?? "null"} and is {now?.ToJsonString() ?? "null"}",
    };
}
