namespace Aspire.Hosting.ApplicationModel;

/// <summary>A default of a parameter. The kinds that the real package knows are left out, so nobody derives from it here.</summary>
public abstract class ParameterDefault
{
    private protected ParameterDefault() { }

    public abstract string GetDefaultValue();
}

public class ParameterResource : Resource, IExpressionValue
{
    private readonly Lazy<string> _value;

    public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false) : base(name)
    {
        ArgumentNullException.ThrowIfNull(callback);
        _value = new(() => callback(null));
        Secret = secret;
    }

    public bool Secret { get; }

    public string? Description { get; set; }

    public bool EnableDescriptionMarkdown { get; set; }

    public bool IsConnectionString { get; set; }

    [Obsolete("Use GetValueAsync for async access or pass the ParameterResource directly to methods that accept it.")]
    public string Value => _value.Value;

    public string ValueExpression => IsConnectionString ? $"{{{Name}.connectionString}}" : $"{{{Name}.value}}";

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => new(_value.Value);
}
