namespace Aspire.Hosting;

/// <summary>The one rule for names of resources and endpoints.</summary>
internal static class ModelName
{
    public static void Validate(string kind, string name, NameValidationPolicyAnnotation? policy = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        policy ??= NameValidationPolicyAnnotation.Default;
        if (Violation(name, policy) is { } rule)
            throw new ArgumentException($"{kind} name '{name}' is invalid. {rule}", nameof(name));
    }

    private static string? Violation(string name, NameValidationPolicyAnnotation policy)
    {
        if (name.Length < 1 || name.Length > policy.MaxLength)
            return $"Name must be between 1 and {policy.MaxLength ?? int.MaxValue} characters long.";
        if (policy.ValidateAllowedCharacters && !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            return "Name must contain only ASCII letters, digits, and hyphens.";
        if (policy.ValidateStartsWithLetter && !char.IsAsciiLetter(name[0]))
            return "Name must start with an ASCII letter.";
        if (policy.ValidateNoConsecutiveHyphens && name.Contains("--", StringComparison.Ordinal))
            return "Name cannot contain consecutive hyphens.";
        return policy.ValidateNoTrailingHyphen && name.EndsWith('-') ? "Name cannot end with a hyphen." : null;
    }
}
