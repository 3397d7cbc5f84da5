using System.Text;

namespace Aspire.Hosting.Orchestration;

/// <summary>Reads lines of a process' output; a line without end is cut, so that it cannot grow in memory.</summary>
internal sealed class LineReader(Stream stream)
{
    private const int MaxLine = 8192;

    private readonly byte[] _buffer = new byte[MaxLine];
    private int _start;
    private int _end;

    public async ValueTask<string?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var unread = _buffer.AsSpan(_start, _end - _start);
            var newline = unread.IndexOf((byte)'\n');
            if (newline >= 0)
            {
                _start += newline + 1;
                return Text(unread[..newline]);
            }

            if (unread.Length == MaxLine)
            {
                _start = _end;
                return Text(unread);
            }

            unread.CopyTo(_buffer);
            (_start, _end) = (0, unread.Length);
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read > 0)
            {
                _end += read;
                continue;
            }

            if (_end == 0)
                return null;
            var last = Text(_buffer.AsSpan(0, _end));
            _end = 0;
            return last;
        }
    }

    private static string Text(ReadOnlySpan<byte> line) => Encoding.UTF8.GetString(line is [.. var text, (byte)'\r'] ? text : line);
}
