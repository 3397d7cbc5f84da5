using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

namespace NotifyQuery.Handler.Access;

/// <summary>
/// Responds to tokens that cannot be validated because the identity provider is unreachable: 503 with Retry-After. With a 401, callers
/// would discard valid tokens.
/// </summary>
internal sealed class UncheckedTokens(TokenRules rules, ProviderKeys keys, IProblemDetailsService problems)
{
    /// <summary>The time limit for the provider, unless <c>BackchannelTimeout</c> is set.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(2);

    private const string Prefix = "Bearer ";

    /// <summary>Fetches the keys that a token needs before it is validated.</summary>
    public async Task FetchKeysAsync(MessageReceivedContext message)
    {
        var authorization = message.Request.Headers.Authorization.ToString();
        if (
            !authorization.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)
            || !rules.NeedsProvider(authorization[Prefix.Length..].Trim())
        )
            return;
        try
        {
            await keys.GetAsync(message.HttpContext.RequestAborted);
        }
        catch (ProviderUnreachableException exception)
        {
            message.Fail(exception);
        }
    }

    /// <summary>Refreshes the keys when a token has an unknown key id.</summary>
    public Task LookForNewKeysAsync(AuthenticationFailedContext failed)
    {
        if (failed.Exception is SecurityTokenSignatureKeyNotFoundException && keys.Known is not null)
            keys.RequestRefresh();
        return Task.CompletedTask;
    }

    /// <summary>Replaces the response to the challenge, if the provider's keys could not be fetched.</summary>
    public async Task AnswerAsync(JwtBearerChallengeContext challenge)
    {
        if (challenge.AuthenticateFailure is not ProviderUnreachableException unreachable)
            return;
        Activity.Current?.AddException(unreachable);
        challenge.HandleResponse();
        var response = challenge.Response;
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(unreachable.RetryAfter.TotalSeconds))
            .ToString("0", CultureInfo.InvariantCulture);
        await problems.TryWriteAsync(
            new()
            {
                HttpContext = challenge.HttpContext,
                ProblemDetails =
                {
                    Status = response.StatusCode,
                    Detail =
                        "Tokens cannot be checked at the moment. "
                        + "Retry with the same token after the number of seconds in the Retry-After header.",
                },
            }
        );
    }
}
