using System.Globalization;
using System.Runtime.CompilerServices;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// What one resource has logged: the latest lines, and those who follow. Bounded on both sides: the backlog forgets its oldest lines,
/// and a follower that reads too slowly is told how many lines it missed.
/// </summary>
internal sealed class ResourceLog
{
    private const int MaxLines = 10_000;
    private const int MaxCharacters = 4_000_000;
    private const int MaxUnread = 2_000;

    private readonly Lock _gate = new();
    private readonly Queue<LogLine> _backlog = new();
    private readonly List<Follower> _followers = [];
    private long _characters;
    private int _lastNumber;
    private bool _completed;

    public int Followers
    {
        get
        {
            lock (_gate)
                return _followers.Count;
        }
    }

    public void Add(string content, bool isError)
    {
        lock (_gate)
        {
            var line = new LogLine(++_lastNumber, content, isError);
            _backlog.Enqueue(line);
            _characters += content.Length;
            while (_backlog.Count > MaxLines || _characters > MaxCharacters)
                _characters -= _backlog.Dequeue().Content.Length;
            foreach (var follower in _followers)
                follower.Add(line);
        }
    }

    public IReadOnlyList<LogLine> Backlog()
    {
        lock (_gate)
            return [.. _backlog];
    }

    public void Clear()
    {
        lock (_gate)
        {
            _backlog.Clear();
            _characters = 0;
        }
    }

    /// <summary>Nothing more is expected: followers come to their end after what is there. A new line opens the log again.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            foreach (var follower in _followers)
                follower.Complete();
        }
    }

    public void Reopen()
    {
        lock (_gate)
            _completed = false;
    }

    public async IAsyncEnumerable<IReadOnlyList<LogLine>> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var follower = new Follower();
        lock (_gate)
        {
            foreach (var line in _backlog.TakeLast(MaxUnread))
                follower.Add(line);
            if (_completed)
                follower.Complete();
            _followers.Add(follower);
        }

        try
        {
            while (await follower.TakeAsync(cancellationToken).ConfigureAwait(false) is { } lines)
                yield return lines;
        }
        finally
        {
            lock (_gate)
                _followers.Remove(follower);
        }
    }

    private sealed class Follower : IDisposable
    {
        private readonly Lock _gate = new();
        private readonly SemaphoreSlim _news = new(0, 1);
        private readonly Queue<LogLine> _unread = new();
        private int _missed;
        private bool _completed;

        public void Add(LogLine line)
        {
            lock (_gate)
            {
                if (_unread.Count == MaxUnread)
                {
                    _unread.Dequeue();
                    _missed++;
                }

                _unread.Enqueue(line);
                Signal();
            }
        }

        public void Complete()
        {
            lock (_gate)
            {
                _completed = true;
                Signal();
            }
        }

        public async Task<IReadOnlyList<LogLine>?> TakeAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                lock (_gate)
                {
                    if (_unread.Count > 0)
                        return Taken();
                    if (_completed)
                        return null;
                }

                await _news.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        public void Dispose() => _news.Dispose();

        private List<LogLine> Taken()
        {
            var lines = new List<LogLine>(_unread.Count + 1);
            if (_missed > 0)
            {
                var notice = string.Create(CultureInfo.InvariantCulture, $"({_missed} lines were dropped: they came faster than they were read)");
                lines.Add(new(_unread.Peek().LineNumber - 1, notice, IsErrorMessage: true));
                _missed = 0;
            }

            lines.AddRange(_unread);
            _unread.Clear();
            return lines;
        }

        private void Signal()
        {
            if (_news.CurrentCount == 0)
                _news.Release();
        }
    }
}
