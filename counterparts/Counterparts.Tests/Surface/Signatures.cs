using System.Reflection;
using System.Runtime.InteropServices;
using static Counterparts.Tests.Surface.SignatureWords;

namespace Counterparts.Tests.Surface;

/// <summary>
/// What a caller can see of an assembly, one fact a line: each type with its kind, its bases and its members, with everything that a
/// compiler uses (parameter names, defaults, constraints, nullability, diagnostics). Read from metadata: nothing of it runs.
/// </summary>
internal sealed class Signatures : IDisposable
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
    private readonly MetadataLoadContext _context;
    private readonly NullabilityInfoContext _nullability = new();
    private readonly string _file;

    /// <param name="file">The assembly.</param>
    /// <param name="more">Folders with assemblies that it refers to, besides its own and those of the shared frameworks.</param>
    public Signatures(string file, params string[] more)
    {
        _file = file;
        string[] folders =
        [
            Path.GetDirectoryName(file)!,
            RuntimeEnvironment.GetRuntimeDirectory(),
            Path.GetDirectoryName(typeof(Microsoft.AspNetCore.Http.HttpContext).Assembly.Location)!,
            .. more,
        ];
        _context = new(
            new PathAssemblyResolver(folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.dll")).DistinctBy(Path.GetFileName))
        );
    }

    /// <summary>The facts of the assembly's own declarations.</summary>
    public IEnumerable<string> Stated() => Visible().SelectMany(type => Of(type, type)).Distinct();

    /// <summary>Those and what its types inherit: a caller does not see which base declares a member.</summary>
    public HashSet<string> All() => [.. Visible().SelectMany(type => Ancestors(type).Prepend(type).SelectMany(from => Of(type, from)))];

    public void Dispose() => _context.Dispose();

    private IEnumerable<Type> Visible() =>
        _context.LoadFromAssemblyPath(_file).GetTypes().Where(type => type.IsVisible && !type.Name.Contains('<', StringComparison.Ordinal));

    private static IEnumerable<Type> Ancestors(Type type)
    {
        for (var up = type.BaseType; up is not null && up.FullName != "System.Object"; up = up.BaseType)
            yield return up;
        if (!type.IsInterface)
            yield break;
        foreach (var up in type.GetInterfaces())
            yield return up;
    }

    /// <param name="type">The type whose name is used.</param>
    /// <param name="from">The type, or an ancestor.</param>
    private IEnumerable<string> Of(Type type, Type from)
    {
        var name = Name(type);
        if (type == from)
        {
            yield return $"{name}: {Kind(type)}"
                + $"{Constraints(type.IsGenericTypeDefinition ? type.GetGenericArguments() : [])}{Diagnostics(type)}";
            foreach (var up in Ancestors(type).Concat(type.GetInterfaces()).Where(up => up.IsVisible).Distinct())
                yield return $"{name}: is {Name(up)}";
        }

        foreach (var member in from.GetMembers(Declared))
        {
            if (
                member.Name.Contains('<', StringComparison.Ordinal)
                || (member is not ConstructorInfo && member.Name.Contains('.', StringComparison.Ordinal))
            )
                continue;
            var text = member switch
            {
                ConstructorInfo it when Shown(it) && !it.IsStatic && type == from && !type.IsAbstract => $"{name}({Parameters(it)})",
                MethodInfo { IsSpecialName: false } it when Shown(it) && !OfObject(it) =>
                    $"{Modifier(it)}{name}.{it.Name}{Arguments(it)}({Parameters(it)}): "
                        + $"{Text(it.ReturnParameter)}{Constraints(it.GetGenericArguments())}",
                MethodInfo { IsSpecialName: true } it when Shown(it) && it.Name.StartsWith("op_", StringComparison.Ordinal) =>
                    $"{name}.{it.Name}({Parameters(it)}): {Text(it.ReturnParameter)}",
                PropertyInfo it when Shown(it.GetMethod) || Shown(it.SetMethod) =>
                    $"{Modifier(it.GetMethod ?? it.SetMethod!)}{name}.{it.Name}{Index(it)}: {Text(it)} {Accessors(it)}",
                FieldInfo it when it.IsPublic && it.Name != "value__" =>
                    $"{(it.IsLiteral ? "const " : it.IsStatic ? "static " : "")}{name}.{it.Name}: "
                        + $"{Text(it)}{(it.IsLiteral ? " = " + Value(it.GetRawConstantValue()) : "")}",
                EventInfo it when Shown(it.AddMethod) => $"{name}.{it.Name}: event {Name(it.EventHandlerType!)}",
                _ => null,
            };
            if (text is not null)
                yield return text + Diagnostics(member);
        }
    }

    private string Index(PropertyInfo property) =>
        property.GetIndexParameters() is { Length: > 0 } parameters
            ? $"[{string.Join(", ", parameters.Select(it => $"{Text(it)} {it.Name}"))}]"
            : "";

    private string Parameters(MethodBase method) =>
        string.Join(
            ", ",
            method
                .GetParameters()
                .Select(
                    (it, i) =>
                        (i == 0 && method.CustomAttributes.Any(a => a.AttributeType.Name == "ExtensionAttribute") ? "this " : "")
                        + (
                            it.CustomAttributes.Any(a => a.AttributeType.Name is "ParamArrayAttribute" or "ParamCollectionAttribute")
                                ? "params "
                                : ""
                        )
                        + (
                            it.IsOut ? "out "
                            : it.IsIn ? "in "
                            : it.ParameterType.IsByRef ? "ref "
                            : ""
                        )
                        + $"{Text(it)} {it.Name}"
                        + (it.IsOptional ? $" = {Value(it.HasDefaultValue ? it.RawDefaultValue : null)}" : "")
                )
        );

    private string Text(ParameterInfo parameter) =>
        Text(parameter.ParameterType, Try(() => _nullability.Create(parameter)), parameter.IsOut);

    private string Text(PropertyInfo property) => Text(property.PropertyType, Try(() => _nullability.Create(property)), false);

    private string Text(FieldInfo field) => Text(field.FieldType, Try(() => _nullability.Create(field)), false);

    private static NullabilityInfo? Try(Func<NullabilityInfo> read)
    {
        try
        {
            return read();
        }
        catch (FileNotFoundException)
        {
            return null; // an attribute of an assembly that is not here
        }
    }

    private static string Text(Type type, NullabilityInfo? info, bool written)
    {
        if (type.IsByRef)
            type = type.GetElementType()!;
        var nullable =
            !type.IsValueType && info is not null && (written ? info.WriteState : info.ReadState) == NullabilityState.Nullable ? "?" : "";
        if (type.IsArray)
            return Text(type.GetElementType()!, info?.ElementType, false) + "[]" + nullable;
        if (!type.IsGenericType || info is null || info.GenericTypeArguments.Length != type.GetGenericArguments().Length)
            return Name(type) + nullable;
        var arguments = type.GetGenericArguments().Select((argument, i) => Text(argument, info.GenericTypeArguments[i], false));
        return $"{Bare(type)}<{string.Join(", ", arguments)}>{nullable}";
    }
}
