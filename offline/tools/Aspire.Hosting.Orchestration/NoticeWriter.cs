using System.Text.Json;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// Writes notices one at a time and waits until each is taken. That wait is what slows down a child that prints faster than the AppHost
/// reads: nothing is queued in here.
/// </summary>
internal sealed class NoticeWriter(Stream output) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _closed;

    public async Task WriteAsync(Notice notice, CancellationToken cancellationToken)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(notice, ProtocolJson.Default.Notice), (byte)'\n'];
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (!_closed)
                await output.WriteAsync(line, cancellationToken);
        }
        catch (IOException)
        {
            // Nobody reads any more. The end of standard input will say so, too.
            _closed = true;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await output.DisposeAsync();
        _turn.Dispose();
    }
}
