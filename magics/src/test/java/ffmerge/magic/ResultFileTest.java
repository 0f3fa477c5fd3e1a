package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.FileKind;
import ffmerge.Samples;
import ffmerge.UserError;
import ffmerge.fixture.SpecialFiles;
import ffmerge.magic.command.PaperWidth;
import ffmerge.result.EvalResult;
import ffmerge.result.Result;
import ffmerge.result.SweepResult;
import ffmerge.view.Views;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tech.tablesaw.api.Table;

class ResultFileTest {
    @TempDir
    private Path folder;

    private Path write(String name, String command, Result result) {
        Path file = folder.resolve(name);
        ResultFile.of(file.toString(), command, result.getClass(), Views.BUILT_IN)
                .write(command, result);
        return file;
    }

    private static void assertMistake(String message, Runnable mistake) {
        assertEquals(message, assertThrows(UserError.class, mistake::run).getMessage());
    }

    @Test
    void json() throws IOException {
        String json = Files.readString(write("a.json", "eval", Samples.eval()));
        assertEquals("eval", new ObjectMapper().readTree(json).get("command").asText());
    }

    @Test
    void csvHasAllDigitsOfAllRows() throws IOException {
        Path file = write("a.csv", "tune", Samples.tune());
        assertEquals(302, Files.readAllLines(file).size());
        Table read = Table.read().csv(file.toFile());
        assertEquals(Samples.tune().loss().get(0), read.doubleColumn("loss").getDouble(1));
    }

    @Test
    void pictures() throws IOException {
        assertEquals(
                1800,
                ImageIO.read(write("a.PNG", "sweep", Samples.sweep()).toFile()).getWidth());
        assertTrue(Files.readString(write("a.svg", "cka", Samples.cka())).contains("<svg "));
    }

    @Test
    void aPictureForAPaper() throws IOException {
        Path file = folder.resolve("a.pdf");
        ResultFile.of(file.toString(), "sweep", SweepResult.class, Views.BUILT_IN)
                .ofWidth(PaperWidth.of("84mm"))
                .write("sweep", Samples.sweep());
        try (PDDocument document = Loader.loadPDF(file.toFile())) {
            assertEquals(84 / 25.4 * 72, document.getPage(0).getMediaBox().getWidth(), 0.01);
        }
        assertMistake(
                "--width is of pictures, and a.csv gets none: name a .pdf, .png or .svg",
                () -> ResultFile.of("a.csv", "sweep", SweepResult.class, Views.BUILT_IN)
                        .ofWidth(PaperWidth.of("84mm")));
    }

    @Test
    void aPageHoldsPictureAndTable() throws IOException {
        String page = Files.readString(write("a.html", "compare", Samples.compare()));
        assertTrue(page.startsWith("<!DOCTYPE html>"));
        assertTrue(page.contains("<meta charset=\"utf-8\">") && page.contains("<img ") && page.contains("<table"));
    }

    @Test
    void anOldFileIsReplacedAndNothingElseIsLeft() throws IOException {
        write("a.csv", "tune", Samples.tune());
        write("a.csv", "eval", Samples.eval());
        assertEquals(2, Files.readAllLines(folder.resolve("a.csv")).size());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(folder.resolve("a.csv")), files.toList());
        }
    }

    @Test
    void mistakesAreToldBeforeTheWork() {
        assertMistake(
                "'a.doc' says no format: --out takes a name that ends in .json, .csv, .pdf, .png, .svg, .html",
                () -> ResultFile.of("a.doc", "sweep", SweepResult.class, Views.BUILT_IN));
        assertMistake(
                "'.png' says no format: --out takes a name that ends in .json, .csv, .pdf, .png, .svg, .html",
                () -> ResultFile.of(".png", "sweep", SweepResult.class, Views.BUILT_IN));
        assertMistake(
                "the result of eval has no picture: write it to .json, .csv or .html",
                () -> ResultFile.of("a.png", "eval", EvalResult.class, Views.BUILT_IN));
        Path missing = folder.resolve("missing");
        assertMistake(
                "cannot write '" + missing.resolve("a.csv") + "': there is no folder " + missing,
                () -> ResultFile.of(missing.resolve("a.csv").toString(), "eval", EvalResult.class, Views.BUILT_IN));
    }

    @Test
    void aResultThatIsNoTable() {
        assertMistake(
                "the result of recipe is no table: write it to .json",
                () -> write("a.csv", "recipe", Samples.recipe()));
    }

    @ParameterizedTest
    @EnumSource(
            value = FileKind.class,
            names = {"PIPE", "SOCKET", "LINK", "FOLDER"})
    @DisabledOnOs(OS.WINDOWS)
    void whatIsNoFileIsNeitherOpenedNorReplaced(FileKind kind) throws Exception {
        Path taken = folder.resolve("a.json");
        SpecialFiles.make(kind, taken);
        String message = "cannot write " + taken + ": it is " + kind.label() + "; name another file";
        assertMistake(message, () -> ResultFile.of(taken.toString(), "eval", EvalResult.class, Views.BUILT_IN));
        // it may have come while the command ran
        assertMistake(
                message,
                () -> new ResultFile(taken, ResultFile.Form.JSON, Views.BUILT_IN).write("eval", Samples.eval()));
        assertEquals(kind, FileKind.of(taken));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(taken), files.toList());
        }
    }
}
