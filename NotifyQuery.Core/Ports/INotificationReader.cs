using NotifyQuery.Core.Queries;

namespace NotifyQuery.Core.Ports;

/// <summary>The read side: answers a query with a page. The Handler reaches it through a Lambda, the Lambda through the table.</summary>
public interface INotificationReader
{
    /// <summary>Answers a query with one page.</summary>
    /// <exception cref="NotificationReadException">The page could not be read; says whether to try again.</exception>
    Task<NotificationPage> ReadAsync(NotificationQuery query, CancellationToken cancellationToken);
}
