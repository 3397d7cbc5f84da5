namespace Aspire.Hosting.ApplicationModel;

public interface IModelNameParameter;

[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ResourceNameAttribute : Attribute, IModelNameParameter;

[AttributeUsage(AttributeTargets.Parameter)]
public sealed class EndpointNameAttribute : Attribute, IModelNameParameter;

public sealed class NameValidationPolicyAnnotation : IResourceAnnotation
{
    public static readonly NameValidationPolicyAnnotation Default = new();

    public static readonly NameValidationPolicyAnnotation None = new()
    {
        MaxLength = null,
        ValidateStartsWithLetter = false,
        ValidateAllowedCharacters = false,
        ValidateNoConsecutiveHyphens = false,
        ValidateNoTrailingHyphen = false,
    };

    public int? MaxLength { get; init; } = 64;

    public bool ValidateStartsWithLetter { get; init; } = true;

    public bool ValidateAllowedCharacters { get; init; } = true;

    public bool ValidateNoConsecutiveHyphens { get; init; } = true;

    public bool ValidateNoTrailingHyphen { get; init; } = true;
}
