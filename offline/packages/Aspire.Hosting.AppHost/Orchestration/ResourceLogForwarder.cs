using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Repeats resource logs in the AppHost's logging, when <see cref="DistributedApplicationOptions.EnableResourceLogging"/> asks for it.</summary>
internal sealed class ResourceLogForwarder
{
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new(StringComparer.OrdinalIgnoreCase);
    private readonly DistributedApplicationModel _model;
    private readonly IHostEnvironment _environment;
    private readonly ILoggerFactory _factory;

    public ResourceLogForwarder(ResourceLoggerService source, DistributedApplicationModel model, IHostEnvironment environment, ILoggerFactory factory)
    {
        _model = model;
        _environment = environment;
        _factory = factory;
        source.LineWritten = Forward;
    }

    private void Forward(string id, LogLine line)
    {
        var logger = _loggers.GetOrAdd(id, Create);
        if (line.IsErrorMessage)
            logger.LogError("{Line}", line.Content);
        else
            logger.LogInformation("{Line}", line.Content);
    }

    private ILogger Create(string id)
    {
        var name = _model.Resources.FirstOrDefault(resource => resource.InstanceId() == id)?.Name ?? id;
        return _factory.CreateLogger($"{_environment.ApplicationName}.Resources.{name}");
    }
}
