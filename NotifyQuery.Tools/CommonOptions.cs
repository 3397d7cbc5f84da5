using System.CommandLine;

namespace NotifyQuery.Tools;

/// <summary>The options of every command.</summary>
internal static class CommonOptions
{
    /// <summary>The value that replaces an endpoint address: the AWS account of the environment's credentials.</summary>
    public const string Account = "aws";

    /// <summary>The environment variable with the bearer token.</summary>
    public const string TokenVariable = "NOTIFYQUERY_TOKEN";

    public static readonly Option<string?> Endpoint = Address(
        "--endpoint",
        "The address of DynamoDB; 'aws' for an account (default: the system that runs here).",
        Account
    );
    public static readonly Option<string?> Gateway = Address("--gateway", "The address of the API Gateway.");
    public static readonly Option<string?> Handler = Address("--handler", "The address of the Handler.");
    public static readonly Option<string?> EventSource = Address("--event-source", "The address of the local event source.");
    public static readonly Option<bool> Json = new("--json") { Description = "Print one JSON document.", Recursive = true };
    public static readonly Option<bool> Quiet = new("--quiet")
    {
        Description = "Print only errors; the exit code is the result.",
        Recursive = true,
    };

    public static readonly Option<double> Timeout = new Option<double>("--timeout")
    {
        Description = "Seconds that one request may take.",
        DefaultValueFactory = _ => 10,
        Recursive = true,
    }.Within(0.1, 3600);

    public static IEnumerable<Option> All => [Endpoint, Gateway, Handler, EventSource, Json, Quiet, Timeout];

    /// <summary>Refuses to write to an account without explicit permission.</summary>
    public static Option<bool> AllowWrites(
        Command command,
        string what = "writes to the account's tables",
        string meaning = "yes, write to the account's tables"
    )
    {
        var allow = new Option<bool>("--allow-writes") { Description = $"With --endpoint {Account}: {meaning}." };
        command.Add(allow);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Endpoint) is Account && !result.GetValue(allow))
                result.AddError($"'{command.Name}' {what}: add --allow-writes to confirm.");
        });
        return allow;
    }

    /// <summary>An account's API has no default address: a command that uses it needs one.</summary>
    public static void RequireApiOfAccount(Command command) =>
        command.Validators.Add(result =>
        {
            if (result.GetValue(Endpoint) is Account && result.GetValue(Gateway) is null && result.GetValue(Handler) is null)
                result.AddError("Give the address of the API with --gateway or --handler.");
        });

    /// <summary>
    /// The bearer token for the API; null if access is not controlled. Only from the environment, because every user of a machine can see
    /// the command lines of others.
    /// </summary>
    public static string? Token => CommandHost.Current.Variable(TokenVariable) is { Length: > 0 } token ? token.Trim() : null;

    /// <summary>Refuses a token that is given as an option, as in earlier versions, and names the environment variable.</summary>
    public static void RefuseToken(Command command)
    {
        var option = new Option<string?>("--token") { Hidden = true };
        option.Validators.Add(result =>
            result.AddError(
                $"Every process on this machine can read a token on the command line: put it in the environment variable {TokenVariable}."
            )
        );
        command.Add(option);
    }

    private static Option<string?> Address(string name, string description, string? alsoAllowed = null)
    {
        var option = new Option<string?>(name) { Description = description, Recursive = true };
        option.Validators.Add(result =>
        {
            if (
                result.Tokens is not [{ Value: var value }]
                || value == alsoAllowed
                || (Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            )
                return;
            result.AddError(
                $"{name} is '{value}': it must be an address like "
                    + $"http://127.0.0.1:4566{(alsoAllowed is null ? "" : $", or '{alsoAllowed}'")}."
            );
        });
        return option;
    }
}
