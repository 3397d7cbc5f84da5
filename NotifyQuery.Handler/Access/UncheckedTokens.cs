using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

namespace NotifyQuery.Handler.Access;

/// <summary>
/// Answers for tokens that cannot be checked because the identity provider, which has the keys, does not answer: 503 and when to come
/// back. A 401 would have callers throw good tokens away.
/// </summary>
internal sealed partial class UncheckedTokens(IProblemDetailsService problems, ILogger<UncheckedTokens> logger)
{
    /// <summary>How long the provider is waited for, unless <c>BackchannelTimeout</c> says otherwise: a request asks it twice at most.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan ComeBackAfter = TimeSpan.FromSeconds(5);

    /// <summary>Takes the challenge over, if no key of the provider is known.</summary>
    public async Task AnswerAsync(JwtBearerChallengeContext challenge)
    {
        // Without the provider's configuration there is neither a key nor an issuer; a token that has something else wrong is refused.
        if (challenge.AuthenticateFailure is not (SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidIssuerException)) return;
        if (challenge.Options.ConfigurationManager is not { } provider) return;
        try
        {
            await provider.GetConfigurationAsync(challenge.HttpContext.RequestAborted); // there are keys: the token's is none of them
        }
        catch (InvalidOperationException exception) // whatever went wrong on the way
        {
            LogUnreachable(logger, exception);
            Activity.Current?.AddException(exception);
            challenge.HandleResponse();
            var response = challenge.Response;
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            response.Headers.RetryAfter = ComeBackAfter.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
            await problems.TryWriteAsync(new()
            {
                HttpContext = challenge.HttpContext,
                ProblemDetails =
                {
                    Status = response.StatusCode,
                    Detail = "Tokens cannot be checked at the moment. Ask again with the same token after the seconds that Retry-After names.",
                },
            });
        }
    }

    [LoggerMessage(LogLevel.Error, "Tokens cannot be checked: the identity provider's configuration and keys cannot be had")]
    private static partial void LogUnreachable(ILogger logger, Exception exception);
}
