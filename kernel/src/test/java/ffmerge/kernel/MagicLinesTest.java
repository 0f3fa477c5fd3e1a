package ffmerge.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class MagicLinesTest {
    private static List<String> in(String cell) {
        return MagicLines.in(cell).stream()
                .map(m -> cell.substring(m.start(), m.end())
                        + (m.alone() ? "" : " assigned")
                        + (m.nested() ? " nested" : ""))
                .toList();
    }

    @Test
    void aMagicBeginsALineOrIsAssigned() {
        assertEquals(
                List.of("%ffmerge info base", "%ffmerge eval {n} nested", "%jars assigned"),
                in("%ffmerge info base\nfor (;;) {\n  %ffmerge eval {n}\n}\nvar x = %jars"));
    }

    @Test
    void stringsTextBlocksAndCommentsHoldNone() {
        assertEquals(List.of(), in("String s = \"\"\"\n%ffmerge info base\n\"\"\";\n/*\n%ffmerge info base\n*/"));
        assertEquals(List.of(), in("// it's\nString a = \"= %ffmerge\"; char q = '\"';\nint b = 7\n  % 2;"));
        assertEquals(List.of("%ffmerge save base \"it's"), in("char q = '\\''; // {\n%ffmerge save base \"it's\n1"));
    }
}
