package ffmerge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.fixture.JavaProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UserPathTest {
    @TempDir
    private Path folder;

    private static String refusal(String text) {
        return assertThrows(UserError.class, () -> UserPath.of(text)).getMessage();
    }

    @ParameterizedTest
    @ValueSource(strings = {"model", "./model", "models/m", "/models/m", "a b", "..m", "m..", "a..b/c", "ä/模型"})
    void aPlainPathStaysAsItIsWritten(String text) {
        assertEquals(Path.of(text), UserPath.of(text));
    }

    @Test
    void homeIsTheUsersOwn() {
        assertEquals(Path.of("/home/me"), UserPath.of("~", "/home/me"));
        assertEquals(Path.of("/home/me"), UserPath.of("~/", "/home/me"));
        assertEquals(Path.of("/home/me/models/m"), UserPath.of("~/models/m", "/home/me"));
        assertEquals(Path.of(System.getProperty("user.home"), "m"), UserPath.of("~/m"));
        assertEquals(Path.of("a~/~"), UserPath.of("a~/~"));
        assertEquals(Path.of("./~you"), UserPath.of("./~you"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"~you", "~you/models", "~+", "~~"})
    void anotherUsersHomeIsRefused(String text) {
        assertEquals(
                "'" + text + "': only your own home is known here, as ~/…; write another's from the root on, or ./"
                        + text + " where that is the name",
                refusal(text));
    }

    @Test
    void aUserWithoutAHome() {
        UserError error = assertThrows(UserError.class, () -> UserPath.of("~/m", "?"));
        assertEquals(
                "'~/m': it isn't known here where your home is; write the path from the root on", error.getMessage());
    }

    @Test
    void upIsWhereTheSystemHasIt() throws IOException {
        Path real = folder.toRealPath();
        Path inner = Files.createDirectories(real.resolve("a/inner"));
        Files.createSymbolicLink(real.resolve("link"), inner);
        assertEquals(real, UserPath.of(real + "/a/.."));
        assertEquals(real.resolve("b"), UserPath.of(real + "/a/../b"));
        assertEquals(real.resolve("a/x.json"), UserPath.of(real + "/link/../x.json"), "above what the link leads to");
        assertEquals(real.resolve("b"), UserPath.of(real + "/missing/../b"));
        assertEquals(Path.of("/").toAbsolutePath(), UserPath.of("/../.."));
        assertEquals(Path.of("").toRealPath().getParent(), UserPath.of(".."));
        assertEquals(Path.of("").toRealPath().getParent().getParent(), UserPath.of("../.."));
    }

    /** The user knows the place by the words for it: messages name it so. */
    @ParameterizedTest
    @CsvSource({"../x, ../x", "../../x/y, ../../x/y", "missing/../x, x", "./missing/.././x/y, x/y", "x/../../y, ../y"})
    void aRelativePathStaysOne(String text, String path) {
        assertEquals(Path.of(path), UserPath.of(text));
    }

    @Test
    void aRelativePathThatALinkLeadsElsewhere() throws IOException {
        Path real = folder.toRealPath();
        Path inner = Files.createDirectories(real.resolve("a/inner"));
        Path link = Files.createSymbolicLink(Path.of("target", "link-of-" + real.getFileName()), inner);
        try {
            assertEquals(real.resolve("a/x"), UserPath.of(link + "/../x"));
            assertEquals(link.resolve("x"), UserPath.of(link + "/x"));
        } finally {
            Files.delete(link);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t"})
    void anEmptyText(String text) {
        assertEquals("an empty text names no file; . is the working folder", refusal(text));
    }

    @Test
    void whatNoNameMayHold() {
        assertEquals("'a b' has a NUL character, which no file's name may have", refusal("a\0b"));
        assertFalse(UserPath.exists("a\0b"));
        assertFalse(UserPath.exists("~you/b"));
        assertTrue(UserPath.exists("."));
    }

    @Test
    void halfACharacter() {
        assertTrue(refusal("m\ud83d").contains("can name no file here"), refusal("m\ud83d"));
    }

    /** Prints what a path is made of. */
    static final class PathProcess {
        private PathProcess() {}

        public static void main(String[] arguments) {
            try {
                System.out.println(UserPath.of("mod\u00e8le"));
            } catch (UserError e) {
                System.out.println(e.getMessage().replaceAll("[^ -~]", "?"));
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatTheLocaleCannotWrite() throws Exception {
        JavaProcess process = JavaProcess.start("export LC_ALL=POSIX;", PathProcess.class);
        assertEquals(
                "'mod?le' can name no file here: files' names are written in ANSI_X3.4-1968, which lacks a character of"
                        + " it; start Jupyter with LC_ALL=C.UTF-8",
                process.await().output());
    }
}
