using System.Text.Json.Serialization;

namespace Aspire.Hosting.Orchestration;

/// <summary>What the AppHost asks for: one JSON object a line, on standard input.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "do")]
[JsonDerivedType(typeof(StartChild), "start")]
[JsonDerivedType(typeof(StopChild), "stop")]
[JsonDerivedType(typeof(TrackContainer), "track")]
[JsonDerivedType(typeof(ForgetContainer), "forget")]
internal abstract record Request;

internal sealed record StartChild(int Child, string File, IReadOnlyList<string> Arguments, string? Directory,
    IReadOnlyDictionary<string, string> Environment) : Request;

/// <summary>Ends a child and all that it started: politely first, by force after a while.</summary>
internal sealed record StopChild(int Child) : Request;

/// <summary>A container that must not outlive the AppHost, however that ends.</summary>
internal sealed record TrackContainer(string Runtime, string Container) : Request;

internal sealed record ForgetContainer(string Container) : Request;

/// <summary>What has happened: one JSON object a line, on standard output.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(ChildStarted), "started")]
[JsonDerivedType(typeof(ChildNotStarted), "not-started")]
[JsonDerivedType(typeof(ChildPrinted), "printed")]
[JsonDerivedType(typeof(ChildExited), "exited")]
internal abstract record Notice(int Child);

internal sealed record ChildStarted(int Child, int ProcessId) : Notice(Child);

internal sealed record ChildNotStarted(int Child, string Reason) : Notice(Child);

internal sealed record ChildPrinted(int Child, string Line, bool IsError) : Notice(Child);

internal sealed record ChildExited(int Child, int ExitCode) : Notice(Child);

[JsonSerializable(typeof(Request))]
[JsonSerializable(typeof(Notice))]
internal sealed partial class ProtocolJson : JsonSerializerContext;
