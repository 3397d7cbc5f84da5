using System.Globalization;

namespace NotifyQuery.AppHost;

/// <summary>
/// An argument of a command: its input in the dashboard, the accepted values, and how the command reads it. It has the name of the
/// corresponding option of the tools.
/// </summary>
internal sealed class CommandArgument
{
    private readonly Func<string, string?> problem;

    private CommandArgument(InteractionInput input, Func<string, string?> problem)
    {
        Input = input;
        this.problem = problem;
    }

    /// <summary>The input that the dashboard shows.</summary>
    public InteractionInput Input { get; }

    /// <summary>A number within inclusive limits.</summary>
    public static CommandArgument Number(
        string name,
        string label,
        string description,
        double least,
        double most,
        double? standard = null
    ) =>
        new(
            Create(InputType.Number, name, label, description, standard?.ToString(CultureInfo.InvariantCulture)),
            text =>
                Parse(text) is { } value && value >= least && value <= most
                    ? null
                    : string.Create(CultureInfo.InvariantCulture, $"{name} is '{text}': it must be a number from {least} to {most}.")
        );

    /// <summary>A whole number within inclusive limits.</summary>
    public static CommandArgument WholeNumber(string name, string label, string description, int least, int most, int? standard = null) =>
        new(
            Create(InputType.Number, name, label, description, standard?.ToString(CultureInfo.InvariantCulture)),
            text =>
                Parse(text) is { } value && value >= least && value <= most && Math.Floor(value) == value
                    ? null
                    : string.Create(CultureInfo.InvariantCulture, $"{name} is '{text}': it must be a whole number from {least} to {most}.")
        );

    /// <summary>A string.</summary>
    /// <param name="name">The name of the tools' option.</param>
    /// <param name="label">The label in the dashboard.</param>
    /// <param name="description">The meaning of the argument.</param>
    /// <param name="problem">
    /// Returns what is wrong with a value, in one sentence, or null if nothing is. A null function accepts every value.
    /// </param>
    /// <param name="standard">The default value; null for none.</param>
    public static CommandArgument Text(
        string name,
        string label,
        string description,
        Func<string, string?>? problem = null,
        string? standard = null
    ) => new(Create(InputType.Text, name, label, description, standard), problem ?? (_ => null));

    /// <summary>Yes or no; the default is no.</summary>
    public static CommandArgument Switch(string name, string label, string description) =>
        new(
            Create(InputType.Boolean, name, label, description, "false"),
            text => bool.TryParse(text, out _) ? null : $"{name} is '{text}': it must be true or false."
        );

    /// <summary>The given string; null if none was given.</summary>
    public string? Given(ExecuteCommandContext context) => Given(context.Arguments);

    /// <summary>The given number; null if none was given.</summary>
    public double? Value(ExecuteCommandContext context) => Given(context) is { } text ? Parse(text) : null;

    /// <summary>The given whole number; null if none was given.</summary>
    public int? Integer(ExecuteCommandContext context) => (int?)Value(context);

    /// <summary>Whether the switch is on.</summary>
    public bool IsOn(ExecuteCommandContext context) => bool.TryParse(Given(context), out var on) && on;

    /// <summary>What is wrong with a value, in one sentence; null if nothing is.</summary>
    public string? ProblemWith(string value) => problem(value);

    /// <summary>Adds a validation error if the value is not accepted.</summary>
    public void Validate(InputsDialogValidationContext context)
    {
        if (Given(context.Inputs) is { } text && ProblemWith(text) is { } message)
            context.AddValidationError(Input.Name, message);
    }

    private string? Given(InteractionInputCollection arguments) =>
        arguments.TryGetByName(Input.Name, out var given) && given.Value?.Trim() is { Length: > 0 } text ? text : null;

    private static double? Parse(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    private static InteractionInput Create(InputType type, string name, string label, string description, string? standard = null) =>
        new()
        {
            InputType = type,
            Name = name,
            Label = label,
            Description = description,
            Value = standard,
            Required = false,
        };
}
