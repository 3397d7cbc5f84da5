using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using LocalStack.Client.Contracts;

namespace LocalStack.Client.Utils;

/// <summary>Reads by reflection what a session needs from a client class that is unknown at compile time.</summary>
public class SessionReflection : ISessionReflection
{
    internal const string NotForAot = "Reads private fields and creates types found by reflection.";

    [RequiresDynamicCode(NotForAot)]
    [RequiresUnreferencedCode(NotForAot)]
    public IServiceMetadata ExtractServiceMetadata(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.NonPublicFields)] Type clientType
    )
    {
        ArgumentNullException.ThrowIfNull(clientType);
        var field =
            clientType.GetField("serviceMetadata", BindingFlags.Static | BindingFlags.NonPublic)
            ?? throw new InvalidOperationException($"{clientType} is not a service client: it has no static field serviceMetadata.");
        return (IServiceMetadata)field.GetValue(null)!;
    }

    [RequiresDynamicCode(NotForAot)]
    [RequiresUnreferencedCode(NotForAot)]
    public ClientConfig CreateClientConfig([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] Type clientType)
    {
        ArgumentNullException.ThrowIfNull(clientType);
        var constructor = clientType
            .GetConstructors()
            .Single(candidate =>
                candidate.GetParameters() is [{ Name: "credentials" } credentials, { Name: "clientConfig" } config]
                && credentials.ParameterType == typeof(AWSCredentials)
                && config.ParameterType.IsSubclassOf(typeof(ClientConfig))
            );
        return (ClientConfig)Activator.CreateInstance(constructor.GetParameters()[1].ParameterType)!;
    }

    [RequiresDynamicCode(NotForAot)]
    [RequiresUnreferencedCode(NotForAot)]
    public bool SetForcePathStyle(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] ClientConfig clientConfig,
        bool value = true
    )
    {
        ArgumentNullException.ThrowIfNull(clientConfig);
        if (clientConfig.GetType().GetProperty("ForcePathStyle") is not { } property)
            return false;
        property.SetValue(clientConfig, value);
        return true;
    }
}
