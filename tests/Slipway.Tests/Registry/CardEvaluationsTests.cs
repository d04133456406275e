using Slipway.Storage;
using Slipway.Tests.Server;

namespace Slipway.Tests.Registry;

/// <summary>What Slipway measured itself stands on the card before what was claimed.</summary>
public sealed class CardEvaluationsTests
{
    [Theory]
    [InlineData(Dialect.Sqlite)]
    [InlineData(Dialect.Postgres)]
    public async Task Newest_computed_value_of_each_metric_and_data_comes_first(Dialect dialect)
    {
        Database database = null!;
        await using var server = await TestServer.Start(dialect, compose: parts => database = parts.Database);
        await server.Post("/api/2.0/mlflow/registered-models/create", """{"name":"m"}""");
        await server.Post("/api/2.0/mlflow/model-versions/create", """{"name":"m","source":"s3://b/m"}""");
        var made = await database.Write<Done>(static session =>
        {
            var no = session.Long("SELECT no FROM model_versions")!.Value;
            foreach (var (status, digest, value) in ((int, string, double)[])[(3, "d1", 0.5), (3, "d1", 0.7), (3, "d2", 0.6), (4, "d1", 0.9)])
            {
                var id = session.Long("""
                    INSERT INTO model_evaluations (version_no, workspace_id, dataset_no, dataset_name, dataset_digest, model_digest, metrics_asked, status, created_by, created_ms, computed_ms)
                    VALUES ($1, 0, 1, 'data', $2, 'files', '', $3, 'ada', 1, 2) RETURNING id
                    """, no, digest, status)!.Value;
                session.Execute("INSERT INTO model_evaluation_metrics (evaluation_id, metric, value, error) VALUES ($1, 'auc', $2, 0)", id, value);
            }
            return default(Done);
        }, default);
        Assert.True(made.Succeeded);
        var card = (await server.Get("/api/slipway/v1/models/m/versions/1/card")).Json;
        Assert.Equal(["auc d2 0.6 computed", "auc d1 0.7 computed"], card["metrics"]!.AsArray().Select(one => FormattableString.Invariant($"{one!["key"]} {one["dataset_digest"]} {(double)one["value"]!} {one["origin"]}")));
        Assert.Equal(2, (int)card["metrics_total"]!);
    }
}
