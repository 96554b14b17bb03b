namespace Kestrel.Streams.Tests;

/// <summary>
/// That <c>dotnet new</c>, <c>dotnet add package</c> and <c>dotnet run</c> do what <see cref="QuickDotnet"/> does in their place: a page, with
/// both packages, by the SDK; with <c>RECIPES_WITH_SDK=1</c> every page, which takes minutes. In a class of its own, which runs beside the others.
/// </summary>
public class RecipeSdkTests
{
    public static TheoryData<string> SomeRecipes =>
        Environment.GetEnvironmentVariable("RECIPES_WITH_SDK") is { Length: > 0 }
            ? [.. Pages.Recipes]
            : [Path.Combine("docs", "cookbook", "length-prefixed-frames.md")];

    [Theory]
    [MemberData(nameof(SomeRecipes))]
    public async Task A_page_leads_to_what_it_shows_with_the_SDK_and_our_packages(string page)
    {
        await using var dotnet = new RealDotnet();
        await dotnet.PackAsync();
        await using var reader = new RecipeReader(dotnet);
        await reader.FollowAsync(Recipe.Of(page));
    }
}
