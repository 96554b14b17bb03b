namespace Kestrel.Streams.Tests;

/// <summary>One thing that a page tells its reader to do, and the line where.</summary>
internal abstract record RecipeStep(int Line);

/// <summary>Saves a text in a file.</summary>
internal sealed record SaveStep(int Line, string File, string Text) : RecipeStep(Line);

/// <summary>Types commands into a terminal; null where the page does not say what they print.</summary>
internal sealed record TypeStep(int Line, string Commands, bool GoesOn, string? Shown) : RecipeStep(Line);

/// <summary>Looks at the terminal in which such commands go on, perhaps after pressing Ctrl+C there.</summary>
internal sealed record LookStep(int Line, string Commands, bool Interrupts, string Shown) : RecipeStep(Line);
