package ffmerge.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LocalVariablesTest {
    private static Set<String> seen(String java) {
        Map<Integer, Set<String>> seen = LocalVariables.seenIn(java.replace("%", LocalVariables.mark(0)));
        return seen.get(0);
    }

    @Test
    void loopsBlocksAndHandlersDeclare() {
        assertEquals(Set.of("i", "n"), seen("for (int i = 0, n = 3; i < n; i++) {\n%\nint later = 1;\n}"));
        assertEquals(Set.of("name", "x"), seen("for (String name : List.of(\"a\")) { int x = 1; { int y; } % }"));
        assertEquals(Set.of("e"), seen("try { int gone; } catch (Exception e) { % }"));
        assertEquals(Set.of("in"), seen("try (var in = open()) { % }"));
        assertEquals(Set.of("s"), seen("if (o instanceof String s) { % }"));
        assertEquals(Set.of(), seen("if (!(o instanceof String s)) { % }"));
        assertEquals(Set.of("a"), seen("switch (k) { case 1: int a = 2; % }"));
    }

    @Test
    void lambdasMethodsAndClassesDeclare() {
        assertEquals(Set.of("a", "b"), seen("map.forEach((a, b) -> {\n%\n});"));
        assertEquals(Set.of("m", "n"), seen("void f(String m, int n) {\n%\n}"));
        assertEquals(Set.of("field", "m"), seen("class A { int field; void f(String m) { % } }"));
        assertEquals(Set.of("outer", "i"), seen("{ int outer = 1; Runnable r = () -> { int i = 2; % }; }"));
    }
}
