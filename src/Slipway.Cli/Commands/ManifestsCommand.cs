using System.CommandLine;
using Slipway.Cli.Export;

namespace Slipway.Cli.Commands;

/// <summary>`slipway endpoints manifests`: what Kubernetes is told.</summary>
internal static class ManifestsCommand
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The endpoint." };
        var image = new Option<string?>("--image") { Description = "The image, made from slipway export --image-context. Default: NAME:latest.", HelpName = "IMAGE" };
        var space = new Option<string?>("--namespace") { Description = "The namespace.", HelpName = "NAME" };
        var replicas = new Option<int>("--replicas") { Description = "Pods at least.", HelpName = "N", DefaultValueFactory = static _ => 2 };
        var most = new Option<int>("--replicas-max") { Description = "Pods at most.", HelpName = "N", DefaultValueFactory = static _ => 10 };
        var cpu = new Option<string>("--cpu") { Description = "Processor that a pod asks for.", HelpName = "QUANTITY", DefaultValueFactory = static _ => "500m" };
        var memory = new Option<string>("--memory") { Description = "Memory of a pod.", HelpName = "QUANTITY", DefaultValueFactory = static _ => "512Mi" };
        var target = new Option<int>("--cpu-target") { Description = "Use of processor, in percent, above which pods are added.", HelpName = "PERCENT", DefaultValueFactory = static _ => 70 };
        var shared = new Option<string?>("--shared-database") { Description = "The pods read the server's database: a secret with the keys database and artifacts.", HelpName = "SECRET" };
        var command = new Command("manifests", "Print Kubernetes manifests of an endpoint: Deployment, Service, HorizontalPodAutoscaler, PodDisruptionBudget.") { name, image, space, replicas, most, cpu, memory, target, shared };
        command.SetAction(parsed =>
        {
            var endpoint = parsed.GetValue(name)!;
            var written = KubernetesManifests.Write(new ManifestOptions(endpoint, parsed.GetValue(image) ?? $"{endpoint.ToLowerInvariant()}:latest")
            {
                Namespace = parsed.GetValue(space),
                Replicas = parsed.GetValue(replicas),
                ReplicasMax = parsed.GetValue(most),
                Cpu = parsed.GetValue(cpu)!,
                Memory = parsed.GetValue(memory)!,
                CpuTarget = parsed.GetValue(target),
                SharedDatabase = parsed.GetValue(shared),
            });
            if (written.Problem is { } problem) throw new CommandFailure(ExitCode.Usage, problem.Message);
            terminal.Output.Write(written.Value);
            return ExitCode.Ok;
        });
        return command;
    }
}
