using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Slipway.Server;
using Slipway.Tests.Server;

namespace Slipway.Tests.Access;

/// <summary>The server made to call an address of the caller's choice. A listener stands for what it should not reach; after the server has stopped nobody may have called.</summary>
public sealed partial class PublishedAttacksTests
{
    [Theory]
    [InlineData("CVE-2023-6018", "http://{inside}/api/2.0/mlflow-artifacts/artifacts/")]
    [InlineData("CVE-2023-6974", "http://{inside}/redirect?to=http://169.254.169.254/latest/meta-data/")]
    [InlineData("CVE-2023-6974", "mlflow-artifacts://{inside}/redirect")]
    [InlineData("CVE-2023-6974", "s3://{inside}/bucket")]
    [InlineData("CVE-2023-6975", "ftp://{inside}/a")]
    [InlineData("CVE-2023-6975", "sftp://{inside}/a")]
    public async Task An_address_of_artifacts_makes_the_server_call_nobody(string number, string address)
    {
        await NobodyIsCalled(async (server, inside) =>
        {
            // As reported: the address as the source of a model, a second version that names the first, then a file of it. An experiment's location is what there is here.
            address = address.Replace("{inside}", inside, StringComparison.Ordinal);
            await server.Post("/ajax-api/2.0/mlflow/registered-models/create", new JsonObject { ["name"] = number }.ToJsonString());
            foreach (var source in new[] { address, $"models:/{number}/1" })
                await server.Post("/ajax-api/2.0/mlflow/model-versions/create", new JsonObject { ["name"] = number, ["source"] = source }.ToJsonString());
            foreach (var version in new[] { 1, 2 }) TellsNothing(await server.Get($"/model-versions/get-artifact?path=random&name={number}&version={version}"));

            var (experiment, run, kept) = await MakeRun(server, number, address);
            Assert.True(kept);
            var stored = await server.Send(Bytes(HttpMethod.Post, $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=a.txt", "text"));
            // A host in our own scheme names no other server: the path is one of this server's tree.
            Assert.Equal(address.StartsWith("mlflow-artifacts:", StringComparison.Ordinal) ? HttpStatusCode.OK : HttpStatusCode.BadRequest, stored.Status);
            TellsNothing(await server.Get($"/get-artifact?path=random&run_uuid={run}"));
            await server.Get($"/api/2.0/mlflow/artifacts/list?run_id={run}&path=random");
            await server.Post("/api/2.0/mlflow/logged-models", new JsonObject { ["experiment_id"] = experiment, ["name"] = "m" }.ToJsonString());
            await server.Send(new HttpRequestMessage(HttpMethod.Delete, $"/api/slipway/v1/runs/{run}?hard=true"));
            await server.Post("/api/2.0/mlflow/experiments/delete", new JsonObject { ["experiment_id"] = experiment }.ToJsonString());
        });
    }

    [Fact]
    public async Task CVE_2023_6570_a_namespace_is_no_part_of_an_address()
    {
        await NobodyIsCalled(async (server, inside) =>
        {
            // Kubeflow's pages fetched an artifact from a service whose host was put together with the caller's namespace.
            foreach (var space in new[] { inside, inside + "/", $"x@{inside}/", $"{inside}%23", "..%2f..%2fetc" })
            {
                TellsNothing(await server.Get($"/pipeline/artifacts/get?source=minio&namespace={space}&bucket=test&key=data"));
                TellsNothing(await server.Get($"/artifacts/get?source=minio&namespace={space}&bucket=test&key=data"));
                // A workspace is what a namespace is here, and it comes in a header with every request for an artifact.
                foreach (var path in new[] { "/get-artifact?path=data&run_uuid=0", Proxy + "test/data", "/api/2.0/mlflow-artifacts/presigned/test/data" })
                {
                    using var request = new HttpRequestMessage(HttpMethod.Get, path);
                    request.Headers.TryAddWithoutValidation(CallerSource.WorkspaceHeader, space);
                    var answer = await server.Send(request);
                    TellsNothing(answer);
                    Assert.InRange((int)answer.Status, 400, 499);
                }
            }
        });
    }

    [Fact]
    public async Task CVE_2025_52967_no_gateway_passes_a_path_on()
    {
        await NobodyIsCalled(async (server, inside) =>
        {
            foreach (var path in new[] { "foo/bar", "../" + inside, $"@{inside}/", $"http://{inside}/", "api/2.0/endpoints/../../../x", $"gateway/{inside}/invocations" })
            {
                TellsNothing(await server.Post("/ajax-api/2.0/mlflow/gateway-proxy", new JsonObject { ["gateway_path"] = path, ["json_data"] = new JsonObject() }.ToJsonString()));
                TellsNothing(await server.Get("/ajax-api/2.0/mlflow/gateway-proxy?gateway_path=" + Uri.EscapeDataString(path)));
            }
            // The kind, with a target in absolute form: this server is no proxy.
            foreach (var verb in new[] { "GET", "POST" })
                Assert.DoesNotContain(" 200 ", (await Raw(server, verb, $"http://{inside}/x"))[..15], StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task CVE_2026_2393_and_CVE_2026_64849_no_caller_registers_an_address_that_is_called_on_events()
    {
        await NobodyIsCalled(async (server, inside) =>
        {
            foreach (var url in new[] { $"http://{inside}/hook", $"https://{inside}/hook" })
            {
                var hook = new JsonObject { ["name"] = "h", ["url"] = url, ["events"] = new JsonArray(new JsonObject { ["entity"] = "REGISTERED_MODEL", ["action"] = "CREATED" }) }.ToJsonString();
                foreach (var prefix in new[] { "/api/2.0/mlflow/webhooks", "/ajax-api/2.0/mlflow/webhooks" })
                {
                    TellsNothing(await server.Post(prefix, hook));
                    foreach (var id in new[] { "1", "h" }) TellsNothing(await server.Post($"{prefix}/{id}/test", hook));
                }
            }
            // Every event that there is goes to the audit log, and from there only to the address that the operator set.
            var (experiment, run, _) = await MakeRun(server, "watched", null);
            await server.Post("/ajax-api/2.0/mlflow/registered-models/create", """{"name":"watched"}""");
            await server.Post("/api/2.0/mlflow/runs/set-tag", new JsonObject { ["run_id"] = run, ["key"] = "webhook", ["value"] = $"http://{inside}/" }.ToJsonString());
            await server.Post("/api/2.0/mlflow/experiments/set-experiment-tag", new JsonObject { ["experiment_id"] = experiment, ["key"] = "mlflow.webhook.url", ["value"] = $"http://{inside}/" }.ToJsonString());
        });
    }

    private static async Task NobodyIsCalled(Func<TestServer, string, Task> attack)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using (var server = await TestServer.Start()) await attack(server, listener.LocalEndpoint.ToString()!);
        Assert.False(listener.Pending());
        using var call = new TcpClient();
        await call.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        Assert.True(listener.Pending(), "A call would not have been seen.");
    }
}
