using System.Globalization;
using System.Runtime.CompilerServices;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A line, and when it came.</summary>
internal readonly record struct TimedLine(LogLine Line, double TimeMs);

/// <summary>
/// What one resource has logged: the latest lines, and those who follow. Bounded on both sides: the backlog forgets its oldest lines,
/// and a follower that reads too slowly is told how many lines it missed.
/// </summary>
internal sealed class ResourceLog(TimeProvider time)
{
    private const int MaxLines = 10_000;
    private const int MaxCharacters = 4_000_000;
    private const int MaxUnread = 2_000;

    private readonly Lock _gate = new();
    private readonly Queue<TimedLine> _backlog = new();
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
            var line = new TimedLine(new(++_lastNumber, content, isError), time.GetUtcNow().ToUnixTimeMilliseconds());
            _backlog.Enqueue(line);
            _characters += content.Length;
            while (_backlog.Count > MaxLines || _characters > MaxCharacters)
                _characters -= _backlog.Dequeue().Line.Content.Length;
            foreach (var follower in _followers)
                follower.Add(line);
        }
    }

    public IReadOnlyList<LogLine> Backlog()
    {
        lock (_gate)
            return [.. _backlog.Select(line => line.Line)];
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
            foreach (var follower in _followers.Where(follower => !follower.OverAllRuns))
                follower.Complete();
        }
    }

    public void Reopen()
    {
        lock (_gate)
            _completed = false;
    }

    /// <param name="overAllRuns">Goes on when the resource has ended: it may be started again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<IReadOnlyList<TimedLine>> FollowAsync(bool overAllRuns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var follower = new Follower(overAllRuns);
        lock (_gate)
        {
            foreach (var line in _backlog.TakeLast(MaxUnread))
                follower.Add(line);
            if (_completed && !overAllRuns)
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

    private sealed class Follower(bool overAllRuns) : IDisposable
    {
        private readonly Lock _gate = new();
        private readonly SemaphoreSlim _news = new(0, 1);
        private readonly Queue<TimedLine> _unread = new();
        private int _missed;
        private bool _completed;

        public bool OverAllRuns => overAllRuns;

        public void Add(TimedLine line)
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

        public async Task<IReadOnlyList<TimedLine>?> TakeAsync(CancellationToken cancellationToken)
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

        private List<TimedLine> Taken()
        {
            var lines = new List<TimedLine>(_unread.Count + 1);
            if (_missed > 0)
            {
                var notice = string.Create(CultureInfo.InvariantCulture, $"({_missed} lines were dropped: they came faster than they were read)");
                lines.Add(new(new(_unread.Peek().Line.LineNumber - 1, notice, IsErrorMessage: true), _unread.Peek().TimeMs));
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
