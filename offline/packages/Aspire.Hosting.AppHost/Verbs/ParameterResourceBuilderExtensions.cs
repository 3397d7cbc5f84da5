using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

public static class ParameterResourceBuilderExtensions
{
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, [ResourceName] string name, bool secret = false) =>
        builder.AddParameterFromConfiguration(name, $"Parameters:{name}", secret);

    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, [ResourceName] string name, string value,
        bool publishValueAsDefault = false, bool secret = false) => builder.AddParameter(name, () => value, publishValueAsDefault, secret);

    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, [ResourceName] string name,
        Func<string> valueGetter, bool publishValueAsDefault = false, bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(valueGetter);
        if (publishValueAsDefault && secret)
            throw new ArgumentException("A parameter cannot be both secret and published as a default value.", nameof(secret));
        return builder.Add(new ParameterResource(name, _ => valueGetter(), secret));
    }

    public static IResourceBuilder<ParameterResource> AddParameterFromConfiguration(this IDistributedApplicationBuilder builder, [ResourceName] string name,
        string configurationKey, bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(configurationKey);
        return builder.Add(new ParameterResource(name, _ => Configured(builder.Configuration, configurationKey), secret));
    }

    public static IResourceBuilder<ParameterResource> WithDescription(this IResourceBuilder<ParameterResource> builder, string description,
        bool enableMarkdown = false)
    {
        ArgumentNullException.ThrowIfNull(description);
        builder.Resource.Description = description;
        builder.Resource.EnableDescriptionMarkdown = enableMarkdown;
        return builder;
    }

    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(this IDistributedApplicationBuilder builder,
        [ResourceName] string name, string? environmentVariableName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new ConfiguredConnectionString(name, builder.Configuration, environmentVariableName));
    }

    private static string Configured(ConfigurationManager configuration, string key)
    {
        // Names have hyphens; many shells cannot set a variable that has one.
        var value = configuration[key] is { Length: > 0 } found ? found : configuration[key.Replace('-', '_')];
        return string.IsNullOrEmpty(value)
            ? throw new MissingParameterValueException(
                $"Parameter resource could not be used because configuration key '{key}' is missing and the Parameter has no default value.")
            : value;
    }

    private static IResourceBuilder<T> Add<T>(this IDistributedApplicationBuilder builder, T parameter) where T : ParameterResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddResource(parameter).WithInitialState(new()
        {
            ResourceType = parameter.IsConnectionString ? "ConnectionString" : "Parameter",
            Properties = [new("parameter.secret", parameter.Secret)],
            State = KnownResourceStates.Waiting,
        });
    }

    /// <summary>A connection string that is given by configuration only.</summary>
    private sealed class ConfiguredConnectionString : ParameterResource, IResourceWithConnectionString
    {
        private readonly string? _variable;

        public ConfiguredConnectionString(string name, IConfiguration configuration, string? variable)
            : base(name, _ => configuration.GetConnectionString(name) is { Length: > 0 } value
                ? value
                : throw new MissingParameterValueException(
                    $"Connection string parameter resource could not be used because connection string '{name}' is missing."), secret: true)
        {
            IsConnectionString = true;
            _variable = variable;
        }

        public string? ConnectionStringEnvironmentVariable => _variable;

        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{new ValueOf(this)}");

        string IManifestExpressionProvider.ValueExpression => ValueExpression;

        ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetValueAsync(cancellationToken);

        ValueTask<string?> IValueProvider.GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken) =>
            GetValueAsync(cancellationToken);

        /// <summary>The bare value: the resource itself would resolve to its connection string expression, hence to itself.</summary>
        private sealed class ValueOf(ParameterResource parameter) : IExpressionValue
        {
            public string ValueExpression => parameter.ValueExpression;

            public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => parameter.GetValueAsync(cancellationToken);
        }
    }
}
