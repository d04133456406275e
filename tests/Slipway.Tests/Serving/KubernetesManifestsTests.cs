using Slipway.Cli.Export;
using YamlDotNet.RepresentationModel;

namespace Slipway.Tests.Serving;

/// <summary>What is written is read back by a YAML reader, and names that Kubernetes would refuse do not come out.</summary>
public sealed class KubernetesManifestsTests
{
    private static List<YamlMappingNode> Documents(ManifestOptions options)
    {
        var written = KubernetesManifests.Write(options);
        Assert.True(written.Succeeded, written.Problem?.Message);
        var stream = new YamlStream();
        stream.Load(new StringReader(written.Value));
        return [.. stream.Documents.Select(static document => (YamlMappingNode)document.RootNode)];
    }

    private static YamlNode At(YamlNode node, params string[] path) => path.Aggregate(node, static (at, key) => at is YamlSequenceNode list ? list[int.Parse(key)] : ((YamlMappingNode)at)[key]);

    [Fact]
    public void Four_documents_fit_together()
    {
        var all = Documents(new ManifestOptions("late.Flights_v2", "registry.example.com/flights:7") { Namespace = "ml", Replicas = 3, ReplicasMax = 9, Memory = "1Gi", CpuTarget = 60 });
        Assert.Equal(["Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget"], all.Select(static one => one["kind"].ToString()));
        Assert.All(all, static one => Assert.Equal(("slipway-late-flights-v2", "ml"), (At(one, "metadata", "name").ToString(), At(one, "metadata", "namespace").ToString())));
        var pod = At(all[0], "spec", "template", "spec", "containers", "0");
        Assert.Equal("registry.example.com/flights:7", At(pod, "image").ToString());
        Assert.Equal(("/v2/health/ready", "/v2/health/live"), (At(pod, "readinessProbe", "httpGet", "path").ToString(), At(pod, "livenessProbe", "httpGet", "path").ToString()));
        Assert.Equal("1Gi", At(pod, "resources", "limits", "memory").ToString());
        Assert.Equal(At(all[0], "spec", "selector", "matchLabels").ToString(), At(all[1], "spec", "selector").ToString());
        Assert.Equal(("3", "9", "60"), (At(all[2], "spec", "minReplicas").ToString(), At(all[2], "spec", "maxReplicas").ToString(), At(all[2], "spec", "metrics", "0", "resource", "target", "averageUtilization").ToString()));
        Assert.Equal("2", At(all[3], "spec", "minAvailable").ToString());
    }

    [Fact]
    public void Pods_of_a_shared_database_take_it_from_a_secret()
    {
        var pod = At(Documents(new ManifestOptions("f", "slipway:1") { SharedDatabase = "slipway-db", Replicas = 1 })[0], "spec", "template", "spec", "containers", "0");
        Assert.Equal("SLIPWAY__DATABASE", At(pod, "env", "1", "name").ToString());
        Assert.Equal(("slipway-db", "artifacts"), (At(pod, "env", "2", "valueFrom", "secretKeyRef", "name").ToString(), At(pod, "env", "2", "valueFrom", "secretKeyRef", "key").ToString()));
        Assert.Contains("--endpoint", At(pod, "args").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_would_break_out_of_the_text_is_refused()
    {
        var good = new ManifestOptions("f", "slipway:1");
        foreach (var bad in (ManifestOptions[])[good with { Namespace = "a\nb" }, good with { Namespace = "A" }, good with { Image = "x y" }, good with { Cpu = "lots" }, good with { Memory = "1GB" }, good with { Replicas = 0 },
            good with { ReplicasMax = 1 }, good with { CpuTarget = 0 }, good with { SharedDatabase = "a: b" }, good with { Endpoint = "" }]) Assert.NotNull(KubernetesManifests.Write(bad).Problem);
        Assert.Equal("slipway-endpoint", At(Documents(good with { Endpoint = "___" })[0], "metadata", "name").ToString());
        Assert.Equal("a\"b", At(Documents(good with { Image = "a\"b" })[0], "spec", "template", "spec", "containers", "0", "image").ToString());
        Assert.Equal(KubernetesManifests.Write(good).Value, KubernetesManifests.Write(good).Value);
    }
}
