using System.Globalization;

namespace NotifyQuery.AppHost;

/// <summary>
/// An argument of a command: how the dashboard asks for it, which values it takes, and how the command reads it. Its name is that of the
/// tools' option for the same.
/// </summary>
internal sealed class CommandArgument
{
    private readonly Func<string, string?> problem;

    private CommandArgument(InteractionInput input, Func<string, string?> problem)
    {
        Input = input;
        this.problem = problem;
    }

    /// <summary>What the dashboard asks for.</summary>
    public InteractionInput Input { get; }

    /// <summary>A number within limits, which are included.</summary>
    public static CommandArgument Number(string name, string label, string description, double least, double most, double? standard = null) =>
        new(Create(InputType.Number, name, label, description, standard?.ToString(CultureInfo.InvariantCulture)), text =>
            Parse(text) is { } value && value >= least && value <= most
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"{name} is '{text}': it must be a number from {least} to {most}."));

    /// <summary>A whole number within limits, which are included.</summary>
    public static CommandArgument WholeNumber(string name, string label, string description, int least, int most, int? standard = null) =>
        new(Create(InputType.Number, name, label, description, standard?.ToString(CultureInfo.InvariantCulture)), text =>
            Parse(text) is { } value && value >= least && value <= most && Math.Floor(value) == value
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"{name} is '{text}': it must be a whole number from {least} to {most}."));

    /// <summary>A text.</summary>
    /// <param name="name">The option of the tools.</param>
    /// <param name="label">What the dashboard calls it.</param>
    /// <param name="description">What it means.</param>
    /// <param name="problem">What is wrong with a text, in one sentence, null if nothing is; null where any text will do.</param>
    /// <param name="standard">What it is unless something else is given; null for nothing.</param>
    public static CommandArgument Text(
        string name, string label, string description, Func<string, string?>? problem = null, string? standard = null) =>
        new(Create(InputType.Text, name, label, description, standard), problem ?? (_ => null));

    /// <summary>Yes or no; no unless it is chosen.</summary>
    public static CommandArgument Switch(string name, string label, string description) =>
        new(Create(InputType.Boolean, name, label, description, "false"), text =>
            bool.TryParse(text, out _) ? null : $"{name} is '{text}': it must be true or false.");

    /// <summary>The text that was given; null where there is none.</summary>
    public string? Given(ExecuteCommandContext context) => Given(context.Arguments);

    /// <summary>The number that was given; null where there is none.</summary>
    public double? Value(ExecuteCommandContext context) => Given(context) is { } text ? Parse(text) : null;

    /// <summary>The whole number that was given; null where there is none.</summary>
    public int? Integer(ExecuteCommandContext context) => (int?)Value(context);

    /// <summary>Whether it is chosen.</summary>
    public bool IsOn(ExecuteCommandContext context) => bool.TryParse(Given(context), out var on) && on;

    /// <summary>What is wrong with a value, in one sentence; null if nothing is.</summary>
    public string? ProblemWith(string value) => problem(value);

    /// <summary>Reports a value that it does not take.</summary>
    public void Validate(InputsDialogValidationContext context)
    {
        if (Given(context.Inputs) is { } text && ProblemWith(text) is { } message) context.AddValidationError(Input.Name, message);
    }

    private string? Given(InteractionInputCollection arguments) =>
        arguments.TryGetByName(Input.Name, out var given) && given.Value?.Trim() is { Length: > 0 } text ? text : null;

    private static double? Parse(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    private static InteractionInput Create(InputType type, string name, string label, string description, string? standard = null) =>
        new() { InputType = type, Name = name, Label = label, Description = description, Value = standard, Required = false };
}
