namespace Aspire.Hosting
{
    public sealed class ConnectionStringResource(string name, ReferenceExpression connectionStringExpression)
        : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport
    {
        public ReferenceExpression ConnectionStringExpression { get; } = connectionStringExpression;
    }
}

namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>The connection string of a resource as a value: of a reference or of a variable.</summary>
    public class ConnectionStringReference(IResourceWithConnectionString resource, bool optional) : IExpressionValue, IValueWithReferences
    {
        public IResourceWithConnectionString Resource { get; } = resource;

        public bool Optional { get; } = optional;

        string IManifestExpressionProvider.ValueExpression => Resource.ValueExpression;

        IEnumerable<object> IValueWithReferences.References => [Resource];

        ValueTask<string?> IValueProvider.GetValueAsync(CancellationToken cancellationToken) => GetAsync(new(), cancellationToken);

        ValueTask<string?> IValueProvider.GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken) =>
            GetAsync(context, cancellationToken);

        private async ValueTask<string?> GetAsync(ValueProviderContext context, CancellationToken cancellationToken)
        {
            var value = await ((IValueProvider)Resource).GetValueAsync(context, cancellationToken).ConfigureAwait(false);
            if (string.IsNullOrEmpty(value) && !Optional)
                throw new DistributedApplicationException($"The connection string for the resource '{Resource.Name}' is not available.");
            return value;
        }
    }
}
