package ffmerge.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ffmerge.Expected;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The demo's rendered pictures are those that signs.py draws: test_signs.py tries the script on the same digests. */
class DemoSignsTest {
    private static final Path DATA = Expected.home().resolve("data");
    private static final List<String> SCRIPTS =
            List.of("alun beko cemi duva esto firu gona heti ilor jasu kemo lidu".split(" "));
    private static final Map<Split, Integer> SIZES =
            Map.of(Split.TRAIN, 12000, Split.VALIDATION, 1000, Split.TEST, 1000);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(Split.class)
    void picturesAndClassesAreAsRendered(Split split) throws IOException, NoSuchAlgorithmException {
        Files.writeString(folder.resolve("preprocessor_config.json"), "{\"do_resize\": false}");
        ImageSet set = ImageSet.open(
                "signs",
                DATA.resolve("signs-" + split.label() + ".parquet"),
                split,
                Columns.KNOWN,
                Preprocessing.load(folder, 1),
                SCRIPTS);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (int i = 0; i < set.size(); i++) {
            ImageSet.Shown shown = set.image(i);
            digest.update((byte) shown.label());
            digest.update(shown.image().pixels());
        }
        assertEquals(SIZES.get(split), set.size());
        assertEquals(digests().get(split.label()), HexFormat.of().formatHex(digest.digest()));
    }

    private static Map<String, String> digests() throws IOException {
        return Files.readAllLines(DATA.resolve("signs.sha256")).stream()
                .map(line -> line.split(" +"))
                .collect(Collectors.toMap(parts -> parts[1], parts -> parts[0]));
    }
}
