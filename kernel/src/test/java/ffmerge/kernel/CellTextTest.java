package ffmerge.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.jshell.JShell;
import org.dflib.jjava.jupyter.kernel.magic.MagicTranspiler;
import org.junit.jupiter.api.Test;

class CellTextTest {
    private final CellText cells = new CellText(new MagicTranspiler());

    @Test
    void aCellMagicNeedsNoBodyAndMayFollowBlankLines() {
        String withBody = cells.resolve("%%ffmerge merge base\nas: x");
        assertTrue(withBody.startsWith("org.dflib.jjava.jupyter.kernel.BaseNotebookStatics.cellMagic("));
        for (String bare :
                new String[] {"%%ffmerge merge base", "%%ffmerge merge base\n", "\n\n%%ffmerge merge base  \n\n"}) {
            assertEquals(
                    withBody.substring(0, withBody.lastIndexOf(',')),
                    cells.resolve(bare).substring(0, cells.resolve(bare).lastIndexOf(',')),
                    bare);
        }
        assertEquals(withBody, cells.resolve("\n \n%%ffmerge merge base\nas: x"));
    }

    @Test
    void javaStaysJava() {
        String java = "int a = 7\n  % 2;\nString s = \"%%ffmerge\";";
        assertEquals(java, cells.resolve(java));
        assertFalse(CellText.isCellMagic(java));
    }

    @Test
    void aCommentBehindAMagicIsNoWordOfIt() {
        String plain = cells.resolve("%ffmerge eval base --limit 3");
        for (String comment : new String[] {"// a few", "# a few", "//a few", "#"}) {
            assertEquals(plain, cells.resolve("%ffmerge eval base --limit 3 " + comment), comment);
        }
        String words = cells.resolve("%ffmerge save a//b http://host/x#y \"# no comment\" --as=c#1 // one");
        assertTrue(words.contains("\"a//b\", \"http://host/x#y\", \"# no comment\", \"--as=c#1\")"), words);
        String head = cells.resolve("%%ffmerge merge base // the anchor is the first\nas: x");
        assertTrue(head.contains("List.of(\"merge\", \"base\"), \"as: x\")"), head);
    }

    @Test
    void whatMagicsKnowOfLocalVariablesIsHandedOver() {
        try (JShell shell = JShell.create()) {
            cells.use(shell.sourceCodeAnalysis());
            String loop = cells.resolve(
                    "int few = 2;\nfor (int n : x) {\n  %ffmerge eval base --limit n --split {s} --out {n + few}.json\n}");
            assertTrue(loop.contains(".with(\"n\", (n)).with(\"n + few\", (n + few))); }\n}"), loop);
            String top = cells.resolve("int n = 2;\n%ffmerge eval base --limit n --split {n + 1}");
            assertFalse(top.contains(".with("), "the shell's own variables are found by name");
        }
    }

    @Test
    void aCellOfOurMagicsAloneNeedsNoShell() {
        assertEquals(
                2,
                CellText.onlyOurs("// first\n%ffmerge info a # x\n\n  %ffmerge help")
                        .orElseThrow()
                        .size());
        assertTrue(CellText.onlyOurs("%ffmerge info a\n1 + 1").isEmpty());
        assertTrue(CellText.onlyOurs("%time 1").isEmpty());
        assertTrue(CellText.onlyOurs("// nothing").isEmpty());
    }

    @Test
    void theShellReadsSpacesForMagics() {
        assertEquals("                  \nMath.hy", CellText.javaOnly("%ffmerge info base\nMath.hy", 26));
        assertEquals("      \nint a = 7\n % 2;", CellText.javaOnly("%%time\nint a = 7\n % 2;", 20));
        assertEquals("%ffm", CellText.javaOnly("%ffm", 4), "its name is being typed");
        assertEquals("    \n%c $1\\", CellText.javaOnly("%a b\n%c $1\\", 7));
    }
}
