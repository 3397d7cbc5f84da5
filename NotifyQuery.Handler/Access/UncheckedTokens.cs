using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

namespace NotifyQuery.Handler.Access;

/// <summary>
/// Answers for tokens that cannot be checked because the identity provider, which has the keys, does not answer: 503 and when to come
/// back. A 401 would have callers throw good tokens away.
/// </summary>
internal sealed class UncheckedTokens(TokenRules rules, ProviderKeys keys, IProblemDetailsService problems)
{
    /// <summary>How long the provider is waited for, unless <c>BackchannelTimeout</c> says otherwise.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(2);

    private const string Prefix = "Bearer ";

    /// <summary>Fetches the keys that a token needs, before it is checked.</summary>
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

    /// <summary>Has the keys refreshed when a token names one that is not known.</summary>
    public Task LookForNewKeysAsync(AuthenticationFailedContext failed)
    {
        if (failed.Exception is SecurityTokenSignatureKeyNotFoundException && keys.Known is not null)
            keys.RequestRefresh();
        return Task.CompletedTask;
    }

    /// <summary>Takes the challenge over, if the provider did not give its keys.</summary>
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
                        "Tokens cannot be checked at the moment. Ask again with the same token after the seconds that Retry-After names.",
                },
            }
        );
    }
}
