using k8s;
using k8s.Models;

namespace Kestrel.Streams.Tests;

/// <summary>
/// The manifests of <c>deploy/kubernetes.yaml</c>, read strictly into the types of the Kubernetes client, which are made of the schema of its API:
/// a name that it does not know, or a value of another kind, is a fault. No cluster has run them.
/// </summary>
public sealed class KubernetesTests
{
    private static readonly IReadOnlyList<object> _objects = KubernetesYaml.LoadAllFromString(File.ReadAllText(Paths.Deploy("kubernetes.yaml")), typeMap: null, strict: true);

    private static readonly V1Deployment _deployment = _objects.OfType<V1Deployment>().Single();
    private static readonly V1PodSpec _pod = _deployment.Spec.Template.Spec;
    private static readonly V1Container _chat = _pod.Containers.Single();

    [Fact]
    public void They_are_a_deployment_its_service_and_its_budget()
    {
        Assert.Equal(["Deployment", "Service", "PodDisruptionBudget"], _objects.Cast<IKubernetesObject>().Select(static made => made.Kind));
        var labels = _deployment.Spec.Template.Metadata.Labels;
        Assert.Equal(labels, _deployment.Spec.Selector.MatchLabels);
        Assert.Equal(labels, _objects.OfType<V1Service>().Single().Spec.Selector);
        Assert.Equal(labels, _objects.OfType<V1PodDisruptionBudget>().Single().Spec.Selector.MatchLabels);
    }

    [Fact]
    public void Probes_and_services_name_ports_that_there_are()
    {
        var ports = _chat.Ports.Select(static port => port.Name).ToList();
        Assert.All([_chat.StartupProbe, _chat.ReadinessProbe], probe => Assert.Equal(("/ready", true), (probe.HttpGet.Path, ports.Contains(probe.HttpGet.Port.Value))));
        Assert.Contains(_chat.LivenessProbe.TcpSocket.Port.Value, ports);
        Assert.All(_objects.OfType<V1Service>().Single().Spec.Ports, port => Assert.Contains(port.TargetPort.Value, ports));
    }

    [Fact]
    public void A_pod_has_the_time_for_its_drain()
    {
        var parting = int.Parse(_chat.Env.Single(static variable => variable.Name == "ShutdownTimeoutSeconds").Value);
        Assert.True(_pod.TerminationGracePeriodSeconds > _chat.Lifecycle.PreStop.Sleep.Seconds + parting + 10);
    }

    [Fact]
    public void A_strict_reading_finds_a_fault() =>
        Assert.ThrowsAny<Exception>(static () => KubernetesYaml.LoadAllFromString("apiVersion: v1\nkind: Service\nmetadata:\n  name: chat\nspec:\n  prots: []\n", typeMap: null, strict: true));
}
