using Slipway.Cli.Track.Packages;

namespace Slipway.Tests.Cli.Track;

public sealed class PackageListTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("slipway-packages-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_list_reads_back_what_it_wrote_without_passwords()
    {
        var list = new PackageList("pip", "python 3.12.1, /usr", new(StringComparer.OrdinalIgnoreCase) { ["numpy"] = "2.1.0", ["mine"] = "git+https://ann:pw@example.org/mine@abc" });
        var text = list.ToText();
        Assert.Equal("# python 3.12.1, /usr\nmine @ git+https://***@example.org/mine@abc\nnumpy==2.1.0\n", text);
        var read = PackageList.Parse("pip", text);
        Assert.Equal(("python 3.12.1, /usr", "2.1.0", "git+https://***@example.org/mine@abc"), (read.From, read.Versions["NumPy"], read.Versions["mine"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n#\n==\n @ \n\0\n==1")]
    [InlineData("a==b==c @ d\r\nA==2")]
    public void Any_text_is_read(string text) => Assert.InRange(PackageList.Parse("pip", text).Versions.Count, 0, 4);

    [Fact]
    public async Task Pythons_packages_are_those_of_the_interpreter_and_the_folders_own_modules_do_not_run()
    {
        if (PythonPackages.Interpreter("/bin/sh", Environment.GetEnvironmentVariable("PATH"), folder) is not { } python) return; // No Python: nothing to list.
        await File.WriteAllTextAsync(Path.Combine(folder, "json.py"), "open('owned', 'w')");
        var site = Directory.CreateDirectory(Path.Combine(folder, "site", "flights-1.2.dist-info")).FullName;
        await File.WriteAllTextAsync(Path.Combine(site, "METADATA"), "Metadata-Version: 2.1\nName: flights\nVersion: 1.2\n");
        var wheel = Directory.CreateDirectory(Path.Combine(folder, "site", "mine-3.dist-info")).FullName;
        await File.WriteAllTextAsync(Path.Combine(wheel, "METADATA"), "Metadata-Version: 2.1\nName: mine\nVersion: 3\n");
        await File.WriteAllTextAsync(Path.Combine(wheel, "direct_url.json"), """{"url": "https://example.org/mine.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}""");
        var script = Path.Combine(folder, "python-with-path");
        await File.WriteAllTextAsync(script, $"#!/bin/sh\nPYTHONPATH={Path.Combine(folder, "site")} exec {python} \"$@\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var list = (await PythonPackages.Read(script, folder, default)).First();
        Assert.Equal(("1.2", "git+https://example.org/mine.git@abc"), (list.Versions["flights"], list.Versions["mine"]));
        Assert.Matches(@"^python 3\.\d+\.\d+, /", list.From);
        Assert.False(File.Exists(Path.Combine(folder, "owned")));
        Assert.Empty(await PythonPackages.Read("/bin/false", folder, default));
        Assert.Empty(await PythonPackages.Read("/no/such/python", folder, default));
    }

    [Theory]
    [InlineData("#!/usr/bin/env mypython -u", false)]
    [InlineData("#!{bin}/python3", true)]
    [InlineData("#!/usr/bin/env python3", true)]
    [InlineData("#!/usr/bin/env -S python3 -u", true)]
    [InlineData("\u007fELF", false)]
    [InlineData("", false)]
    public async Task The_interpreter_is_the_one_that_the_first_line_names(string line, bool named)
    {
        var bin = Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName;
        foreach (var name in (string[])["python", "python3"])
        {
            await File.WriteAllTextAsync(Path.Combine(bin, name), "#!/bin/sh\n");
            File.SetUnixFileMode(Path.Combine(bin, name), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        var script = Path.Combine(folder, "tool");
        await File.WriteAllTextAsync(script, line.Replace("{bin}", bin, StringComparison.Ordinal) + "\nimport x\n");
        Assert.Equal(Path.Combine(bin, named ? "python3" : "python"), PythonPackages.Interpreter(script, bin, folder));
        Assert.Equal(Path.Combine(folder, "venv/bin/python3.12"), PythonPackages.Interpreter(Path.Combine(folder, "venv/bin/python3.12"), bin, folder));
        Assert.Null(PythonPackages.Interpreter(Path.Combine(folder, "none"), "", folder));
    }

    [Fact]
    public void Condas_notes_name_version_and_build()
    {
        var notes = Directory.CreateDirectory(Path.Combine(folder, "conda-meta")).FullName;
        foreach (var name in (string[])["numpy-2.1.0-py312h1_0.json", "ld_impl_linux-64-2.40-h4_7.json", "history", "odd.json"]) File.WriteAllText(Path.Combine(notes, name), "");
        var list = PythonPackages.Conda(folder)!;
        Assert.Equal(["ld_impl_linux-64==2.40=h4_7", "numpy==2.1.0=py312h1_0"], list.Versions.Select(pair => $"{pair.Key}=={pair.Value}"));
        Assert.Null(PythonPackages.Conda(notes));
    }

    [Theory]
    [InlineData("""{"lockfileVersion": 3, "packages": {"": {"name": "x"}, "node_modules/a": {"version": "1.0.0"}, "node_modules/a/node_modules/b": {"version": "2.0.0"}, "node_modules/c": {"link": true}}}""", "a==1.0.0 a/node_modules/b==2.0.0")]
    [InlineData("""{"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0"}, "b": 3}}""", "a==1.0.0")]
    [InlineData("""{"packages": []}""", null)]
    [InlineData("[]", null)]
    [InlineData("{", null)]
    public async Task Npms_lock_file_is_read_from_the_folder_or_above(string json, string? expected)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "package-lock.json"), json);
        var below = Directory.CreateDirectory(Path.Combine(folder, "src", "deep")).FullName;
        Assert.Equal(expected, LockFiles.Npm(below) is { } list ? string.Join(' ', list.Versions.Select(pair => $"{pair.Key}=={pair.Value}")) : null);
    }

    [Theory]
    [InlineData("dotnet", "app.dll --x", "app.deps.json")]
    [InlineData("{folder}/app", "", "app.deps.json")]
    [InlineData("dotnet", "run --project proj", "proj/obj/project.assets.json")]
    [InlineData("dotnet", "run --project proj/proj.csproj", "artifacts/obj/proj/project.assets.json")]
    public async Task Nugets_packages_are_those_of_what_the_command_names(string program, string args, string file)
    {
        Directory.CreateDirectory(Path.Combine(folder, "proj"));
        await File.WriteAllTextAsync(Path.Combine(folder, "proj", "proj.csproj"), "");
        var at = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(at)!);
        await File.WriteAllTextAsync(at, """{"libraries": {"Npgsql/10.0.0": {"type": "package"}, "Mine/1.0.0": {"type": "project"}, "odd": 3}}""");
        var list = LockFiles.Dotnet(program.Replace("{folder}", folder, StringComparison.Ordinal), args.Split(' ', StringSplitOptions.RemoveEmptyEntries), folder)!;
        Assert.Equal(["Npgsql==10.0.0"], list.Versions.Select(pair => $"{pair.Key}=={pair.Value}"));
        Assert.Null(LockFiles.Dotnet("/bin/sh", [], folder));
    }
}
