package ffmerge.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
    void theShellReadsSpacesForMagics() {
        assertEquals("                  \nMath.hy", CellText.javaOnly("%ffmerge info base\nMath.hy", 26));
        assertEquals("      \nint a = 7\n % 2;", CellText.javaOnly("%%time\nint a = 7\n % 2;", 20));
        assertEquals("%ffm", CellText.javaOnly("%ffm", 4), "its name is being typed");
        assertEquals("    \n%c $1\\", CellText.javaOnly("%a b\n%c $1\\", 7));
    }
}
