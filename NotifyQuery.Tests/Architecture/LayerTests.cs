using System.Reflection;
using System.Text.RegularExpressions;
using NetArchTest.Rules;
using NotifyQuery.Core.Notifications;
using NotifyQuery.DynamoDB;
using NotifyQuery.EventSource.Hosting;
using NotifyQuery.Handler;
using NotifyQuery.Lambdas.StreamProcessor;
using NotifyQuery.Operations.Reconciliation;
using NotifyQuery.ServiceDefaults;

namespace NotifyQuery.Tests.Architecture;

/// <summary>Which project may know which: a request goes one way, and the rules know nothing of what is around them.</summary>
public sealed class LayerTests
{
    private const string Core = "NotifyQuery.Core";
    private const string ServiceDefaults = "NotifyQuery.ServiceDefaults";
    private const string DynamoDB = "NotifyQuery.DynamoDB";
    private const string Handler = "NotifyQuery.Handler";
    private const string Lambdas = "NotifyQuery.Lambdas";
    private const string LambdaEmulator = "NotifyQuery.LambdaEmulator";
    private const string EventSource = "NotifyQuery.EventSource";
    private const string Operations = "NotifyQuery.Operations";
    private const string Tools = "NotifyQuery.Tools";
    private const string AppHost = "NotifyQuery.AppHost";

    // The SDK, its instrumentation, the local engines, and the runtime of functions.
    private static readonly string[] Aws = ["Amazon", "AWSSDK", "LocalStack", "OpenTelemetry.Instrumentation.AWS"];

    // What drives the core, or is driven by it. Of these the event source alone is built on the tables' adapter.
    private static readonly string[] Processes = [Handler, Lambdas, LambdaEmulator, EventSource, Tools, AppHost];

    private static readonly Dictionary<string, Assembly> Assemblies = new()
    {
        [Core] = typeof(AttributeNames).Assembly,
        [ServiceDefaults] = typeof(ReadTimeLimits).Assembly,
        [DynamoDB] = typeof(TableNames).Assembly,
        [Handler] = typeof(HandlerSettings).Assembly,
        [Lambdas] = typeof(StreamProcessorFunction).Assembly,
        [LambdaEmulator] = typeof(NotifyQuery.LambdaEmulator.StartOptions).Assembly,
        [EventSource] = typeof(EventSourceOptions).Assembly,
        [Operations] = typeof(Reconciler).Assembly,
        [Tools] = typeof(NotifyQuery.Tools.ExitCode).Assembly,
        [AppHost] = typeof(NotifyQuery.AppHost.Settings).Assembly,
    };

    [Fact]
    public void The_core_knows_no_AWS_no_web_framework_and_no_adapter() =>
        AssertDoesNotKnow(Core, [.. Aws, "Microsoft.AspNetCore", ServiceDefaults, DynamoDB, Operations, .. Processes]);

    [Fact]
    public void What_every_process_shares_knows_no_AWS_and_no_adapter() =>
        AssertDoesNotKnow(ServiceDefaults, [.. Aws, DynamoDB, Operations, .. Processes]);

    [Fact]
    public void The_adapter_of_the_tables_knows_nothing_that_is_built_on_it() =>
        AssertDoesNotKnow(DynamoDB, [ServiceDefaults, Operations, "Microsoft.AspNetCore", "Amazon.Lambda", .. Processes]);

    [Fact]
    public void The_operations_know_no_process() => AssertDoesNotKnow(Operations, [ServiceDefaults, .. Processes]);

    [Fact]
    public void The_Handler_asks_a_function_and_knows_no_table() =>
        AssertDoesNotKnow(Handler, [DynamoDB, Operations, "Amazon.DynamoDBv2", "Amazon.DynamoDBStreams", .. Processes.Except([Handler])]);

    [Theory]
    [InlineData(Lambdas)]
    [InlineData(EventSource)]
    public void A_process_of_the_pipeline_knows_no_other_and_no_operation(string process) =>
        AssertDoesNotKnow(process, [Operations, .. Processes.Except([process])]);

    [Fact]
    public void The_emulator_of_Lambda_and_API_Gateway_knows_nothing_of_the_application_and_no_AWS() =>
        AssertDoesNotKnow(LambdaEmulator, [.. Aws, Core, ServiceDefaults, DynamoDB, Operations, .. Processes.Except([LambdaEmulator])]);

    [Fact]
    public void The_command_line_knows_no_process() => AssertDoesNotKnow(Tools, [.. Processes.Except([Tools])]);

    [Theory]
    [InlineData(Lambdas, "NotifyQuery.Lambdas.Query", "NotifyQuery.Lambdas.StreamProcessor")]
    [InlineData(Lambdas, "NotifyQuery.Lambdas.Query", "NotifyQuery.Lambdas.QueryResult")]
    [InlineData(Lambdas, "NotifyQuery.Lambdas.StreamProcessor", "NotifyQuery.Lambdas.QueryResult")]
    [InlineData(Lambdas, "NotifyQuery.Lambdas.Query", DynamoDB)]
    [InlineData(EventSource, "NotifyQuery.EventSource.Rules", "Amazon")]
    [InlineData(EventSource, "NotifyQuery.EventSource.Rules", "NotifyQuery.EventSource.Adapters")]
    [InlineData(EventSource, "NotifyQuery.EventSource.Rules", "NotifyQuery.EventSource.Delivery")]
    [InlineData(EventSource, "NotifyQuery.EventSource.Ports", "Amazon")]
    [InlineData(EventSource, "NotifyQuery.EventSource.Ports", "NotifyQuery.EventSource.Adapters")]
    [InlineData(EventSource, "NotifyQuery.EventSource.Delivery", "NotifyQuery.EventSource.Adapters")]
    [InlineData(EventSource, "NotifyQuery.EventSource.Leasing", "NotifyQuery.EventSource.Adapters")]
    public void A_part_of_a_process_does_not_know_another(string process, string part, string other)
    {
        PredicateList OfPart() => Types.InAssembly(Assemblies[process]).That().ResideInNamespaceMatching($"^{Regex.Escape(part)}(\\.|$)");

        Assert.NotEmpty(OfPart().GetTypes()); // a part that was renamed would hold every rule
        AssertNone(OfPart().ShouldNot().HaveDependencyOn(other).GetResult());
    }

    [Fact]
    public void Only_roots_of_a_process_know_both_the_tables_and_what_every_process_shares()
    {
        string[] roots = [Lambdas, EventSource, Tools];

        Assert.All(
            Assemblies.Keys.Except([.. roots, ServiceDefaults, DynamoDB]),
            name => Assert.False(References(name, ServiceDefaults) && References(name, DynamoDB), $"{name} knows both")
        );
    }

    [Fact]
    public void No_product_project_opens_its_internals_to_another()
    {
        var opened =
            from assembly in Assemblies
            from friend in assembly.Value.GetCustomAttributes<System.Runtime.CompilerServices.InternalsVisibleToAttribute>()
            where friend.AssemblyName is not ("NotifyQuery.Tests" or "NotifyQuery.Benchmarks")
            select $"{assembly.Key} to {friend.AssemblyName}";

        Assert.Empty(opened);
    }

    [Fact]
    public void The_names_of_types_spell_DynamoDB_as_its_maker_does()
    {
        var names = Assemblies
            .Values.SelectMany(assembly => assembly.GetTypes())
            .Select(type => type.FullName ?? type.Name)
            .Where(name => name.StartsWith("NotifyQuery.", StringComparison.Ordinal));

        Assert.DoesNotContain(names, name => name.Contains("DynamoDb", StringComparison.Ordinal));
    }

    private static bool References(string name, string other) =>
        Assemblies[name].GetReferencedAssemblies().Any(reference => reference.Name == other);

    private static void AssertDoesNotKnow(string name, string[] others) =>
        AssertNone(Types.InAssembly(Assemblies[name]).ShouldNot().HaveDependencyOnAny(others).GetResult());

    private static void AssertNone(NetArchTest.Rules.TestResult result) =>
        Assert.True(result.IsSuccessful, string.Join('\n', result.FailingTypeNames ?? []));
}
