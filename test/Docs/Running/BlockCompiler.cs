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

    private static readonly MetadataReference[] _references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(static file => MetadataReference.CreateFromFile(file)),
    ];

    /// <summary>Writes the program of a block, which is a whole one.</summary>
    public static void CompileProgram(string source, string file, ProgramKind kind)
    {
        string[] more = kind switch
        {
            ProgramKind.Web => _webUsings,
            ProgramKind.Worker => _workerUsings,
            _ => [],
        };
        using var image = new FileStream(file, FileMode.CreateNew);
        Emit(source, OutputKind.ConsoleApplication, [.. _usings, .. more], image);
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
        Emit(source, OutputKind.DynamicallyLinkedLibrary, [.. _usings, .. _handlerUsings], image);
        return Assembly.Load(image.ToArray()).GetType("Block")!;
    }

    private static void Emit(string source, OutputKind kind, IEnumerable<string> usings, Stream image)
    {
        var parse = new CSharpParseOptions(LanguageVersion.CSharp14);
        var options = new CSharpCompilationOptions(kind, nullableContextOptions: NullableContextOptions.Enable);
        var implicitUsings = string.Join('\n', usings.Select(static name => $"global using {name};"));
        var result = CSharpCompilation.Create(
            $"Block{Guid.NewGuid():N}",
            [CSharpSyntaxTree.ParseText(implicitUsings, parse), CSharpSyntaxTree.ParseText(source, parse)],
            _references,
            options).Emit(image);
        var faults = result.Diagnostics.Where(static fault => fault.Severity >= DiagnosticSeverity.Warning).ToList();
        if (faults.Count > 0) throw new InvalidDataException($"Does not compile: {string.Join('\n', faults)}\n{source}");
    }
}
