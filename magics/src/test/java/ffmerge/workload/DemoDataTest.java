package ffmerge.workload;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.data.DemoHome;
import ffmerge.model.TransformerModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which data is taken where none is named, and what is said of it. */
class DemoDataTest {
    private static final Path MODELS = Expected.home().resolve("models");

    private final List<String> notices = new ArrayList<>();

    private final Reporter reporter = new Reporter() {
        @Override
        public Progress progress() {
            return Progress.NONE;
        }

        @Override
        public void notice(String line) {
            notices.add(line);
        }
    };

    private String data(Path folder, String named) {
        try (Shelf shelf = new Shelf(new DemoHome(Expected.home()), () -> {
                    throw new AssertionError("nobody asks the hub");
                });
                TransformerModel model = TransformerModel.load(folder, Device.cpu(), Progress.NONE)) {
            return shelf.workload(model, DataRequest.of(named), reporter).data();
        }
    }

    @ParameterizedTest
    @CsvSource({"gpt2-novels, novels", "vit-digits, digits", "opus-mt-tatoeba-zh-en, tatoeba"})
    void aDemoModelsOwnIsTakenWithoutAWord(String model, String data) {
        assertEquals(data, data(MODELS.resolve(model), ""));
        assertEquals(List.of(), notices);
    }

    @ParameterizedTest
    @CsvSource({"olmo-dialogues, chats", "vit-signs, signs"})
    void whatADemoModelOfAnotherKindReadsIsSaid(String model, String data) {
        assertEquals(data, data(MODELS.resolve(model), ""));
        assertEquals(
                List.of("No --data is named: the demo data '" + data + "' is taken, which " + model + " was made for"),
                notices);
    }

    @ParameterizedTest
    @CsvSource({"olmo-dialogues, novels", "vit-digits, digits"})
    void anyOtherModelGetsTheDataOfItsTaskWithANotice(String model, String data, @TempDir Path folder)
            throws Exception {
        Path own = copy(model, folder);
        assertEquals(data, data(own, ""));
        assertEquals(
                List.of("No --data is named: the demo data '" + data + "' is taken; what own was made for isn't known"),
                notices);
        notices.clear();
        assertEquals(data, data(own, data));
        assertEquals(List.of(), notices, "what is named is meant");
    }

    /** A model that was merged, saved and loaded again is of the data of the one that it was made from. */
    @ParameterizedTest
    @CsvSource({"gpt2-novels, novels, 0", "olmo-dialogues, chats, 1"})
    void whatWasMadeFromADemoModelReadsWhatThatReads(String model, String data, int said, @TempDir Path folder)
            throws Exception {
        Path own = copy(model, folder);
        Files.writeString(own.resolve("ffmerge.json"), "{\"lineage\": {\"source\": \"" + model + "\", \"steps\": []}}");
        assertEquals(data, data(own, ""));
        assertEquals(
                List.of("No --data is named: the demo data '" + data + "' is taken, which own was made for")
                        .subList(0, said),
                notices);
    }

    private static Path copy(String model, Path into) throws IOException {
        Path own = Files.createDirectory(into.resolve("own"));
        try (Stream<Path> files = Files.list(MODELS.resolve(model))) {
            for (Path file : files.toList()) {
                Files.copy(file, own.resolve(file.getFileName()));
            }
        }
        return own;
    }
}
