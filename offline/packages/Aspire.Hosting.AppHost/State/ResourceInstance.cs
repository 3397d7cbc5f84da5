using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// The id under which the running instance of a resource is known: for what the orchestrator starts it is the name with a suffix, for
/// all others the name itself.
/// </summary>
internal sealed class ResourceInstanceAnnotation(string name) : IResourceAnnotation
{
    public string Suffix { get; } = RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz", 8);

    public string Id => $"{name}-{Suffix}";
}

internal static class ResourceInstance
{
    public static bool IsOrchestrated(this IResource resource) => resource is ProjectResource or ExecutableResource or ContainerResource;

    public static string InstanceId(this IResource resource) => resource.IsOrchestrated() ? Annotation(resource).Id : resource.Name;

    public static string InstanceSuffix(this IResource resource) => Annotation(resource).Suffix;

    private static ResourceInstanceAnnotation Annotation(IResource resource)
    {
        // One lock per model object: the id is asked for by several tasks and must be drawn once.
        lock (resource.Annotations)
        {
            if (resource.Annotations.OfType<ResourceInstanceAnnotation>().FirstOrDefault() is { } existing)
                return existing;
            var created = new ResourceInstanceAnnotation(resource.Name);
            resource.Annotations.Add(created);
            return created;
        }
    }
}
