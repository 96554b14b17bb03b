using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Kestrel.Streams.Tests;

/// <summary>Compiles a block as a user's project would: C# 14, nullable on, the SDK's implicit usings; a warning is an error.</summary>
internal static class BlockCompiler
{
    // What the SDK gives to every project, and what it gives to a web project beside that.
    private static readonly string[] _usings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Threading", "System.Threading.Tasks",
    ];

    private static readonly string[] _webUsings =
    [
        "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Http", "Microsoft.AspNetCore.Routing",
        "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Hosting",
        "Microsoft.Extensions.Logging", "System.Net.Http.Json",
    ];

    // What the SDK gives to a worker.
    private static readonly string[] _workerUsings =
    [
        "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection", "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging",
    ];

    private static readonly string[] _handlerUsings = ["System.Buffers", "System.Net", "System.Net.Sockets", "System.Text", "Kestrel.Streams"];

    private static readonly PortableExecutableReference[] _references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(static file => MetadataReference.CreateFromFile(file)),
    ];

    /// <summary>Writes a whole program, of one block or several.</summary>
    /// <param name="sources">The files.</param>
    /// <param name="file">Where to.</param>
    /// <param name="kind">The SDK it is written for.</param>
    /// <param name="packages">The packages it may use; null for all that the tests have.</param>
    public static void CompileProgram(IReadOnlyList<string> sources, string file, ProgramKind kind, IReadOnlySet<string>? packages = null)
    {
        string[] more = kind switch
        {
            ProgramKind.Web => _webUsings,
            ProgramKind.Worker => _workerUsings,
            _ => [],
        };
        using var image = new FileStream(file, FileMode.CreateNew);
        var references = packages is null ? _references : [.. _references.Where(library => IsWithin(library.FilePath!, kind, packages))];
        Emit(sources, OutputKind.ConsoleApplication, [.. _usings, .. more], references, image);
    }

    /// <summary>Makes a handler of a block, which is the body of one.</summary>
    public static Func<ConnectionStream, CancellationToken, Task> CompileHandler(string body) =>
        Load(
            $$"""
            public static class Block
            {
                public static async Task HandleAsync(ConnectionStream stream, CancellationToken stopping)
                {
            #line 1
            {{body}}
                }
            }
            """).GetMethod("HandleAsync")!.CreateDelegate<Func<ConnectionStream, CancellationToken, Task>>();

    /// <summary>The value of a C# expression.</summary>
    public static string Evaluate(string expression) =>
        (string)Load($"public static class Block {{ public static string Value() => {expression}; }}").GetMethod("Value")!.Invoke(null, null)!;

    private static Type Load(string source)
    {
        using var image = new MemoryStream();
        Emit([source], OutputKind.DynamicallyLinkedLibrary, [.. _usings, .. _handlerUsings], _references, image);
        return Assembly.Load(image.ToArray()).GetType("Block")!;
    }

    /// <summary>Whether a project of that kind and with those packages sees a library.</summary>
    private static bool IsWithin(string library, ProgramKind kind, IReadOnlySet<string> packages) => Path.GetFileNameWithoutExtension(library) switch
    {
        "Kestrel.Streams.Core" => packages.Count > 0,
        var ours when ours.StartsWith("Kestrel.Streams", StringComparison.Ordinal) => packages.Contains(ours),
        // The package of the servers brings ASP.NET Core along.
        _ => kind == ProgramKind.Web || packages.Contains("Kestrel.Streams") || !library.Contains("Microsoft.AspNetCore.App", StringComparison.Ordinal),
    };

    private static void Emit(
        IReadOnlyList<string> sources, OutputKind kind, IEnumerable<string> usings, IEnumerable<MetadataReference> references, Stream image)
    {
        var parse = new CSharpParseOptions(LanguageVersion.CSharp14);
        var options = new CSharpCompilationOptions(kind, nullableContextOptions: NullableContextOptions.Enable);
        var implicitUsings = string.Join('\n', usings.Select(static name => $"global using {name};"));
        var result = CSharpCompilation.Create(
            $"Block{Guid.NewGuid():N}",
            [CSharpSyntaxTree.ParseText(implicitUsings, parse), .. sources.Select(source => CSharpSyntaxTree.ParseText(source, parse))],
            references,
            options).Emit(image);
        var faults = result.Diagnostics.Where(static fault => fault.Severity >= DiagnosticSeverity.Warning).ToList();
        if (faults.Count > 0) throw new InvalidDataException($"Does not compile: {string.Join('\n', faults)}\n{string.Join('\n', sources)}");
    }
}
