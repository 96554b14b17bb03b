using System.Text.RegularExpressions;

namespace Kestrel.Streams.Tests;

/// <summary>
/// Does in a second what takes the real one ten: understands the few forms of <c>dotnet</c> that pages use, and compiles as
/// <see cref="BlockCompiler"/> does, against the packages that the page has added and no others.
/// </summary>
internal sealed partial class QuickDotnet : DotnetTool, IDisposable
{
    private static readonly string[] _known = ["Kestrel.Streams", "Kestrel.Streams.Client", "Kestrel.Streams.Core"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ks-dotnet");
    private readonly Dictionary<string, (ProgramKind Kind, HashSet<string> Packages)> _projects = [];

    public QuickDotnet()
    {
        var host = System.Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Programs.PathOf("dotnet");
        var shim = Path.Combine(_folder.FullName, "dotnet");
        File.WriteAllText(shim, $$"""
            #!/bin/sh
            case "$1 $2 $3" in
            "new console -o" | "new web -o" | "add "*" package") ;;
            "run --project "*)
                program='{{_folder.FullName}}'/"$3.bin/program.dll"
                shift 3
                exec '{{host}}' "$program" "$@"
                ;;
            *) echo "dotnet $*: no form of it that is known here." && exit 1 ;;
            esac
            """);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(shim, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = $"{_folder.FullName}:{System.Environment.GetEnvironmentVariable("PATH")}",
        };
    }

    public override IReadOnlyDictionary<string, string> Environment { get; }

    public override TimeSpan Patience => TimeSpan.FromSeconds(30);

    public override Task PrepareAsync(string folder, string commands)
    {
        foreach (Match form in New().Matches(commands))
        {
            var project = form.Groups["project"].Value;
            _projects.Add(project, (form.Groups["template"].Value == "web" ? ProgramKind.Web : ProgramKind.Console, []));
            Directory.CreateDirectory(Path.Combine(folder, project));
        }

        foreach (Match form in Add().Matches(commands))
        {
            Assert.Contains(form.Groups["package"].Value, _known);
            _projects[form.Groups["project"].Value].Packages.Add(form.Groups["package"].Value);
        }

        foreach (var project in Run().Matches(commands).Select(static form => form.Groups["project"].Value).Distinct())
            Compile(folder, project);
        return Task.CompletedTask;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void Compile(string folder, string project)
    {
        var output = Path.Combine(_folder.FullName, $"{project}.bin");
        if (Directory.Exists(output)) return;
        Directory.CreateDirectory(output);
        var sources = Directory.EnumerateFiles(Path.Combine(folder, project), "*.cs").Order(StringComparer.Ordinal).Select(File.ReadAllText);
        var (kind, packages) = _projects[project];
        BlockCompiler.CompileProgram([.. sources], Path.Combine(output, "program.dll"), kind, packages);
        ProgramFolder.AddLibraries(output);
    }

    [GeneratedRegex(@"^dotnet new (?<template>console|web) -o (?<project>\S+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex New();

    [GeneratedRegex(@"^dotnet add (?<project>\S+) package (?<package>\S+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Add();

    [GeneratedRegex(@"\bdotnet run --project (?<project>\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Run();
}
