using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>The arguments and variables of a resource, as its process gets them.</summary>
internal sealed record ResourceConfiguration(IReadOnlyDictionary<string, string> Environment, IReadOnlyList<string> Arguments)
{
    /// <summary>Names of the variables that were made from secret parameters.</summary>
    public IReadOnlySet<string> Secrets { get; private init; } = new HashSet<string>();

    /// <summary>Runs the callbacks in the order in which they were added and resolves the values; may wait for other resources.</summary>
    public static async Task<ResourceConfiguration> EvaluateAsync(IResource resource, DistributedApplicationExecutionContext context, ILogger logger,
        CancellationToken cancellationToken)
    {
        var where = new ValueProviderContext
        {
            Caller = resource,
            ExecutionContext = context,
            Network = resource is ContainerResource ? KnownNetworkIdentifiers.DefaultAspireContainerNetwork : KnownNetworkIdentifiers.LocalhostNetwork,
        };

        var variables = new EnvironmentCallbackContext(context, resource, cancellationToken: cancellationToken) { Logger = logger };
        foreach (var callback in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToList())
            await callback.Callback(variables).ConfigureAwait(false);
        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in variables.EnvironmentVariables)
        {
            if (await TextAsync(value, where, cancellationToken).ConfigureAwait(false) is { } text)
                environment[name] = text;
        }

        var given = new CommandLineArgsCallbackContext([], resource, cancellationToken) { ExecutionContext = context, Logger = logger };
        foreach (var callback in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToList())
            await callback.Callback(given).ConfigureAwait(false);
        var arguments = new List<string>();
        foreach (var value in given.Args)
        {
            if (await TextAsync(value, where, cancellationToken).ConfigureAwait(false) is { } text)
                arguments.Add(text);
        }

        return new(environment, arguments)
        {
            Secrets = variables.EnvironmentVariables.Where(variable => IsSecret(variable.Value)).Select(variable => variable.Key).ToHashSet(),
        };
    }

    private static bool IsSecret(object value) => value switch
    {
        ParameterResource parameter => parameter.Secret,
        IResourceBuilder<IResource> { Resource: var resource } => IsSecret(resource),
        IResourceWithConnectionString resource => IsSecret(resource.ConnectionStringExpression),
        IValueWithReferences expression => expression.References.Any(IsSecret),
        _ => false,
    };

    public static async ValueTask<string?> TextAsync(object? value, ValueProviderContext where, CancellationToken cancellationToken) => value switch
    {
        string text => text,
        IValueProvider provider => await provider.GetValueAsync(where, cancellationToken).ConfigureAwait(false),
        IResourceBuilder<IResource> { Resource: IValueProvider provider } => await provider.GetValueAsync(where, cancellationToken).ConfigureAwait(false),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString(),
    };
}
