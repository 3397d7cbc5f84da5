using NotifyQuery.Core.Queries;

namespace NotifyQuery.Core.Ports;

/// <summary>
/// The read side: returns the page of a query. The Handler's implementation calls a Lambda; the Lambda's implementation reads the table.
/// </summary>
public interface INotificationReader
{
    /// <summary>Reads one page of a query.</summary>
    /// <exception cref="NotificationReadException">The page could not be read. The exception says whether a retry makes sense.</exception>
    Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken);
}
