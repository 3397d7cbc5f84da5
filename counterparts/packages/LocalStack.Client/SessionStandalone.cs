using LocalStack.Client.Contracts;
using LocalStack.Client.Options;
using LocalStack.Client.Utils;

namespace LocalStack.Client;

/// <summary>A session without dependency injection.</summary>
public class SessionStandalone : ISessionStandalone
{
    private ISessionOptions sessionOptions = new SessionOptions();
    private IConfigOptions configOptions = new ConfigOptions();

    private SessionStandalone() { }

    public static ISessionStandalone Init() => new SessionStandalone();

    public ISessionStandalone WithSessionOptions(ISessionOptions sessionOptions)
    {
        this.sessionOptions = sessionOptions;
        return this;
    }

    public ISessionStandalone WithConfigurationOptions(IConfigOptions configOptions)
    {
        this.configOptions = configOptions;
        return this;
    }

    public ISession Create() => new Session(sessionOptions, new Config(configOptions), new SessionReflection());
}
