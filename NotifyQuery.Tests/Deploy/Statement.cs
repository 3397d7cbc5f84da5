namespace NotifyQuery.Tests.Deploy;

/// <summary>A statement of a role's policy, with the condition under which the template has it.</summary>
internal sealed record Statement(string Role, bool Allows, string[] Actions, string[] Resources, string? Condition);
