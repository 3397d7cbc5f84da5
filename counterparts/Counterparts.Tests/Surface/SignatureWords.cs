using System.Globalization;
using System.Reflection;

namespace Counterparts.Tests.Surface;

/// <summary>The words of a signature: kinds, modifiers, constraints, values and names.</summary>
internal static class SignatureWords
{
    public static bool Shown(MethodBase? method) => method is { IsPublic: true } or { IsFamily: true } or { IsFamilyOrAssembly: true };

    public static bool OfObject(MethodInfo method) =>
        method.Name is "Equals" or "GetHashCode" or "ToString" or "PrintMembers" or "Finalize" && method.IsVirtual;

    public static string Kind(Type type) =>
        type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => "struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            { BaseType.FullName: "System.MulticastDelegate" } => "delegate",
            _ => (
                type.IsAbstract ? "abstract "
                : type.IsSealed ? "sealed "
                : ""
            ) + "class",
        };

    public static string Modifier(MethodInfo method) =>
        (method.IsFamily || method.IsFamilyOrAssembly ? "protected " : "")
        + (
            method.IsStatic ? "static "
            : method.DeclaringType!.IsInterface ? ""
            : method.IsAbstract ? "abstract "
            : method.IsVirtual && !method.IsFinal ? "virtual "
            : ""
        );

    public static string Arguments(MethodInfo method) =>
        method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(it => it.Name))}>" : "";

    public static string Accessors(PropertyInfo property)
    {
        var required = property.CustomAttributes.Any(it => it.AttributeType.Name == "RequiredMemberAttribute") ? "required " : "";
        var set =
            !Shown(property.SetMethod) ? ""
            : property.SetMethod!.ReturnParameter.GetRequiredCustomModifiers().Any(it => it.Name == "IsExternalInit") ? "init; "
            : "set; ";
        return $"{required}{{ {(Shown(property.GetMethod) ? "get; " : "")}{set}}}";
    }

    public static string Value(object? value) =>
        value switch
        {
            null => "default",
            string text => $"\"{text}\"",
            bool flag => flag ? "true" : "false",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        };

    public static string Constraints(Type[] arguments) =>
        string.Concat(
            arguments
                .Where(it => it.IsGenericParameter)
                .Select(argument =>
                {
                    var flags = argument.GenericParameterAttributes;
                    var all = new List<string>();
                    if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
                        all.Add("class");
                    if (flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
                        all.Add("struct");
                    all.AddRange(argument.GetGenericParameterConstraints().Select(Name).Order(StringComparer.Ordinal));
                    if (flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint))
                        all.Add("new()");
                    return all.Count > 0 ? $" where {argument.Name} : {string.Join(", ", all)}" : "";
                })
        );

    /// <summary>What a caller has to suppress.</summary>
    public static string Diagnostics(MemberInfo member) =>
        string.Concat(
            member
                .CustomAttributes.Select(it =>
                    it.AttributeType.Name switch
                    {
                        "ExperimentalAttribute" => $" [{it.ConstructorArguments[0].Value}]",
                        "ObsoleteAttribute"
                            when !member.CustomAttributes.Any(a => a.AttributeType.Name is "CompilerFeatureRequiredAttribute") =>
                            " [obsolete]",
                        "RequiresPreviewFeaturesAttribute" => " [CA2252]",
                        _ => "",
                    }
                )
                .Order(StringComparer.Ordinal)
        );

    public static string Name(Type type) =>
        type.IsGenericParameter ? type.Name
        : type.IsByRef || type.IsPointer ? Name(type.GetElementType()!)
        : type.IsArray ? Name(type.GetElementType()!) + "[]"
        : type.IsGenericType ? $"{Bare(type)}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : Bare(type);

    public static string Bare(Type type)
    {
        var name = type.Name.Split('`')[0];
        return type.IsNested ? $"{Bare(type.DeclaringType!)}.{name}" : $"{type.Namespace}.{name}";
    }
}
