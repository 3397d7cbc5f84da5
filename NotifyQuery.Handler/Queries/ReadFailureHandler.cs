using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;
using NotifyQuery.Core.Queries;

namespace NotifyQuery.Handler.Queries;

/// <summary>Returns a problem response when a page could not be read, with Retry-After if a retry makes sense.</summary>
internal sealed partial class ReadFailureHandler(IProblemDetailsService problems, ILogger<ReadFailureHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not NotificationReadException failure)
            return false;
        LogFailure(logger, failure, failure.Failure);
        Activity.Current?.AddException(failure); // the status code does not show the cause
        var (status, detail) = failure.Failure switch
        {
            ReadFailure.Unavailable => (
                StatusCodes.Status503ServiceUnavailable,
                "The notifications cannot be read at the moment. Retry after the number of seconds in the Retry-After header."
            ),
            ReadFailure.Timeout => (StatusCodes.Status504GatewayTimeout, "The notifications could not be read in time."),
            _ => (StatusCodes.Status502BadGateway, "The result is not a valid page of notifications."),
        };
        httpContext.Response.StatusCode = status;
        if (failure.Failure is ReadFailure.Unavailable)
            httpContext.Response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(failure.RetryAfter?.TotalSeconds ?? 0))
                .ToString("0", CultureInfo.InvariantCulture);
        return await problems.TryWriteAsync(new() { HttpContext = httpContext, ProblemDetails = { Status = status, Detail = detail } });
    }

    [LoggerMessage(LogLevel.Warning, "No page could be read: {Failure}")]
    private static partial void LogFailure(ILogger logger, Exception exception, ReadFailure failure);
}
