namespace Aspire.Hosting.Orchestration;

/// <summary>The last lines that a process printed: usually they tell why it ended.</summary>
internal sealed class OutputTail
{
    private const int Kept = 20;

    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = new();

    public void Add(string line)
    {
        lock (_gate)
        {
            _lines.Enqueue(line);
            if (_lines.Count > Kept)
                _lines.Dequeue();
        }
    }

    public override string ToString()
    {
        lock (_gate)
        {
            return _lines.Count == 0
                ? "It printed nothing."
                : $"The last it printed:{Environment.NewLine}{string.Join(Environment.NewLine, _lines.Select(line => "    " + line))}";
        }
    }
}
