using System.CommandLine;

namespace NotifyQuery.Tools;

/// <summary>The options that every command takes.</summary>
internal static class CommonOptions
{
    /// <summary>Said instead of an address: the account that the environment's credentials name.</summary>
    public const string Account = "aws";

    /// <summary>The environment variable with the bearer token.</summary>
    public const string TokenVariable = "NOTIFYQUERY_TOKEN";

    public static readonly Option<string?> Endpoint = Address("--endpoint", "Where DynamoDB answers; 'aws' for an account (default: the system that runs here).", Account);
    public static readonly Option<string?> Gateway = Address("--gateway", "Where the API Gateway answers.");
    public static readonly Option<string?> Handler = Address("--handler", "Where the Handler answers.");
    public static readonly Option<string?> EventSource = Address("--event-source", "Where the local event source answers.");
    public static readonly Option<bool> Json = new("--json") { Description = "Answer with one JSON document.", Recursive = true };
    public static readonly Option<bool> Quiet = new("--quiet") { Description = "Print nothing but errors: the exit code tells.", Recursive = true };

    public static readonly Option<double> Timeout =
        new Option<double>("--timeout") { Description = "Seconds that one request may take.", DefaultValueFactory = _ => 10, Recursive = true }.Within(0.1, 3600);

    public static IEnumerable<Option> All => [Endpoint, Gateway, Handler, EventSource, Json, Quiet, Timeout];

    /// <summary>Refuses to write to an account unless that is said in so many words.</summary>
    public static Option<bool> AllowWrites(
        Command command, string what = "writes to the account's tables", string meaning = "yes, write to the account's tables")
    {
        var allow = new Option<bool>("--allow-writes") { Description = $"With --endpoint {Account}: {meaning}." };
        command.Add(allow);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Endpoint) is Account && !result.GetValue(allow))
                result.AddError($"'{command.Name}' {what}: say --allow-writes as well if that is meant.");
        });
        return allow;
    }

    /// <summary>An account's API has no address of its own: a command that asks it must be told.</summary>
    public static void RequireApiOfAccount(Command command) => command.Validators.Add(result =>
    {
        if (result.GetValue(Endpoint) is Account && result.GetValue(Gateway) is null && result.GetValue(Handler) is null)
            result.AddError("Say by --gateway or --handler which API is to be asked.");
    });

    /// <summary>
    /// The bearer token for the API, where access is controlled. It comes from the environment alone: everybody on a machine can see the
    /// command lines of others.
    /// </summary>
    public static string? Token => CommandHost.Current.Variable(TokenVariable) is { Length: > 0 } token ? token.Trim() : null;

    /// <summary>Explains where the token comes from to whoever gives it as an option, as it once was.</summary>
    public static void RefuseToken(Command command)
    {
        var option = new Option<string?>("--token") { Hidden = true };
        option.Validators.Add(result => result.AddError(
            $"A token on the command line can be read by every process of this machine: give it in the environment variable {TokenVariable}."));
        command.Add(option);
    }

    private static Option<string?> Address(string name, string description, string? alsoAllowed = null)
    {
        var option = new Option<string?>(name) { Description = description, Recursive = true };
        option.Validators.Add(result =>
        {
            if (result.Tokens is not [{ Value: var value }] || value == alsoAllowed || (Uri.TryCreate(value, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")) return;
            result.AddError($"{name} is '{value}': it must be an address like http://127.0.0.1:4566{(alsoAllowed is null ? "" : $", or '{alsoAllowed}'")}.");
        });
        return option;
    }
}
